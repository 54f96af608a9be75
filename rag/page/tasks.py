"""What is to be done to the library, one thing at a time, and how each went, in words.

A task is made by a tab, worked by the engine's thread, and looked at by the tab meanwhile. Knows
nothing of how it is drawn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from rag.assistant import Assistant
from rag.documents import ARCHIVE
from rag.documents.read import parse_archive
from rag.errors import Cancelled, RagError, ReadError
from rag.listing import Addition, Outcome, Progress, SyncReport
from rag.page.background import in_words
from rag.schema import many

_CLOSED = "The articles are not open."
_WITHDRAWN = "Withdrawn before it began."

Work = Callable[[Assistant, "Task"], str]


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
        told: How it went, in words; empty until it is over.
        progress: How far it is, where that takes long.
        whole: Whether it brings the whole library in step.
        report: What it did, where it brought files in step.
        added: Ids of the articles that it added, or that were there already.
    """

    name: str
    _work: Work | None = field(repr=False)
    stage: Stage = Stage.WAITING
    told: str = ""
    progress: Progress | None = None
    whole: bool = False
    report: SyncReport | None = None
    added: tuple[str, ...] = ()
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

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
            self._end(Stage.FAILED, _WITHDRAWN if self.stopping else _CLOSED)
            return
        self.stage = Stage.WORKING
        try:
            self._end(Stage.DONE, work(assistant, self))
        except Cancelled:
            self._end(Stage.FAILED, "Stopped. What was done is kept; sync again to go on.")
        except Exception as error:  # a thread has no caller that could hear of it
            self._end(Stage.FAILED, in_words(error, self.name))

    def _end(self, stage: Stage, told: str) -> None:
        self.told = told
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
    return Task(only or "All articles", partial(_sync, only), whole=only is None)


def added_in_words(added: Addition) -> str:
    """What became of an article.

    >>> added_in_words(Addition("tea.md", Outcome.ADDED, "Tea", 1))
    'Added as “Tea”, 1 passage.'
    """
    passages = many(added.passages, "passage")
    if added.outcome is Outcome.ALREADY_THERE:
        return f"Was there already, as “{added.title}” ({added.id})."
    verb = "Replaced by" if added.outcome is Outcome.REPLACED else "Added as"
    return f"{verb} “{added.title}”, {passages}."


def synced_in_words(report: SyncReport) -> str:
    """What a sync did.

    >>> synced_in_words(SyncReport(added=("a.md",), unchanged=3))
    '1 added, 3 unchanged.'
    """
    more = {"there twice": len(report.duplicates), "could not be read": len(report.failed)}
    counts = (report.counts | more).items()
    told = ", ".join(f"{count:,} {word}" for word, count in counts if count)
    return f"{told}." if told else "There is nothing to sync."


def _add(name: str, data: bytes, replace: bool, assistant: Assistant, task: Task) -> str:
    if name.lower().endswith(ARCHIVE):
        return _add_each(name, data, replace, assistant, task)
    added = assistant.add(name, data, replace=replace, progress=task.note)
    task.added = (added.id,)
    return added_in_words(added)


def _add_each(name: str, data: bytes, replace: bool, assistant: Assistant, task: Task) -> str:
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
    told = f"Added {many(added, 'article')} from it."
    return " ".join([told, f"{len(failed):,} could not be read:", *failed[:3]]) if failed else told


def _add_address(address: str, replace: bool, assistant: Assistant, task: Task) -> str:
    added = assistant.add_address(address, replace=replace, progress=task.note)
    task.added = (added.id,)
    return added_in_words(added)


def _remove(id_: str, assistant: Assistant, task: Task) -> str:
    kept = assistant.remove(id_)
    return f"Removed. Its file is kept as {kept}." if kept else "Removed; its file was gone."


def _sync(only: str | None, assistant: Assistant, task: Task) -> str:
    ids = None if only is None else [only]
    report = assistant.sync(only=ids, progress=task.note, cancelled=lambda: task.stopping)
    task.report = report
    if ids and report.failed:
        raise RagError(report.failed[0].reason)
    return synced_in_words(report)
