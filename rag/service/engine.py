"""One assistant for all who ask, opened in the background so that it can be seen how it goes.

Owns the one thread that opens, syncs and changes the library, so that two tabs never do so at
once, and all else that goes on in the background. Knows nothing of how that is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial

import rag.opening
from rag.assistant import Assistant
from rag.errors import Cancelled, EmbedderMismatch
from rag.listing import Progress, SyncReport
from rag.service.background import Arrival, Fetching, Measuring, Reindexing
from rag.service.following import Following
from rag.service.followups import Followups
from rag.service.jobs import BackgroundJob
from rag.service.private import PrivateShelves
from rag.service.questions import QuestionQueue
from rag.service.tasks import Task, TaskStage
from rag.settings import Settings


class Engine(BackgroundJob[Progress]):
    """Opens, syncs and holds the one assistant of this process; safe to share between threads.

    Its state is that of the opening; `assistant` is set once questions can be answered.

    Args:
        prepare: Makes the assistant, not synced yet. Raises as `rag.open` does.
        follow: Whether to follow the folder once it is indexed.
    """

    def __init__(self, prepare: Callable[[], Assistant], *, follow: bool = False) -> None:
        super().__init__("opening")
        self._prepare, self._follow = prepare, follow
        self._changed = False
        self.assistant: Assistant | None = None
        self._private: PrivateShelves | None = None
        self.questions = QuestionQueue(self.assistant_of)
        self.followups = Followups(self.assistant_of, busy=self.questions.busy)
        self.following = Following(self.submit)
        self.reindexing, self.fetching = Reindexing(), Fetching()
        self.measuring, self.arrival = Measuring(), Arrival()

    def start(self) -> None:
        """Open the assistant, or go on with a sync that was stopped; nothing while busy."""
        self.begin(self._open)

    def assistant_of(self, owner: str) -> Assistant | None:
        """What answers a person, who finds their own articles too; `None` until it is opened.

        `owner` is as of `ChatStore`, likewise below.
        """
        return self._private.seen(owner) if self._private is not None else self.assistant

    def submit(self, tasks: Iterable[Task], *, owner: str = "") -> None:
        """Do these, one after another, once all that was asked for before is done.

        With an owner they are done to the person's own articles.
        """
        self.add(*(partial(self._do, task, owner) for task in tasks), self._suggest_anew)

    @property
    def settings(self) -> Settings:
        """The settings in force, or those that opening goes by. Raises `SettingsError`."""
        return self.assistant.settings if self.assistant is not None else settings_kept()

    def use(self, settings: Settings) -> None:
        """Answer with other settings from now on, and keep them in the index folder.

        Where opening failed, it is tried again with them.

        Raises:
            SettingsError: They make no sense or cannot be kept; all stays as it was.
            ModelError: The language model cannot be loaded or reached; all stays as it was.
        """
        assistant = self.assistant
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
        self.reindexing.start(assistant)
        if self._private is not None:
            self._private.anew()

    def _do(self, task: Task, owner: str) -> None:
        private = self._private if owner else None
        with ExitStack() as lent:
            task.run(lambda: lent.enter_context(private.own(owner)) if private else self.assistant)
        did = task.result
        self._changed |= not isinstance(did, SyncReport) or did.changes
        if task.whole and task.stage is TaskStage.DONE and self.state.stopped:
            self.forget()

    def _suggest_anew(self) -> None:
        """After changes other questions are suggested."""
        if self._changed:
            self._changed = False
            self.followups.forget()

    def _open(self) -> None:
        """Open, sync, follow. `Cancelled` where the sync was stopped; what is indexed answers."""
        assistant = self.assistant or self._prepare()
        stopped = by_words = False
        try:
            assistant.warm()  # a broken model is told before the articles are indexed, not after
            assistant.sync(progress=self.note, cancelled=self.stop_asked.is_set)
        except Cancelled:
            stopped = True
        except EmbedderMismatch:  # synced once all is embedded anew
            by_words = True
        except BaseException:
            if assistant is not self.assistant:
                assistant.close()
            raise
        if assistant is not self.assistant:
            self._private = PrivateShelves(assistant, self.add)
        self.assistant = assistant
        self.reindexing.start(assistant, by_words=by_words)
        if stopped:
            raise Cancelled("Stopped.")
        if self._follow:
            self.following.begin(assistant.folder, assistant.index)


def from_settings() -> Assistant:
    """The assistant that the settings say, not synced yet. Raises as `rag.open` does."""
    settings = settings_kept()
    return rag.opening.prepare(settings.folder, index=settings.place, settings=settings)


def settings_kept() -> Settings:
    """What the environment and the settings file of its index say."""
    return Settings.read(Settings.from_environment().place)
