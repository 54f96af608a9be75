"""What came of a task on the articles, in words."""

from __future__ import annotations

from rag.listing import Addition, Outcome, SyncReport
from rag.page.people import administers
from rag.page.wording import _, n_, number
from rag.service.tasks import Removed, Task, Unpacked
from rag.service.wording import later

_COUNTED = {
    "added": later("{count} added"),
    "changed": later("{count} changed"),
    "moved": later("{count} moved"),
    "removed": later("{count} removed"),
    "unchanged": later("{count} unchanged"),
}
_TWICE, _UNREAD = later("{count} there twice"), later("{count} could not be read")


def task_in_words(task: Task) -> str:
    """How a task went; empty until it is over."""
    did = task.result
    if isinstance(did, Addition):
        return added_in_words(did)
    if isinstance(did, Unpacked):
        return _unpacked_in_words(did)
    if isinstance(did, SyncReport):
        return synced_in_words(did)
    if isinstance(did, Removed) and did.file and not administers():
        return _("Removed.")  # where it is kept they cannot reach
    if isinstance(did, Removed) and did.file:
        return _("Removed. Its file is kept as {file}.", file=did.file)
    return _(task.error) if did is None else _("Removed; its file was gone.")


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


def _unpacked_in_words(did: Unpacked) -> str:
    told = n_("Added {count} article from it.", "Added {count} articles from it.", did.added)
    if not did.failed:
        return told
    unread = _("{count} could not be added:", count=number(len(did.failed)))
    return " ".join([told, unread, *did.failed[:3]])
