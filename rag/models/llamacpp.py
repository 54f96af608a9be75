"""Prompts to text by llama.cpp.

One worker thread owns a llama.cpp context, which is not safe to share; requests wait in line and
stop when their reader goes away.
"""

from __future__ import annotations

import codecs
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.models.aside import Aside, among, answers, between
from rag.models.greedy import TRIED, generate, guessable
from rag.models.llamafile import check_file, load_adapter, load_file, may_write
from rag.models.llm import Ahead, Speed, Speedometer, too_long
from rag.models.memory import cores
from rag.models.repeats import Repeats
from rag.models.template import Messages, fill_in

_END = object()
_LOOK = 0.1  # seconds between two looks at the line
_PIECE = 128  # tokens of a prompt that are evaluated at once
_HEAD, _REQUEST = "<head-goes-here>", "<request-goes-here>"


class LlamaCpp:
    """An `LLM` over a GGUF file by llama.cpp; safe to share between threads.

    Args:
        path: The GGUF file.
        context: Context window, in tokens; 0 for as many as the model was trained with, at most
            4,096 for one that writes and 2,048 for a smaller one: more is memory that every
            question takes and hardly one needs.
        gpu_layers: Layers to put on a GPU; -1 means all.
        threads: Threads; 0 means one per core.
        taught: What it was taught, the GGUF file of an adapter; or nothing.

    Raises:
        ModelError: The file is missing, is no GGUF file, or cannot be loaded.
    """

    def __init__(
        self,
        path: Path,
        *,
        context: int = 0,
        gpu_layers: int = 0,
        threads: int = 0,
        taught: Path | None = None,
    ) -> None:
        check_file(path)
        threads = threads or cores()
        self.name = path.stem
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="quoth-llm")
        self._llama = self._worker.submit(load_file, path, context, gpu_layers, threads).result()
        self._adapter = load_adapter(self._llama, taught) if taught else None
        self.taught = taught is not None
        self.context = int(self._llama.n_ctx())
        self.writes = may_write(self._llama)
        self._frame = frame_of(self._llama)
        self._freeing = threading.Lock()  # nothing may look at a model that is being freed
        self._closed = False
        self._kept: list[list[int]] = []  # the pieces of a prompt that the context holds evaluated
        self._guessed: int | None = None  # tokens at once; known from the first text on
        self._line: list[_Job] = []  # in work and waiting, in order
        self._threads = threads
        self.where = _where(gpu_layers, threads)
        self._asked: deque[_Job] = deque()  # to be answered by yes or no between two tokens
        self._aside: Aside | None = None
        self._speedometer = Speedometer()

    @property
    def speed(self) -> Speed:
        return self._speedometer.speed

    def count(self, text: str) -> int:
        return len(self._tokens(text))

    def stream(
        self,
        *,
        head: str,
        request: str,
        grammar: str | None = None,
        limit: int = 256,
        ahead: Ahead | None = None,
    ) -> Iterator[str]:
        before, then, after = self._frame
        kept = [*before, *self._tokens(head), *then]
        asked = [*self._tokens(request), *after]
        needed = len(kept) + len(asked) + limit
        if needed > self.context:
            raise too_long(needed, self.context)
        job = _Job(kept, asked, grammar, limit)
        try:
            self._line.append(job)
            done = self._submit(self._run, job)
            while ahead and not job.begun.wait(_LOOK):
                if place := self._before(job):
                    ahead(place)
                    yield ""
            while (piece := job.pieces.get()) is not _END:
                yield piece
            done.result()
        finally:
            job.stopped.set()
            self._leave(job)

    def odds(self, *, head: str, request: str) -> float:
        before, then, after = self._frame
        asked = _Job([*before, *self._tokens(head), *then], [*self._tokens(request), *after])
        self._asked.append(asked)
        self._submit(self._answer_asked)
        try:
            return float(asked.told.result())
        except RuntimeError as error:
            raise self._failed(error) from error

    def point(self, *, head: str, request: str, at: str) -> list[float]:
        before, then, after = self._frame
        kept = [*before, *self._tokens(head), *then]
        asked = _Job(kept, [*self._tokens(request), *after])
        needed = len(asked.kept) + len(asked.asked)
        if needed >= self.context:
            raise too_long(needed, self.context)
        tokens = [self._tokens(letter)[0] for letter in at]
        self._line.append(asked)
        self._submit(self._point, asked, tokens)
        try:
            told: list[float] = asked.told.result()
        except RuntimeError as error:
            raise self._failed(error) from error
        finally:
            self._leave(asked)
        return told

    def _point(self, asked: _Job, tokens: list[int]) -> None:
        """Evaluate what is asked in the worker, and tell how likely each token comes next."""
        try:
            self._evaluate(asked)
            asked.told.set_result(among(self._llama._ctx, tokens))
        except Exception as error:
            self._kept = []
            asked.told.set_exception(error)

    def _evaluate(self, asked: _Job) -> None:
        self._keep(asked)
        self._llama.eval((asked.kept + asked.asked)[self._llama.n_tokens :])

    def _submit(self, work: Callable[..., None], *job: Any) -> Future[None]:
        try:
            return self._worker.submit(work, *job)
        except RuntimeError as error:  # the worker has been shut down
            raise self._gone() from error

    def _before(self, job: _Job) -> int:
        line = list(self._line)
        return line.index(job) if job in line else 0

    def _leave(self, job: _Job) -> None:
        with contextlib.suppress(ValueError):  # left before
            self._line.remove(job)

    def close(self) -> None:
        """Free the model once the requests before this are done; further ones fail."""
        with contextlib.suppress(RuntimeError):  # closed before
            self._worker.submit(self._free)
        self._worker.shutdown()

    def _free(self) -> None:
        with self._freeing:
            self._closed = True
            if self._aside is not None:
                self._aside.close()
            self._llama.close()

    def _gone(self) -> ModelError:
        return ModelError(f"The model {self.name} is closed. Open the assistant again.")

    def _failed(self, error: Exception) -> ModelError:
        return ModelError(f"The model {self.name} could not generate: {error}")

    def _tokens(self, text: str) -> list[int]:
        """A text's tokens; what looks like a control token in it stays plain text."""
        with self._freeing:
            if self._closed:
                raise self._gone()
            return tokenize(self._llama, text)

    def _run(self, job: _Job) -> None:
        """Generate in the worker; whatever happens, the reader is told the end."""
        try:
            job.begun.set()
            if not job.stopped.is_set():
                self._generate(job)
        except RuntimeError as error:
            self._kept = []
            raise self._failed(error) from error
        finally:
            self._leave(job)
            job.pieces.put(_END)

    def _generate(self, job: _Job) -> None:
        repeats = Repeats() if job.grammar is None else None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        limits = job.limit, self._most()
        began = first = time.perf_counter()
        taken = self._keep(job)
        rest = (job.kept + job.asked)[self._llama.n_tokens :]
        tokens = generate(self._llama, rest, job.asked, limits, grammar=job.grammar)
        count = 0
        with closing(tokens):
            for count, token in enumerate(() if job.stopped.is_set() else tokens, 1):
                first = time.perf_counter() if count == 1 else first
                text = decoder.decode(self._llama.detokenize([token]))
                if text:
                    job.pieces.put(text)
                if job.stopped.is_set() or (repeats and repeats.seen(text)):
                    break
                self._answer_asked(writing=True)
        written = count - 1, time.perf_counter() - first
        self._speedometer.note(prompt=(taken, first - began), generation=written)

    def _most(self) -> int:
        """How many tokens to guess at once; found out where there is room for it."""
        room = self.context - self._llama.n_tokens
        if self._guessed is None and room >= TRIED:
            self._guessed = guessable(self._llama)
        return self._guessed or 0

    def _answer_asked(self, *, writing: bool = False) -> None:
        """Say yes or no to what was asked meanwhile, which is short work and waits for nobody."""
        while self._asked:
            asked = self._asked.popleft()
            try:
                asked.told.set_result(self._odds(asked, writing=writing))
            except Exception as error:
                self._kept = []
                asked.told.set_exception(error)

    def _odds(self, asked: _Job, *, writing: bool) -> float:
        """Aside; or, where the head of the texts is asked, here, so that a text can go on from it.

        A question's evidence is evaluated once so, for whether it answers and for the answer.
        """
        tokens = asked.kept + asked.asked
        if writing or self._kept[:1] != [asked.kept] or len(tokens) > self.context:
            if self._aside is None:
                self._aside = Aside(self._llama, self._threads, self._adapter)
            return self._aside.odds(asked.kept, asked.asked)
        self._evaluate(asked)
        return between(self._llama._ctx, answers(self._llama))

    def _keep(self, job: _Job) -> int:
        """Leave all but the end of the prompt evaluated in the context; how many tokens are left.

        A prompt is evaluated in pieces: the head, then so many tokens at a time, counted from the
        head's end. Rounding differs with the pieces, so those that are kept from the prompt before
        are whole ones: whatever was asked before, the same prompt is computed in the same pieces
        and gives the same text.
        """
        pieces = list(_pieces(job))
        same = 0
        for kept, piece in zip(self._kept, pieces, strict=False):
            if kept != piece:
                break
            same += 1
        evaluated = sum(map(len, self._kept[:same]))
        if not self._shorten(evaluated):
            same = evaluated = 0
            self._llama.reset()
        self._kept = pieces[:same]
        for piece in pieces[same:]:
            if job.stopped.is_set():
                break
            self._llama.eval(piece)
            self._kept.append(piece)
        return len(job.kept) + len(job.asked) - evaluated

    def _shorten(self, tokens: int) -> bool:
        """Let go of all but the first tokens in the context; whether it can."""
        if tokens and not self._llama._ctx.kv_cache_seq_rm(-1, tokens, -1):
            return False  # a recurrent model cannot go back
        self._llama.n_tokens = tokens
        return tokens > 0


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """One request on its way to the worker, and the way back: pieces of text, or what was told."""

    kept: list[int]
    asked: list[int]
    grammar: str | None = None
    limit: int = 0
    pieces: queue.Queue[Any] = field(default_factory=queue.Queue)
    begun: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    told: Future[Any] = field(default_factory=Future)


def _pieces(job: _Job) -> Iterator[list[int]]:
    """The prompt in the pieces that are kept: all of it but at least its last token."""
    yield job.kept
    for start in range(0, len(job.asked) - _PIECE, _PIECE):
        yield job.asked[start : start + _PIECE]


def _where(gpu_layers: int, threads: int) -> str:
    import llama_cpp

    on = f"this computer, {threads} thread{'' if threads == 1 else 's'}"
    if not gpu_layers or not llama_cpp.llama_supports_gpu_offload():
        return on
    return f"{on}, {gpu_layers if gpu_layers > 0 else 'all'} layers on the graphics card"


def tokenize(llama: Any, text: str, *, special: bool = False) -> list[int]:
    """A text's tokens; only where `special` is set may it hold control tokens."""
    data = text.encode("utf-8", "replace")
    return list(llama.tokenize(data, add_bos=False, special=special)) if data else []


def frame_of(llama: Any) -> tuple[list[int], list[int], list[int]]:
    """The model's chat template as tokens before the head, between head and request, and after.

    Only these may be control tokens. A template without a system role gets the head and the
    request as one message; a model without a template gets them as plain text.
    """
    template = llama.metadata.get("tokenizer.chat_template", "")
    one = [{"role": "user", "content": f"{_HEAD}\n\n{_REQUEST}"}]
    two = [{"role": "system", "content": _HEAD}, {"role": "user", "content": _REQUEST}]
    for filled in _filled_in(llama, template, two, one) if template else ():
        before, head, rest = filled.partition(_HEAD)
        between, request, after = rest.partition(_REQUEST)
        if head and request:
            parts = (tokenize(llama, part, special=True) for part in (before, between, after))
            return next(parts), next(parts), next(parts)
    start = [llama.token_bos()] if llama.token_bos() >= 0 else []
    return start, tokenize(llama, "\n\n"), tokenize(llama, "\n")


def _filled_in(llama: Any, template: str, *conversations: Messages) -> list[str]:
    start, end = (
        llama.detokenize([token], special=True).decode("utf-8", "replace") if token >= 0 else ""
        for token in (llama.token_bos(), llama.token_eos())
    )
    return fill_in(template, conversations, start=start, end=end)
