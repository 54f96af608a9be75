"""Checks an index folder and mends what can be mended; nothing is deleted that a person made.

A damaged file of rows is set aside, and what can be read of it begins a new one; the next sync
does the rest from the articles. Knows nothing of conversations.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rag.errors import LibraryError
from rag.library.gate import Writer
from rag.library.lexical import LexicalIndex
from rag.library.rows import Settlement, identity_in
from rag.library.seals import fault, faults
from rag.library.store import Store
from rag.library.vectors import sound
from rag.models.embedder import EmbedderIdentity
from rag.salvage import WORK, damage, save

FILE = "library.sqlite"
_PATIENCE = 5.0  # seconds to wait for a program that writes
_SHOWN = 5  # damaged articles that are named
_OWNERS = 0o700  # rights of a folder that is its owner's alone
_LAST = "SELECT ifnull(max(generation), 0) + 1 FROM passages"
_OF_DOCUMENTS = ("passages", "seals")


@dataclass(frozen=True, slots=True)
class RepairFinding:
    """Something that is not as it should be, in words for a person.

    `serious` means that rows are damaged; else it mends itself when the index is opened.
    """

    what: str
    serious: bool = False

    def __str__(self) -> str:
        return self.what


def check(folder: Path) -> list[RepairFinding]:
    """What is not as it should be in an index folder; nothing is changed.

    Raises:
        LibraryError: A newer version wrote it, or another program holds it.
    """
    file = folder / FILE
    found = [
        RepairFinding(f"{path} is left over from work that was broken off.")
        for path in _leftovers(folder)
    ]
    if not file.is_file():
        return found
    if why := damage(file):
        return [*found, RepairFinding(f"The file {file} is damaged: {why}.", serious=True)]
    with closing(Store(file)) as store:
        if not _counted(store):
            return [*found, RepairFinding(f"{file} lacks its number of changes.", serious=True)]
        identity, passages = store.identity(), store.counts()[1]
        derived = [*_derived(folder, store, identity)] if identity and passages else []
    if identity is None:
        if not passages:
            return found
        return [
            *found,
            RepairFinding(f"{file} does not say which embedder it is of.", serious=True),
        ]
    bad = list(faults(file))
    found += [
        RepairFinding(f"The article {id_} is damaged: {what}.", serious=True) for id_, what in bad
    ]
    return [*found, *derived]


def mend(folder: Path) -> list[str]:
    """Mend what `check` finds; what was done, in words for a person.

    A sync must follow, which reads what could not be saved from the articles.

    Raises:
        LibraryError: Another program is writing the index, or there is no room.
    """
    file, done = folder / FILE, []
    with Writer(folder).alone(_PATIENCE):
        if exposed(folder):
            folder.chmod(_OWNERS)
            done.append(f"Nobody but you can look into {folder} any more.")
        done += _tidied(folder)
        if not file.is_file():
            return done
        if damage(file) or _nameless(file):
            done.append(_saved(file))
        return [*done, *_without_faults(file)]


def exposed(folder: Path) -> bool:
    """Whether others on this computer can look into a folder that is this user's.

    One that `rag` makes is its owner's alone; one that was there before keeps its rights.
    """
    if os.name != "posix" or not folder.is_dir():
        return False
    status = folder.stat()
    return status.st_uid == os.getuid() and bool(status.st_mode & ~_OWNERS & 0o777)


def shortened(findings: list[RepairFinding]) -> list[RepairFinding]:
    """As many of each kind as a person reads, and how many more there are."""
    serious = [f for f in findings if f.serious]
    more = len(serious) - _SHOWN
    rest = [RepairFinding(f"{more:,} more are damaged.", serious=True)] if more > 0 else []
    return [*serious[:_SHOWN], *rest, *(f for f in findings if not f.serious)]


def _leftovers(folder: Path) -> list[Path]:
    """What a kill leaves of files that were being written; whole ones have another name."""
    work = [path for path in folder.glob(f"{WORK}*") if path.is_dir()]
    return sorted(
        [*folder.glob("*.new"), *folder.glob("*.new-wal"), *folder.glob("*.new-shm"), *work]
    )


def _tidied(folder: Path) -> list[str]:
    done = []
    for path in _leftovers(folder):
        inside = sorted(path.iterdir()) if path.is_dir() else []
        for each in inside:
            each.unlink()
        path.rmdir() if path.is_dir() else path.unlink()
        done.append(f"Removed {path}, left over from work that was broken off.")
    return done


def _derived(folder: Path, store: Store, identity: EmbedderIdentity) -> Iterator[RepairFinding]:
    """What opening the index builds anew from the rows."""
    owner = store.owner
    if not sound(folder, f"{owner}/{identity.digest}"):
        yield RepairFinding(
            "The file of vectors is missing or damaged; opening the index builds it."
        )
    words = LexicalIndex(folder, owner=owner)
    if not words.sound():
        yield RepairFinding(
            "The index of words is missing or damaged; opening the index builds it."
        )
    words.close()


def _nameless(file: Path) -> bool:
    with closing(Store(file)) as store:
        return not _counted(store) or (store.identity() is None and bool(store.counts()[1]))


def _counted(store: Store) -> bool:
    """Whether it says how often it was changed, which is how derived files are known as stale."""
    try:
        return store.generation >= 0
    except LibraryError:
        return False


def _without_faults(file: Path) -> list[str]:
    """Take damaged documents out, so that the next sync reads them from their files."""
    with closing(Store(file)) as store:
        bad = list(faults(file))
        if bad:
            set_by_hand = store.corrections()
            store.settle(Settlement(removed=[id_ for id_, _ in bad]))
            store.keep_corrections(set_by_hand)
    return [f"Took out the article {id_}, to be read again: {what}." for id_, what in bad]


def _saved(file: Path) -> str:
    """Begin a new file with the articles that are whole in a damaged one, which is set aside."""
    count = 0

    def only_whole(db: sqlite3.Connection) -> None:
        nonlocal count
        facts = dict(db.execute("SELECT name, value FROM facts"))
        named = identity_in(facts.get) is not None
        if not facts.get("generation", "0").isdigit():
            db.execute(f"UPDATE facts SET value = ({_LAST}) WHERE name = 'generation'")
        if not named:  # whose vectors they are is not known any more
            db.execute("DELETE FROM facts WHERE name <> 'library'")
        numbers = [row[0] for row in db.execute("SELECT number FROM documents")]
        bad = [number for number in numbers if not named or fault(db, number)]
        db.executemany("DELETE FROM documents WHERE number = ?", [(number,) for number in bad])
        for table in _OF_DOCUMENTS:
            db.execute(f"DELETE FROM {table} WHERE document NOT IN (SELECT number FROM documents)")
        count = len(numbers) - len(bad)

    tables = ("facts", "documents", "corrections", *_OF_DOCUMENTS)
    kept = save(file, lambda path: Store(path).close(), tables, only_whole)
    return (
        f"{file} was damaged. It is kept as {kept}; {count:,} articles could be saved from it "
        "with all that was computed for them."
    )
