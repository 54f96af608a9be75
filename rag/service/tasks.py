"""What is to be done to the library, one thing at a time, and what came of each.

A task is made by whoever wants it, worked by the engine's thread, and looked at meanwhile. Knows
nothing of how it is drawn or told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from rag.assistant import Assistant
from rag.documents import ARCHIVE
from rag.documents.archive import parse_archive
from rag.errors import Cancelled, RagError, ReadError
from rag.listing import Addition, Progress, SyncReport
from rag.service.jobs import in_words
from rag.service.wording import later

_CLOSED = later("The articles are not open.")
_WITHDRAWN = later("Withdrawn before it began.")
_STOPPED = later("Stopped. What was done is kept; sync again to go on.")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came of an archive: how many articles, and why others of it could not be read."""

    added: int
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """What came of removing: where the file is kept, `None` where it was gone."""

    file: Path | None


Result = Addition | Unpacked | Removed | SyncReport
Work = Callable[[Assistant, "Task"], Result]


class TaskStage(StrEnum):
    """Where a task stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


@dataclass(eq=False)
class Task:
    """One thing to do.

    Attributes:
        name: What it is about, for a person: a file name, an address.
        stage: Where it stands.
        progress: How far it is, where that takes long.
        whole: Whether it brings the whole library in step.
        result: What it did, once it is done.
        error: Why it failed, for a person; empty if it did not.
        added: Ids of the articles that it added, or that were there already.
    """

    name: str
    _work: Work | None = field(repr=False)
    stage: TaskStage = TaskStage.WAITING
    progress: Progress | None = None
    whole: bool = False
    result: Result | None = None
    error: str = ""
    added: tuple[str, ...] = ()
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def over(self) -> bool:
        """Whether it is done or failed."""
        return self.stage in (TaskStage.DONE, TaskStage.FAILED)

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Withdraw it, or stop it at the next chance; what is done is kept."""
        self._stop.set()

    def note(self, progress: Progress) -> None:
        """Take note of how far it is."""
        self.progress = progress

    def run(self, open_: Callable[[], Assistant | None]) -> None:
        """Do it to what this gives; nothing is raised, `error` says what went wrong."""
        work, self._work = self._work, None  # lets go of an upload's bytes
        if work is None or self.stopping:
            self._fail(_WITHDRAWN if self.stopping else _CLOSED)
            return
        self.stage = TaskStage.WORKING
        try:
            assistant = open_()
            if assistant is None:
                raise RagError(_CLOSED)
            self.result = work(assistant, self)
            self.stage = TaskStage.DONE  # last, because tabs look at it
        except Cancelled:
            self._fail(_STOPPED)
        except Exception as error:  # a thread has no caller that could hear of it
            self._fail(in_words(error, self.name))

    def _fail(self, why: str) -> None:
        self.error = why
        self.stage = TaskStage.FAILED


def adding(name: str, data: bytes, *, replace: bool = False) -> Task:
    """Add an uploaded file; of an archive each article, so that it can be removed by itself."""
    archive = name.lower().endswith(ARCHIVE)
    return Task(name, partial(_add_each if archive else _add, name, data, replace))


def adding_address(address: str, *, replace: bool = False) -> Task:
    """Fetch a web address and add its article."""

    def work(assistant: Assistant, task: Task) -> Result:
        added = assistant.add_address(address, replace=replace, progress=task.note)
        task.added = (added.id,)
        return added

    return Task(address, work)


def removing(id_: str, title: str) -> Task:
    """Remove an article."""
    return Task(title, lambda assistant, task: Removed(assistant.remove(id_)))


def syncing(only: str | None = None) -> Task:
    """Sync the whole folder, or one file again."""

    def work(assistant: Assistant, task: Task) -> Result:
        ids = None if only is None else [only]
        report = assistant.sync(only=ids, progress=task.note, cancelled=lambda: task.stopping)
        if ids and report.failed:
            raise RagError(report.failed[0].reason)
        return report

    return Task(only or later("All articles"), work, whole=only is None)


def _add(name: str, data: bytes, replace: bool, assistant: Assistant, task: Task) -> Result:
    added = assistant.add(name, data, replace=replace, progress=task.note)
    task.added = (added.id,)
    return added


def _add_each(name: str, data: bytes, replace: bool, assistant: Assistant, task: Task) -> Result:
    failed, used = [], set()
    for inside, content in parse_archive(data, name=name):
        if task.stopping:
            raise Cancelled("Stopped.")
        try:
            if isinstance(content, ReadError):
                raise content
            own = inside.rpartition("/")[2]
            one = assistant.add(own, content, replace=replace and own.casefold() not in used)
            task.added = (*task.added, one.id)
            used.add(own.casefold())
        except ReadError as error:
            failed.append(str(error))
    if not task.added:
        raise ReadError(failed[0])
    return Unpacked(len(task.added), tuple(failed))
