"""The turns of conversations, in one SQLite file of the index folder."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import LibraryError

_TABLE = """
CREATE TABLE IF NOT EXISTS turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT, chat TEXT NOT NULL, role TEXT NOT NULL,
    text TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS turns_chat ON turns(chat);
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's words: `role` is `user` or `assistant`; `at` is in UTC."""

    role: str
    text: str
    at: datetime


class TurnStore:
    """All conversations of one index folder; safe to share between threads.

    Raises:
        LibraryError: The file cannot be opened or written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "chats.sqlite"
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(self._path, check_same_thread=False, timeout=30)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(_TABLE)
        except sqlite3.DatabaseError as error:
            raise self._trouble(error) from error

    def new_id(self) -> str:
        return uuid.uuid4().hex[:12]

    def add(self, chat: str, *turns: tuple[str, str]) -> None:
        """Append turns given as (role, text), in one transaction."""
        now = datetime.now(UTC).isoformat()
        rows = [(chat, role, text, now) for role, text in turns]
        try:
            with self._lock, self._db:
                self._db.executemany(
                    "INSERT INTO turns (chat, role, text, at) VALUES (?, ?, ?, ?)", rows
                )
        except sqlite3.DatabaseError as error:
            raise self._trouble(error) from error

    def turns(self, chat: str) -> tuple[Turn, ...]:
        """A conversation's turns, oldest first."""
        query = "SELECT role, text, at FROM turns WHERE chat = ? ORDER BY number"
        with self._lock:
            rows = self._db.execute(query, (chat,)).fetchall()
        return tuple(Turn(role, text, datetime.fromisoformat(at)) for role, text, at in rows)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _trouble(self, error: sqlite3.DatabaseError) -> LibraryError:
        return LibraryError(
            f"The conversations in {self._path} cannot be read or written ({error}). Free some "
            "space, or move that file away to begin anew."
        )
