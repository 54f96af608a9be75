"""One assistant for all tabs, opened in the background so that a page can show how it goes.

Owns the thread that opens and syncs, and where it stands. Knows nothing of how that is drawn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

import rag.assistant
from rag.assistant import Assistant
from rag.errors import Cancelled, RagError
from rag.page.desk import Desk
from rag.page.followups import Followups
from rag.page.suggest import answerable, candidates
from rag.schema import Progress
from rag.settings import Settings

_log = logging.getLogger(__name__)
_UNFORESEEN = (
    "The articles could not be opened because of a fault in the program. "
    "The terminal that runs this page has the details."
)


@dataclass(frozen=True, slots=True)
class State:
    """Where the engine stands.

    Attributes:
        assistant: Set once questions can be answered.
        busy: Whether it is being opened or synced now.
        stopping: Whether a stop was asked for and is on its way.
        progress: How far the sync is; `None` before the first batch.
        stopped: Whether the last sync was stopped before it was done.
        error: Why opening failed, for a person; empty if it did not.
        questions: First questions to suggest.
    """

    assistant: Assistant | None = None
    busy: bool = False
    stopping: bool = False
    progress: Progress | None = None
    stopped: bool = False
    error: str = ""
    questions: tuple[str, ...] = ()


class Engine:
    """Opens, syncs and holds the one assistant of this process; safe to share between threads.

    Args:
        prepare: Makes the assistant, not synced yet. Raises as `rag.open` does.

    Attributes:
        state: Where it stands now.
        desk: Where questions are answered.
        followups: Where it is thought up what may be asked next.
    """

    def __init__(self, prepare: Callable[[], Assistant]) -> None:
        self._prepare = prepare
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.state = State()
        self.desk = Desk(lambda: self.state.assistant)
        self.followups = Followups(lambda: self.state.assistant, busy=self.desk.busy)

    def start(self) -> None:
        """Open the assistant, or go on with a sync that was stopped; nothing while busy."""
        with self._lock:
            if self.state.busy:
                return
            self._stop.clear()
            self.state = State(assistant=self.state.assistant, busy=True)
            self._thread = threading.Thread(target=self._work, name="quoth-open", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop the sync after its present batch; what is done is kept."""
        with self._lock:
            if self.state.busy:
                self._stop.set()
                self.state = replace(self.state, stopping=True)

    def wait(self, seconds: float) -> bool:
        """Wait until it is not busy; whether that came in time."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.state.busy

    def _work(self) -> None:
        had = self.state.assistant
        assistant = had
        try:
            assistant = had or self._prepare()
            assistant.warm()  # a broken model is told before the articles are indexed, not after
            stopped = self._sync(assistant)
            questions = answerable(candidates(assistant.documents()), assistant)
            self._set(State(assistant=assistant, stopped=stopped, questions=questions))
        except Exception as error:  # a thread has no caller that could hear of it
            if assistant is not None and assistant is not had:
                assistant.close()
            if not isinstance(error, RagError):
                _log.exception("opening failed")
            message = str(error) if isinstance(error, RagError) else _UNFORESEEN
            self._set(State(assistant=had, error=message))

    def _sync(self, assistant: Assistant) -> bool:
        """Sync; whether it was stopped."""
        try:
            assistant.sync(progress=self._note, cancelled=self._stop.is_set)
        except Cancelled:
            return True
        return False

    def _note(self, progress: Progress) -> None:
        with self._lock:
            self.state = replace(self.state, progress=progress)

    def _set(self, state: State) -> None:
        with self._lock:
            self.state = state


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The process's engine."""
    return Engine(_from_settings)


def _from_settings() -> Assistant:
    settings = Settings.from_environment()
    index = Path(settings.index) if settings.index else None
    return rag.assistant.prepare(settings.folder, index=index, settings=settings)
