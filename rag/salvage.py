"""What can be read of a damaged SQLite file, and setting the file itself aside, never deleting it.

Knows nothing of what is in the tables. Reads a copy, so that the damaged file stays as it is.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

WORK = "salvage-"  # begins the name of a folder with copies, beside the file
_BESIDE = ("", "-wal")
_PART = 50  # rows that are read at once
_MISSES = 10_000  # rows missing one after another, after which no more are looked for
_PAGE = 4096


def damage(path: Path) -> str:
    """What SQLite says is wrong with a file; empty where it finds nothing."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(5)")]
    except sqlite3.Error as error:
        return str(error)
    return "" if said == ["ok"] else said[0].splitlines()[-1]


@contextmanager
def copied(path: Path, make: Callable[[Path], object]) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of a damaged file and its journal.

    Where the first page is damaged, that of a new file is put in its place.

    Args:
        path: The damaged file.
        make: Makes a new, empty file with the same tables.

    Raises:
        OSError: There is no room for the copy.
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


def readable(db: sqlite3.Connection, table: str, key: str) -> Iterator[dict[str, Any]]:
    """The rows of a table that can be read, in order of their number, by column."""
    last, misses, highest = 0, 0, _highest(db, table)
    while misses < _MISSES and (highest is None or last < highest):
        try:
            part = _rows(
                db, f"SELECT * FROM {table} WHERE {key} > ? ORDER BY {key} LIMIT {_PART}", last
            )
            yield from part
            if len(part) < _PART:
                return
            last, misses = part[-1][key], 0
        except sqlite3.Error:
            for number in range(last + 1, last + _PART + 1):
                rows: list[dict[str, Any]] = []
                with suppress(sqlite3.Error):
                    rows = _rows(db, f"SELECT * FROM {table} WHERE {key} = ?", number)
                yield from rows
                misses = 0 if rows else misses + 1
            last += _PART


def set_aside(path: Path, instead: Path) -> Path:
    """Put another file in the place of a damaged one, which is kept under the name returned.

    Raises:
        OSError: There is no room, or the folder cannot be written.
    """
    kept = Path(f"{path}.damaged-{datetime.now():%Y%m%d-%H%M%S}")
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{path}{ending}", f"{kept}{ending}")
    for ending in ("-wal", "-shm"):  # else it would be read into the other file
        Path(f"{path}{ending}").unlink(missing_ok=True)
    os.replace(instead, path)
    return kept


def _opens(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as db:
            return bool(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    except sqlite3.Error:
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
    with suppress(sqlite3.Error):
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if row and isinstance(row[0], int):
            return row[0]
    return None


def _rows(db: sqlite3.Connection, query: str, value: int) -> list[dict[str, Any]]:
    cursor = db.execute(query, (value,))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
