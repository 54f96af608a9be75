"""A new SQLite file out of what can be read of a damaged one, which is set aside, never deleted.

Knows nothing of what is in the tables. Reads a copy, so that the damaged file stays as it is.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from rag.database import UNREADABLE, Database, unchanging
from rag.errors import LibraryError

WORK = "salvage-"  # begins the name of a folder with copies, beside the file
_BESIDE = ("", "-wal")
_MADE = ("", "-wal", "-shm")
_PART = 50  # rows that are read at once
_MISSES = 10_000  # rows missing one after another, after which no more are looked for
_PAGE = 4096


def damage(path: Path) -> str:
    """What SQLite says is wrong with a file; empty where it finds nothing."""
    try:
        with closing(unchanging(path)) as db:
            said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(5)")]
    except UNREADABLE as error:
        return str(error)
    return "" if said == ["ok"] else said[0].splitlines()[-1]


def save(
    path: Path,
    make: Callable[[Path], object],
    tables: Sequence[str],
    mend: Callable[[sqlite3.Connection], object],
) -> str:
    """Begin a file anew with the rows that can be read; the name that the damaged one has now.

    Args:
        path: The damaged file.
        make: Makes a new, empty file with the same tables.
        tables: Those whose rows are saved, as they were.
        mend: Brings what was saved in order, inside the transaction; called once.

    Raises:
        LibraryError: There is no room, or the folder cannot be written; nothing was changed.
    """
    new = path.with_suffix(".sqlite.new")
    try:
        for ending in _MADE:
            Path(f"{new}{ending}").unlink(missing_ok=True)
        make(new)
        with (
            _copied(path, make) as damaged,
            closing(Database(new, what="The file", damaged="Try again.")) as db,
        ):
            with db.changing() as changed:
                for table in tables:
                    for row in _readable(damaged, table):
                        _insert(changed, table, row)
                mend(changed)
            db.all("PRAGMA journal_mode=DELETE")
        return _set_aside(path, new).name
    except OSError as error:
        raise LibraryError(
            f"{path} cannot be repaired: {error.strerror}. Free some space or check the folder's "
            "permissions; nothing was changed."
        ) from error


def _insert(db: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    statement = f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})"
    db.execute(statement, list(row.values()))


@contextmanager
def _copied(path: Path, make: Callable[[Path], object]) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of a damaged file and its journal.

    Where the first page is damaged, that of a new file is put in its place.
    """
    with tempfile.TemporaryDirectory(prefix=WORK, dir=path.parent) as folder:
        copy = Path(folder) / path.name
        for ending in _BESIDE:
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{ending}", f"{copy}{ending}")
        if not _opens(copy):
            make(Path(folder) / "new.sqlite")
            _give_head(copy, Path(folder) / "new.sqlite")
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            yield db


def _readable(db: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table that can be read, in order of their number, by column."""
    last, misses, highest = 0, 0, _highest(db, table)
    while misses < _MISSES and (highest is None or last < highest):
        try:
            part = _rows(db, f"FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT {_PART}", last)
            yield from part.values()
            if len(part) < _PART:
                return
            last, misses = max(part), 0
        except UNREADABLE:
            for number in range(last + 1, last + _PART + 1):
                rows: dict[int, dict[str, Any]] = {}
                with suppress(*UNREADABLE):
                    rows = _rows(db, f"FROM {table} WHERE rowid = ?", number)
                yield from rows.values()
                misses = 0 if rows else misses + 1
            last += _PART


def _set_aside(path: Path, instead: Path) -> Path:
    """Put another file in the place of a damaged one, which is kept under the name returned."""
    kept = Path(f"{path}.damaged-{datetime.now():%Y%m%d-%H%M%S}")
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{path}{ending}", f"{kept}{ending}")
    for ending in _MADE[1:]:  # else it would be read into the other file
        Path(f"{path}{ending}").unlink(missing_ok=True)
    os.replace(instead, path)
    return kept


def _opens(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as db:
            return bool(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    except UNREADABLE:
        return False


def _give_head(path: Path, new: Path) -> None:
    """Put the first page of another file in place; it says where each table begins."""
    with closing(sqlite3.connect(new)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    head = bytearray(new.read_bytes()[:_PAGE])
    pages = path.stat().st_size // _PAGE
    head[28:32] = pages.to_bytes(4, "big")
    head[32:40] = bytes(8)  # no pages are free
    with path.open("r+b") as file:
        file.write(head)


def _highest(db: sqlite3.Connection, table: str) -> int | None:
    with suppress(*UNREADABLE):
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if row and isinstance(row[0], int):
            return row[0]
    return None


def _rows(db: sqlite3.Connection, query: str, value: int) -> dict[int, dict[str, Any]]:
    """Rows by their numbers."""
    cursor = db.execute(f"SELECT rowid, * {query}", (value,))
    names = [column[0] for column in cursor.description[1:]]
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor}
