"""Checks an index folder and mends what can be mended; nothing is deleted that a person made.

A damaged file of rows is set aside, and what can be read of it begins a new one; the next sync
does the rest from the articles. Knows nothing of conversations.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.errors import LibraryError
from rag.library.gate import Writer
from rag.library.lexical import LexicalIndex
from rag.library.packing import entry_of
from rag.library.rows import Entry, Settlement
from rag.library.seals import fault, faults
from rag.library.store import Store
from rag.library.vectors import sound
from rag.models.embedder import EmbedderIdentity
from rag.salvage import WORK, copied, damage, readable, set_aside

FILE = "library.sqlite"
_PATIENCE = 5.0  # seconds to wait for a program that writes
_SHOWN = 5  # damaged articles that are named


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be, in words for a person.

    `serious` means that rows are damaged; else it mends itself when the index is opened.
    """

    what: str
    serious: bool = False

    def __str__(self) -> str:
        return self.what


def check(folder: Path) -> list[Finding]:
    """What is not as it should be in an index folder; nothing is changed.

    Raises:
        LibraryError: A newer version wrote it, or another program holds it.
    """
    file = folder / FILE
    found = list(_left_over(folder))
    if not file.is_file():
        return found
    if why := damage(file):
        return [*found, Finding(f"The file {file} is damaged: {why}.", serious=True)]
    with closing(Store(file)) as store:
        identity, passages = store.identity(), store.counts()[1]
        derived = [*_derived(folder, store, identity)] if identity and passages else []
    if identity is None:
        if not passages:
            return found
        return [*found, Finding(f"{file} does not say which embedder it is of.", serious=True)]
    bad = list(faults(file))
    found += [Finding(f"The article {id_} is damaged: {what}.", serious=True) for id_, what in bad]
    return [*found, *derived]


def mend(folder: Path) -> list[str]:
    """Mend what `check` finds; what was done, in words for a person.

    A sync must follow, which reads what could not be saved from the articles.

    Raises:
        LibraryError: Another program is writing the index, or there is no room.
    """
    file, done = folder / FILE, []
    try:
        with Writer(folder).alone(_PATIENCE):
            done += _tidied(folder)
            if not file.is_file():
                return done
            if damage(file) or _nameless(file):
                done.append(_saved(file))
            done += _without_faults(file)
    except OSError as error:
        raise LibraryError(
            f"The index {folder} cannot be repaired: {error.strerror}. Free some space or check "
            "the folder's permissions; nothing was changed."
        ) from error
    return done


def shortened(findings: list[Finding]) -> list[Finding]:
    """As many of each kind as a person reads, and how many more there are."""
    serious = [f for f in findings if f.serious]
    more = len(serious) - _SHOWN
    rest = [Finding(f"{more:,} more are damaged.", serious=True)] if more > 0 else []
    return [*serious[:_SHOWN], *rest, *(f for f in findings if not f.serious)]


def _left_over(folder: Path) -> Iterator[Finding]:
    for path in _leftovers(folder):
        yield Finding(f"{path} is left over from work that was broken off.")


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


def _derived(folder: Path, store: Store, identity: EmbedderIdentity) -> Iterator[Finding]:
    """What opening the index builds anew from the rows."""
    owner = store.owner
    if not sound(folder, f"{owner}/{identity.digest}"):
        yield Finding("The file of vectors is missing or damaged; opening the index builds it.")
    words = LexicalIndex(folder, owner=owner)
    if not words.sound():
        yield Finding("The index of words is missing or damaged; opening the index builds it.")
    words.close()


def _nameless(file: Path) -> bool:
    with closing(Store(file)) as store:
        return store.identity() is None and bool(store.counts()[1])


def _without_faults(file: Path) -> list[str]:
    """Take damaged documents out, so that the next sync reads them from their files."""
    with closing(Store(file)) as store:
        bad = list(faults(file))
        if bad:
            store.settle(Settlement(removed=[id_ for id_, _ in bad]))
    return [f"Took out the article {id_}, to be read again: {what}." for id_, what in bad]


def _saved(file: Path) -> str:
    """Begin a new file with what can be read of a damaged one, which is set aside."""
    new = file.with_suffix(".sqlite.new")
    for path in (new, Path(f"{new}-wal"), Path(f"{new}-shm")):
        path.unlink(missing_ok=True)
    with closing(Store(new)) as store:
        with copied(file, lambda path: Store(path).close()) as db:
            facts = {row["name"]: row["value"] for row in _facts(db)}
            keep = {name: facts[name] for name in _KEPT if name in facts}
            dimension = int(facts["dimension"]) if _named(facts) else 0
            store.set_facts(keep if dimension else {})
            count = 0
            for entry in _entries(db, dimension):
                store.replace([entry])
                count += 1
        store.in_one_file()
    kept = set_aside(file, new)
    return (
        f"{file} was damaged. It is kept as {kept.name}; {count:,} articles could be saved from it "
        "with all that was computed for them."
    )


_KEPT = ("embedder", "dimension", "weights", "passage_characters", "folder")


def _named(facts: dict[str, str]) -> bool:
    return all(facts.get(n) for n in _KEPT[:4]) and str(facts.get("dimension")).isdigit()


def _facts(db: sqlite3.Connection) -> Iterator[dict[str, str]]:
    try:
        for name, value in db.execute("SELECT name, value FROM facts"):
            yield {"name": str(name), "value": str(value)}
    except sqlite3.Error:
        return


def _entries(db: sqlite3.Connection, dimension: int) -> Iterator[Entry]:
    """Documents that are whole, with their passages and vectors."""
    if not dimension:  # whose vectors they are is not known any more
        return
    for row in readable(db, "documents", "number"):
        try:
            if not fault(db, row["number"]):
                passages = db.execute(
                    "SELECT start, end, sentences, boilerplate, vector FROM passages"
                    " WHERE document = ? ORDER BY number",
                    (row["number"],),
                ).fetchall()
                packed = b"".join(p[4] for p in passages)
                vectors = np.frombuffer(packed, np.float16).astype(np.float32)
                yield entry_of(row, passages, vectors.reshape(-1, dimension))
        except (sqlite3.Error, ValueError, TypeError, KeyError):
            continue
