"""What is told of a library: its articles, how a sync stands, what it did, what failed.

Owns these values alone. Knows nothing of files or indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from datetime import date as Day
from enum import StrEnum

from rag.languages import NAMES
from rag.plain import Plain


@dataclass(frozen=True, slots=True)
class DocumentInfo(Plain):
    """A line of the library's list of articles.

    `bytes` is the size of the file, `author`, `modified` and `language` are as in `Document`;
    `copies` are the ids of further files that hold the very same, by id; `by_hand` names what is
    not as the file tells it but as a person has set it; `remarks` are as in `Document`.
    """

    id: str
    title: str
    date: date | None
    characters: int
    passages: int
    source: str = ""
    bytes: int = 0
    language: str = ""
    copies: tuple[str, ...] = ()
    author: str = ""
    modified: Day | None = None
    words: int = 0
    sections: int = 0
    by_hand: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def such(
    infos: Iterable[DocumentInfo],
    *,
    author: str = "",
    source: str = "",
    language: str = "",
    collection: str = "",
    after: Day | None = None,
    before: Day | None = None,
) -> list[DocumentInfo]:
    """The articles that are as it is asked, in their order.

    Args:
        infos: All of them.
        author: Part of the author's name, whatever its case; likewise `source`.
        source: Part of where they come from.
        language: As in `de` or `German`.
        collection: The folder that they lie in, as in `reports/2024`, or in one within it.
        after: Of this day or later; those without a date are left out. Likewise `before`.
        before: Of this day or earlier.

    >>> such([DocumentInfo("a", "A", None, 1, 1, author="Anna Berg")], author="berg")[0].id
    'a'
    """
    code = next(
        (c for c, name in NAMES.items() if name.casefold() == language.casefold()), language
    )
    folder = collection and collection.rstrip("/") + "/"
    return [
        info
        for info in infos
        if author.casefold() in info.author.casefold()
        and source.casefold() in info.source.casefold()
        and code.casefold() in ("", info.language.casefold())
        and lies_in(info, folder)
        and (after is None or (info.date is not None and info.date >= after))
        and (before is None or (info.date is not None and info.date <= before))
    ]


def is_collection(name: str) -> bool:
    """Whether a name among articles is not one's id, but means all that lie in a folder."""
    return name.endswith("/")


def lies_in(info: DocumentInfo, collection: str) -> bool:
    """Whether an article, or a file that holds the same, lies in a collection."""
    return any(id_.startswith(collection) for id_ in (info.id, *info.copies))


def collections(infos: Iterable[DocumentInfo]) -> list[str]:
    """The folders that articles lie in and those around them, by name.

    >>> collections([DocumentInfo("reports/2024/a.md", "A", None, 1, 1)])
    ['reports/', 'reports/2024/']
    """
    paths = (id_.split("/")[:-1] for info in infos for id_ in (info.id, *info.copies))
    folders = {tuple(path) for path in paths}
    return sorted({"/".join(path[:n]) + "/" for path in folders for n in range(1, len(path) + 1)})


def named(infos: Sequence[DocumentInfo], names: Sequence[str]) -> tuple[str, ...]:
    """The ids that names mean: a collection's those of its articles, any other is one itself.

    >>> named([DocumentInfo("reports/a.md", "A", None, 1, 1)], ["reports/", "b.md"])
    ('reports/a.md', 'b.md')
    """
    ids: dict[str, None] = {}
    for name in names:
        if is_collection(name):
            ids.update((info.id, None) for info in infos if lies_in(info, name))
        else:
            ids[name] = None
    return tuple(ids)


@dataclass(frozen=True, slots=True)
class Failure(Plain):
    """A file that could not be read, and why, in words for a person."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Remark(Plain):
    """An article that was read, and what was left out of it or not believed."""

    path: str
    said: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a sync stands. `seconds_left` is `None` until it can be estimated.

    Where `passages_total` is set, articles that are known are embedded anew, for another embedder
    or passage length: `passages` of so many are done.
    """

    documents: int
    documents_total: int
    passages: int
    passages_per_second: float
    seconds_left: float | None
    current: str
    passages_total: int = 0


@dataclass(frozen=True, slots=True)
class SyncReport(Plain):
    """What a sync did and found, by document id; each file that it looked at counts once.

    Attributes:
        added: Indexed, not known before.
        changed: Indexed again, because they hold something else now or are read in another way.
        removed: Gone from the folder.
        unchanged: How many are as they were.
        failed: Could not be read.
        passages: How many were embedded.
        seconds: How long it took.
        moved: Where an article was, and where its file is now.
        duplicates: A file that holds the very same as another one, and the other one; it is not
            indexed, and takes over when the other one is gone.
        remarks: What was left out of those that were read, or not believed.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    failed: tuple[Failure, ...] = ()
    passages: int = 0
    seconds: float = 0.0
    moved: tuple[tuple[str, str], ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the library is another one than before.

        >>> SyncReport(unchanged=3).changes, SyncReport(moved=(("a.md", "b.md"),)).changes
        (False, True)
        """
        return bool(self.added or self.changed or self.moved or self.removed)

    @property
    def counts(self) -> dict[str, int]:
        """How many articles came to what, in words."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "moved": len(self.moved),
            "removed": len(self.removed),
            "unchanged": self.unchanged,
        }

    def tells_more_than(self, last: SyncReport) -> bool:
        """Whether this one did or found something that the last one did not."""
        found = (self.failed, self.duplicates) != (last.failed, last.duplicates)
        return self.changes or found


class Outcome(StrEnum):
    """What became of an article that was to be added."""

    ADDED = "added"
    REPLACED = "replaced"
    ALREADY_THERE = "already there"


@dataclass(frozen=True, slots=True)
class Addition(Plain):
    """An article that was added, or was there before, under its id."""

    id: str
    outcome: Outcome
    title: str
    passages: int
