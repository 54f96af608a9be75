"""One SQLite file for many threads: reading, changing in transactions, failing in plain words.

Owns the connection and the number of the file's format. What the tables hold is for who has them.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import LibraryError

# what reading a damaged file raises; the words of an error may hold bytes of it that are no text
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)


class Database:
    """One file, safe to share between threads and with other programs.

    Args:
        path: The file; made where there is none.
        what: What a person calls it: `The index`.
        damaged: What to do when it cannot be read any more.
        tables: Statements that make the tables of a new file; none for a file that has them.
        format: Number of the format that they are; goes up when they change.
        pragmas: Set when it is opened.

    Raises:
        LibraryError: By every method: the file cannot be read or written; when it is opened, also:
            another version wrote it.
    """

    def __init__(
        self,
        path: Path,
        *,
        what: str,
        damaged: str,
        tables: Sequence[str] = (),
        format: int = 1,
        pragmas: tuple[str, ...] = (),
    ) -> None:
        self._path, self._what, self._damaged = path, what, damaged
        self._lock = threading.RLock()
        fixed = path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
        with self.explained():
            self._db = unchanging(path) if fixed else _connected(path.absolute().as_uri())
        try:
            for pragma in (*(() if fixed else ("journal_mode=WAL", "synchronous=FULL")), *pragmas):
                self.all(f"PRAGMA {pragma}")
            if tables and self.one("PRAGMA user_version") != (format,):
                self._make(tables, format)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row."""
        rows = self.all(query, *values)
        return rows[0] if rows else None

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows."""
        with self._lock, self.explained():
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of what is done inside, or nothing."""
        with self._lock, self.explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def explained(self) -> Iterator[None]:
        """What SQLite raises inside is said in plain words."""
        try:
            yield
        except UNREADABLE as error:
            raise LibraryError(self._explain(str(error))) from error

    def _make(self, tables: Sequence[str], format: int) -> None:
        with self.changing() as db:
            (have,) = db.execute("PRAGMA user_version").fetchone()
            if have == format:  # made by another program meanwhile
                return
            if have or db.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise LibraryError(
                    f"{self._what} {self._path} was written by another version of Quoth (format "
                    f"{have}, not {format}). Update Quoth, or move that file away to begin anew."
                )
            for statement in tables:
                db.execute(statement)
            db.execute(f"PRAGMA user_version={format}")

    def _explain(self, text: str) -> str:
        if "closed database" in text:
            return f"{self._what} {self._path} was closed. Open the assistant again."
        if "full" in text or "disk I/O" in text:
            return (
                f"The disk is full or failing while writing {self._path}. Free some space and try "
                "again; what was kept is not lost."
            )
        if "locked" in text:
            return f"{self._what} {self._path} is in use by another program. Wait or stop it."
        if "readonly" in text or "unable to open" in text:
            return f"{self._what} {self._path} cannot be written. Check the folder's permissions."
        return f"{self._what} {self._path} is damaged ({text}). {self._damaged}"


def _connected(address: str) -> sqlite3.Connection:
    return sqlite3.connect(
        address, uri=True, check_same_thread=False, timeout=30, isolation_level=None
    )


def unchanging(path: Path) -> sqlite3.Connection:
    """A file that may only be read, by way of what another program keeps beside it or without.

    SQLite cannot make its files beside one in a folder that may not be written
    (https://www.sqlite.org/wal.html#read_only_databases).
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    db = _connected(address)
    try:
        db.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        db.close()
        return _connected(f"{address}&immutable=1")
    return db
