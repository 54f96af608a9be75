"""Work in a thread of its own, one piece at a time, seen by all: how far it is and how it ended.

Knows nothing of what is done, nor of how it is drawn.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from rag.errors import Cancelled, RagError
from rag.service.wording import later

FAULT = later("There was a fault in the program. The terminal that runs this page has the details.")
_log = logging.getLogger(__name__)
_Progress = TypeVar("_Progress")
_Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Run(Generic[_Progress]):
    """Where the work stands.

    Attributes:
        busy: Whether it goes on now.
        stopping: Whether a stop was asked for and is on its way.
        progress: What it noted last; `None` before that, and once it is over.
        stopped: Whether it ended because a stop was asked for.
        error: Why it failed, for a person; empty if it did not.
    """

    busy: bool = False
    stopping: bool = False
    progress: _Progress | None = None
    stopped: bool = False
    error: str = ""


class BackgroundJob(Generic[_Progress]):
    """Does one piece of work after another; safe to share between threads.

    Its thread ends with the last piece and holds no program up that ends.

    Args:
        what: Names the work in the log.

    Attributes:
        state: Where the piece stands that was begun last.
        stop_asked: Set when that is to stop; the work looks at it.
    """

    def __init__(self, what: str) -> None:
        self._what, self._lock = what, threading.Lock()
        self._line: deque[tuple[_Work, bool]] = deque()  # whether `state` tells of it
        self._thread: threading.Thread | None = None
        self.stop_asked = threading.Event()
        self.state: Run[_Progress] = Run()

    def begin(self, work: _Work) -> None:
        """Do it; nothing while it is busy. `Cancelled` from it means that it was stopped."""
        with self._lock:
            if not self.state.busy:
                self.stop_asked.clear()
                self.state = Run(busy=True)
                self._put([(work, True)])

    def add(self, *works: _Work) -> None:
        """Do these once all is done that was asked for before; `state` tells nothing of them."""
        with self._lock:
            self._put((work, False) for work in works)

    def stop(self) -> None:
        """Ask it to stop soon; nothing where it is not busy."""
        with self._lock:
            if self.state.busy:
                self.stop_asked.set()
                self.state = replace(self.state, stopping=True)

    def note(self, progress: _Progress) -> None:
        """Let everybody see how far it is; for the work."""
        with self._lock:
            self.state = replace(self.state, progress=progress)

    def forget(self) -> None:
        """Let go of how the last one ended."""
        with self._lock:
            if not self.state.busy:
                self.state = Run()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing is left to do; whether that came in time."""
        if (thread := self._thread) is not None:
            thread.join(seconds)
        return self._thread is None

    def _put(self, works: Iterable[tuple[_Work, bool]]) -> None:
        self._line.extend(works)
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name=f"quoth, {self._what}", daemon=True
            )
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._line:
                    self._thread = None
                    return
                work, begun = self._line.popleft()
            ended: Run[_Progress] = Run()
            try:
                work()
            except Cancelled:
                ended = Run(stopped=True)
            except Exception as error:  # a thread has no caller that could hear of it
                ended = Run(error=in_words(error, self._what, log=not begun))
            if begun:
                with self._lock:
                    self.state = ended


def in_words(error: Exception, what: str, fault: str = FAULT, *, log: bool = False) -> str:
    """An error for a person; one that is a fault of the program goes to the log.

    With `log` any does: nobody else is told.
    """
    known = isinstance(error, RagError)
    if log or not known:
        _log.error("%s failed", what, exc_info=error)
    return str(error) if known else fault
