"""Work in a thread of its own, one at a time, seen by all tabs: how far it is and how it ended.

Knows nothing of what is done, nor of how it is drawn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from rag.errors import Cancelled, RagError
from rag.page.wording import later

FAULT = later("There was a fault in the program. The terminal that runs this page has the details.")
_log = logging.getLogger(__name__)
_Progress = TypeVar("_Progress")


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


class Background(Generic[_Progress]):
    """Does one piece of work at a time; safe to share between threads.

    Args:
        what: Names the work in the log.

    Attributes:
        state: Where it stands now.
        stop_asked: Set when it is to stop; the work looks at it.
    """

    def __init__(self, what: str) -> None:
        self._what, self._lock = what, threading.Lock()
        self._thread: threading.Thread | None = None
        self.stop_asked = threading.Event()
        self.state: Run[_Progress] = Run()

    def begin(self, work: Callable[[], object]) -> None:
        """Do it; nothing while it is busy. `Cancelled` from it means that it was stopped."""
        with self._lock:
            if self.state.busy:
                return
            self.stop_asked.clear()
            self.state = Run(busy=True)
            self._thread = threading.Thread(target=self._work, args=(work,), daemon=True)
            self._thread.start()

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

    def wait(self, seconds: float) -> bool:
        """Wait until it is not busy; whether that came in time."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.state.busy

    def _work(self, work: Callable[[], object]) -> None:
        ended: Run[_Progress] = Run()
        try:
            work()
        except Cancelled:
            ended = Run(stopped=True)
        except Exception as error:  # a thread has no caller that could hear of it
            ended = Run(error=in_words(error, self._what))
        with self._lock:
            self.state = ended


def in_words(error: Exception, what: str, fault: str = FAULT) -> str:
    """An error for a person; one that is a fault of the program goes to the log."""
    if isinstance(error, RagError):
        return str(error)
    _log.error("%s failed", what, exc_info=error)
    return fault
