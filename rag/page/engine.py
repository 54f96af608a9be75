"""One assistant for all tabs, opened in the background so that a page can show how it goes.

Owns the one thread that opens, syncs and changes the library, so that two tabs never do so at
once, and where it stands. Knows nothing of how that is drawn.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import streamlit as st

import rag.opening
from rag.assistant import Assistant
from rag.errors import Cancelled, EmbedderMismatch
from rag.listing import Progress
from rag.page.background import in_words
from rag.page.desk import Desk
from rag.page.following import Following
from rag.page.followups import Followups
from rag.page.rereading import Rereading
from rag.page.tasks import Stage, Task
from rag.settings import Settings

_log = logging.getLogger(__name__)


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
    """

    assistant: Assistant | None = None
    busy: bool = False
    stopping: bool = False
    progress: Progress | None = None
    stopped: bool = False
    error: str = ""


class Engine:
    """Opens, syncs and holds the one assistant of this process; safe to share between threads.

    Args:
        prepare: Makes the assistant, not synced yet. Raises as `rag.open` does.
        follow: Whether to follow the folder once it is indexed.

    Attributes:
        state: Where it stands now.
        desk: Where questions are answered.
        followups: Where it is thought up what may be asked first and next.
        rereading: Where articles are embedded anew after another embedder was chosen.
        following: What follows the folder.
    """

    def __init__(self, prepare: Callable[[], Assistant], *, follow: bool = False) -> None:
        self._prepare, self._follow = prepare, follow
        self.following = Following(self.submit)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._waiting: deque[Task | None] = deque()  # None stands for opening
        self.state = State()
        self.desk = Desk(lambda: self.state.assistant)
        self.rereading = Rereading()
        self.followups = Followups(lambda: self.state.assistant, busy=self.desk.busy)

    def start(self) -> None:
        """Open the assistant, or go on with a sync that was stopped; nothing while busy."""
        with self._lock:
            if self.state.busy:
                return
            self._stop.clear()
            self.state = State(assistant=self.state.assistant, busy=True)
            self._queue([None])

    def submit(self, tasks: Iterable[Task]) -> None:
        """Do these, one after another, once all that was asked for before is done."""
        with self._lock:
            self._queue(tasks)

    def stop(self) -> None:
        """Stop the sync after its present batch; what is done is kept."""
        with self._lock:
            if self.state.busy:
                self._stop.set()
                self.state = replace(self.state, stopping=True)

    @property
    def settings(self) -> Settings:
        """The settings in force, or those that opening goes by. Raises `SettingsError`."""
        assistant = self.state.assistant
        return assistant.settings if assistant is not None else settings_kept()

    def use(self, settings: Settings) -> None:
        """Answer with other settings from now on, and keep them in the index folder.

        Where opening failed, it is tried again with them.

        Raises:
            SettingsError: They make no sense or cannot be kept; all stays as it was.
            ModelError: The language model cannot be loaded or reached; all stays as it was.
        """
        assistant = self.state.assistant
        if assistant is None:
            settings.write(settings.place)
            self.start()
            return
        before = assistant.settings
        settings.write(assistant.index)
        try:
            assistant.use(settings)
        except BaseException:
            before.write(assistant.index)
            raise
        self.rereading.start(assistant)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do; whether that came in time."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return self._thread is None and not self.state.busy

    def _queue(self, more: Iterable[Task | None]) -> None:
        self._waiting.extend(more)
        if self._thread is None and self._waiting:
            self._thread = threading.Thread(target=self._work, name="quoth-work", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        """Do what is waiting until nothing is; after changes other questions are suggested."""
        changed = False
        while True:
            with self._lock:
                if not self._waiting and not changed:
                    self._thread = None
                    return
                asked = bool(self._waiting)
                task = self._waiting.popleft() if asked else None
            if task is not None:
                task.run(self.state.assistant)
                changed = changed or task.report is None or task.report.changes
                if task.whole and task.stage is Stage.DONE:
                    with self._lock:
                        self.state = replace(self.state, stopped=False)
            elif asked:
                self._open()
            else:
                changed = False
                self.followups.forget()

    def _open(self) -> None:
        had = self.state.assistant
        assistant = had
        try:
            assistant = had or self._prepare()
            assistant.warm()  # a broken model is told before the articles are indexed, not after
            try:
                stopped, by_words = self._sync(assistant), False
            except EmbedderMismatch:  # synced once all is embedded anew
                stopped, by_words = False, True
            self._set(State(assistant=assistant, stopped=stopped))
            following = self._follow and not stopped
            self.rereading.start(assistant, by_words=by_words)
            if following:
                self.following.begin(assistant.folder, assistant.index)
        except Exception as error:  # a thread has no caller that could hear of it
            if assistant is not None and assistant is not had:
                assistant.close()
            self._set(State(assistant=had, error=in_words(error, "opening")))

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
    return Engine(_from_settings, follow=True)


def settings_kept() -> Settings:
    """What the environment and the settings file of its index say."""
    return Settings.read(Settings.from_environment().place)


def _from_settings() -> Assistant:
    settings = settings_kept()
    return rag.opening.prepare(settings.folder, index=settings.place, settings=settings)
