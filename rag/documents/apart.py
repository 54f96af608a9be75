"""Packed files and long texts are read and split, and pages drawn, in a process of its own.

Owns that process, which may crash, hang or grow without harm: its start, its limits of time and
memory, and what is said when it dies. One is kept warm between files and goes by itself when it has
nothing to do. Only plain JSON comes back.
The process limits the time that it computes, not the time that passes, so that a busy machine
changes nothing.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from rag.documents.draft import DocumentDraft
from rag.documents.limits import Allowance, Unreadable
from rag.jsonable import from_json
from rag.plain import to_json
from rag.schema import Document, Heading, Passage, Span

SECONDS = 60.0  # of computing for one file
MEMORY = 1 << 30  # bytes for one file
_WAITING = 600.0  # seconds that pass at most, whatever is computed
_MOSTLY = 0.6  # of the memory; one that dies with so much found no more
_IDLE = 60.0  # seconds after which a process without work goes
_KEPT = 256 << 20  # bytes; a process that has grown larger is not kept
_LOOK = 0.05  # seconds between two looks at a process
_ROOT = str(Path(__file__).parents[2])
_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from rag.documents.apart import serve; serve()"
)
_TOO_SLOW = (
    "takes more than {:.0f} seconds to read; that is the limit. Split it into several files, or "
    "save it as plain text."
)
_TOO_LARGE = (
    f"needs more than {MEMORY >> 20:,} MB of memory to be read; that is the limit. Split it into "
    "several files, or save it as plain text."
)
_DIED = (
    "is damaged so badly that the reader of its kind fails on it. Open it in its program and save "
    "it anew, or save it as plain text."
)


def draw_apart(raw: bytes, number: int, quote: str) -> bytes:
    """A page of a PDF as a PNG, drawn as `drawn.draw_page` does, in a process of its own.

    Raises:
        Unreadable: It cannot be drawn, or not within the limits.
    """
    request = {"suffix": ".pdf", "page": number, "quote": quote}
    return base64.b64decode(_asked(raw, request)["drawn"])


def read_apart(
    raw: bytes, suffix: str, *, seen: bool = True, allowance: Allowance | None = None
) -> DocumentDraft:
    """Read a file of a kind that `kinds` names in a process of its own.

    What nobody sees is left out, unless `seen` is unset for a file that is to be made of it.

    Raises:
        Unreadable: It cannot be read, or not within the limits.
    """
    answer = _asked(raw, {"suffix": suffix, "seen": seen}, allowance)
    return from_json(DocumentDraft, answer["draft"])


def split_apart(
    document: Document, longest: int, allowance: Allowance | None = None
) -> list[Passage]:
    """The passages of a document, as `split.split_here` gives them, by a process of its own.

    Raises:
        Unreadable: It cannot be split within the limits.
    """
    heads = [heading.start for heading in document.headings]
    request = {"longest": longest, "language": document.language, "headings": heads}
    raw = document.text.encode("utf-8", "surrogatepass")
    return [
        Passage(document.id, start, end, tuple(Span(*span) for span in spans), boilerplate)
        for start, end, spans, boilerplate in _asked(raw, request, allowance)["passages"]
    ]


def _asked(
    raw: bytes, request: dict[str, Any], allowance: Allowance | None = None
) -> dict[str, Any]:
    """What a process of its own says of a file. Raises `Unreadable` as those above."""
    seconds = SECONDS if allowance is None else min(SECONDS, allowance.left)
    reader = _spared() or _Reader()
    answer = reader.ask(raw, request, seconds)
    if answer is None and reader.left_idle:  # it went just before it was asked
        reader = _Reader()
        answer = reader.ask(raw, request, seconds)
    if allowance is not None:
        allowance.take(reader.spent)
    if answer is None:
        raise Unreadable(reader.why or _DIED)
    _put_back(reader)
    if "unreadable" in answer:
        raise Unreadable(answer["unreadable"])
    return answer


class _Reader:
    """One process that reads and draws files, one after another."""

    def __init__(self) -> None:
        self.why = ""  # why it was ended
        self.largest = 0  # bytes of memory it was seen to have
        self.spent = 0.0  # seconds that it computed for the last file
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CODE, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    @property
    def left_idle(self) -> bool:
        """Whether it went by itself, without having begun."""
        return not self.why and self._process.returncode == 0

    def ask(self, raw: bytes, request: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """What it says of a file; `None` where it died."""
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(over, seconds), daemon=True)
        watch.start()
        told, given = self._process.stdout, self._process.stdin
        assert told is not None
        assert given is not None
        try:
            told_of = {"size": len(raw), "seconds": seconds}
            given.write(json.dumps(request | told_of).encode() + b"\n")
            given.write(raw)
            given.flush()
            line = told.readline()
        except OSError:
            line = b""
        finally:
            over.set()
            watch.join()
        if not line.endswith(b"\n"):
            self.close()
            self.why = self.why or self._ended_by_its_limits(seconds)
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()

    def _ended_by_its_limits(self, seconds: float) -> str:
        """Why the system ended it before it was seen to take too much, where that can be told."""
        ended = self._process.returncode
        if ended >= 0:
            return ""
        if ended == -getattr(signal, "SIGXCPU", 0):
            return _TOO_SLOW.format(seconds)
        return _TOO_LARGE if self.largest > _MOSTLY * MEMORY else ""

    def _watch(self, over: threading.Event, seconds: float) -> None:
        """End the process once it has taken too much; for systems without limits of their own."""
        import psutil

        try:
            process = psutil.Process(self._process.pid)
            before = _computed(process)
            passed = self.spent = 0.0
            while not over.wait(_LOOK):
                passed += _LOOK
                self.spent = _computed(process) - before
                self.largest = max(self.largest, process.memory_info().rss)  # 0 once it is dead
                if self.largest > MEMORY:
                    self.why = _TOO_LARGE
                elif self.spent > seconds or passed > _WAITING:
                    self.why = _TOO_SLOW.format(seconds)
                if self.why:
                    self._process.kill()
                    return
            self.spent = _computed(process) - before
        except (psutil.Error, OSError):  # it is gone
            return


def _computed(process: Any) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


_lock = threading.Lock()
_spare: tuple[int, _Reader] | None = None  # a fork must not use its parent's


def _spared() -> _Reader | None:
    """The process that is kept warm, which is nobody's then."""
    global _spare
    with _lock:
        spare, _spare = _spare, None
    return spare[1] if spare is not None and spare[0] == os.getpid() else None


def _put_back(reader: _Reader) -> None:
    global _spare
    with _lock:
        if _spare is None and reader.largest < _KEPT:
            _spare = os.getpid(), reader
            return
    reader.close()


def close_spare() -> None:
    """End the process that is kept warm."""
    if (reader := _spared()) is not None:
        reader.close()


atexit.register(close_spare)


def serve() -> None:
    """Be the process: read, split or draw what comes in, until there is no more."""
    given = sys.stdin.buffer
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    for module in ("drawn", "kinds", "split"):  # before a file's time begins
        import_module(f"rag.documents.{module}")
    limit_memory()
    while line := _next_line(given):
        asked = json.loads(line)
        raw = given.read(asked["size"])
        limit_time(asked["seconds"])
        try:
            answer = _told(_answer(raw, asked))
        except Unreadable as error:
            answer = _told({"unreadable": str(error)})
        except MemoryError:
            answer = _told({"unreadable": _TOO_LARGE})
        except Exception:  # whatever a parser makes of a broken file
            answer = _told({"unreadable": _DIED})
        told.write(answer)
        told.flush()


def _answer(raw: bytes, asked: Mapping[str, Any]) -> dict[str, Any]:
    from rag.documents.drawn import draw_page
    from rag.documents.kinds import read_whole
    from rag.documents.legible import legible
    from rag.documents.split import split_here

    if "page" in asked:
        picture = draw_page(raw, asked["page"], asked["quote"])
        return {"drawn": base64.b64encode(picture).decode()}
    if "longest" not in asked:
        draft = read_whole(raw, asked["suffix"])
        return {"draft": to_json(legible(draft) if asked["seen"] else draft)}
    text = raw.decode("utf-8", "surrogatepass")
    heads = tuple(Heading(start, "") for start in asked["headings"])
    document = Document("", "", text, language=asked["language"], headings=heads)
    passages = split_here(document, longest=asked["longest"])
    return {"passages": [(p.start, p.end, p.sentences, p.boilerplate) for p in passages]}


def _told(answer: Mapping[str, Any]) -> bytes:
    line = json.dumps(answer, ensure_ascii=False)  # else most letters take six bytes
    return line.encode("utf-8", "surrogatepass") + b"\n"


def _next_line(given: IO[bytes]) -> bytes:
    leave = threading.Timer(_IDLE, os._exit, (0,))
    leave.daemon = True
    leave.start()
    line = given.readline()
    leave.cancel()
    return line


def limit_memory() -> None:
    """Hold this process to the memory of one file, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def limit_time(seconds: float) -> None:
    """Hold this process to so much computing from now on, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = int(used.ru_utime + used.ru_stime + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
