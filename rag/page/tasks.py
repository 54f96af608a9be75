"""What is to be done to the library, one thing at a time, and how each went, in words.

A task is made by a tab, worked by the engine's thread, and looked at by the tab meanwhile. Knows
nothing of how it is drawn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from rag.assistant import Assistant
from rag.documents import ARCHIVE
from rag.documents.read import parse_archive
from rag.errors import Cancelled, RagError, ReadError
from rag.listing import Addition, Outcome, Progress, SyncReport
from rag.page.background import in_words
from rag.page.wording import _, later, n_, number

_CLOSED = later("The articles are not open.")
_WITHDRAWN = later("Withdrawn before it began.")
_STOPPED = later("Stopped. What was done is kept; sync again to go on.")
_COUNTED = {
    "added": later("{count} added"),
    "changed": later("{count} changed"),
    "moved": later("{count} moved"),
    "removed": later("{count} removed"),
    "unchanged": later("{count} unchanged"),
}
_TWICE, _UNREAD = later("{count} there twice"), later("{count} could not be read")

Words = Callable[[], str]  # are made when they are drawn, in the language of who looks
Work = Callable[[Assistant, "Task"], Words]


class Stage(StrEnum):
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
        report: What it did, where it brought files in step.
        added: Ids of the articles that it added, or that were there already.
    """

    name: str
    _work: Work | None = field(repr=False)
    stage: Stage = Stage.WAITING
    progress: Progress | None = None
    whole: bool = False
    report: SyncReport | None = None
    added: tuple[str, ...] = ()
    _told: Words = field(default=str, repr=False)
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def told(self) -> str:
        """How it went, in words; empty until it is over."""
        return self._told()

    @property
    def over(self) -> bool:
        """Whether it is done or failed."""
        return self.stage in (Stage.DONE, Stage.FAILED)

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

    def run(self, assistant: Assistant | None) -> None:
        """Do it; nothing is raised, `told` says what went wrong."""
        work, self._work = self._work, None  # lets go of an upload's bytes
        if assistant is None or work is None or self.stopping:
            self._end(Stage.FAILED, partial(_, _WITHDRAWN if self.stopping else _CLOSED))
            return
        self.stage = Stage.WORKING
        try:
            self._end(Stage.DONE, work(assistant, self))
        except Cancelled:
            self._end(Stage.FAILED, partial(_, _STOPPED))
        except Exception as error:  # a thread has no caller that could hear of it
            self._end(Stage.FAILED, partial(_, in_words(error, self.name)))

    def _end(self, stage: Stage, told: Words) -> None:
        self._told = told
        self.stage = stage  # last, because tabs look at it


def adding(name: str, data: bytes, *, replace: bool = False) -> Task:
    """Add an uploaded file."""
    return Task(name, partial(_add, name, data, replace))


def adding_address(address: str, *, replace: bool = False) -> Task:
    """Fetch a web address and add its article."""
    return Task(address, partial(_add_address, address, replace))


def removing(id_: str, title: str) -> Task:
    """Remove an article."""
    return Task(title, partial(_remove, id_))


def syncing(only: str | None = None) -> Task:
    """Sync the whole folder, or one file again."""
    return Task(only or later("All articles"), partial(_sync, only), whole=only is None)


def added_in_words(added: Addition) -> str:
    """What became of an article.

    >>> added_in_words(Addition("tea.md", Outcome.ADDED, "Tea", 1))
    'Added as “Tea”, 1 passage.'
    """
    if added.outcome is Outcome.ALREADY_THERE:
        return _("Was there already, as “{title}” ({id}).", title=added.title, id=added.id)
    passages = n_("{count} passage", "{count} passages", added.passages)
    if added.outcome is Outcome.REPLACED:
        return _("Replaced by “{title}”, {passages}.", title=added.title, passages=passages)
    return _("Added as “{title}”, {passages}.", title=added.title, passages=passages)


def synced_in_words(report: SyncReport) -> str:
    """What a sync did.

    >>> synced_in_words(SyncReport(added=("a.md",), unchanged=3))
    '1 added, 3 unchanged.'
    """
    counts = {_COUNTED[outcome]: count for outcome, count in report.counts.items()}
    counts[_TWICE], counts[_UNREAD] = len(report.duplicates), len(report.failed)
    told = [_(words, count=number(count)) for words, count in counts.items() if count]
    return f"{', '.join(told)}." if told else _("There is nothing to sync.")


def _add(name: str, data: bytes, replace: bool, assistant: Assistant, task: Task) -> Words:
    if name.lower().endswith(ARCHIVE):
        return _add_each(name, data, replace, assistant, task)
    added = assistant.add(name, data, replace=replace, progress=task.note)
    task.added = (added.id,)
    return partial(added_in_words, added)


def _add_each(name: str, data: bytes, replace: bool, assistant: Assistant, task: Task) -> Words:
    """Add what is in an archive as articles of their own, so that each can be removed again."""
    added, failed, used = 0, [], set()
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
            added += 1
        except ReadError as error:
            failed.append(str(error))
    if not added:
        raise ReadError(failed[0])
    return partial(_each_in_words, added, failed)


def _each_in_words(added: int, failed: Sequence[str]) -> str:
    told = n_("Added {count} article from it.", "Added {count} articles from it.", added)
    if not failed:
        return told
    return " ".join([told, _("{count} could not be read:", count=number(len(failed))), *failed[:3]])


def _add_address(address: str, replace: bool, assistant: Assistant, task: Task) -> Words:
    added = assistant.add_address(address, replace=replace, progress=task.note)
    task.added = (added.id,)
    return partial(added_in_words, added)


def _remove(id_: str, assistant: Assistant, task: Task) -> Words:
    kept = assistant.remove(id_)
    if kept:
        return lambda: _("Removed. Its file is kept as {file}.", file=kept)
    return lambda: _("Removed; its file was gone.")


def _sync(only: str | None, assistant: Assistant, task: Task) -> Words:
    ids = None if only is None else [only]
    report = assistant.sync(only=ids, progress=task.note, cancelled=lambda: task.stopping)
    task.report = report
    if ids and report.failed:
        raise RagError(report.failed[0].reason)
    return partial(synced_in_words, report)
