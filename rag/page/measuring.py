"""The one measuring of the refusal line at a time, in the background, seen by all tabs.

Owns its thread and where it stands; questions that people ask go first. Knows nothing of how that
is drawn, or of what is measured.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from rag.assistant import Assistant
from rag.errors import Cancelled, RagError

_PAUSE = 0.1  # seconds between two looks at whether a person's question is done
_log = logging.getLogger(__name__)
_UNFORESEEN = (
    "Measuring failed because of a fault in the program. The terminal that runs this page has the "
    "details."
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Where the measuring stands.

    Attributes:
        busy: Whether it goes on now.
        stopping: Whether a stop was asked for and is on its way.
        done: Questions asked.
        total: Questions in all; 0 until they are made.
        seconds_left: `None` until that can be told.
        ended: Why it ended without a result, for a person; empty if it did not.
    """

    busy: bool = False
    stopping: bool = False
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    ended: str = ""


class Measuring:
    """Measures in a thread of its own; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.state = Measured()

    def start(self, assistant: Assistant, others: Callable[[], bool]) -> None:
        """Begin; nothing while it is busy.

        Args:
            assistant: Whose refusal line is fitted.
            others: Whether a person's question waits or is in work; it is waited for.
        """
        with self._lock:
            if self.state.busy:
                return
            self._stop.clear()
            self.state = Measured(busy=True)
            self._thread = threading.Thread(
                target=self._work, args=(assistant, others), name="quoth-measure", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Stop it after the present question; the refusal line stays as it was."""
        with self._lock:
            if self.state.busy:
                self._stop.set()
                self.state = replace(self.state, stopping=True)

    def wait(self, seconds: float) -> bool:
        """Wait until it is not busy; whether that came in time."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.state.busy

    def _work(self, assistant: Assistant, others: Callable[[], bool]) -> None:
        began = time.monotonic()

        def note(done: int, total: int) -> None:
            left = (time.monotonic() - began) / done * (total - done) if done else None
            with self._lock:
                self.state = replace(self.state, done=done, total=total, seconds_left=left)
            while others() and not self._stop.is_set():
                time.sleep(_PAUSE)

        ended = ""
        try:
            assistant.calibrate(progress=note, cancelled=self._stop.is_set)
        except Cancelled:
            ended = "Measuring was stopped. All is as it was."
        except RagError as error:
            ended = str(error)
        except Exception:  # a thread has no caller that could hear of it
            _log.exception("measuring failed")
            ended = _UNFORESEEN
        with self._lock:
            self.state = Measured(ended=ended)


@st.cache_resource(show_spinner=False)
def measuring() -> Measuring:
    """The process's measuring."""
    return Measuring()
