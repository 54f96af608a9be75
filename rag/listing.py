"""What is told of a library: its articles, how a sync stands, what it did, what failed.

Owns these values alone. Knows nothing of files or indexes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A line of the library's list of articles.

    `bytes` is the size of the file, `language` as in `Document`.
    """

    id: str
    title: str
    date: date | None
    characters: int
    passages: int
    source: str = ""
    bytes: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why, in words for a person."""

    path: str
    reason: str


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
class SyncReport:
    """What a sync did, by document id."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    failed: tuple[Failure, ...] = ()
    passages: int = 0
    seconds: float = 0.0


class Outcome(StrEnum):
    """What became of an article that was to be added."""

    ADDED = "added"
    REPLACED = "replaced"
    ALREADY_THERE = "already there"


@dataclass(frozen=True, slots=True)
class Addition:
    """An article that was added, or was there before, under its id."""

    id: str
    outcome: Outcome
    title: str
    passages: int
