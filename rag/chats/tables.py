"""The tables of conversations, and how their file is opened."""

from __future__ import annotations

from pathlib import Path

from rag.database import Database

_DAMAGED = (
    "Run python -m rag doctor --repair, which keeps the damaged file and saves what can be read; "
    "the articles and their index are untouched."
)
# Long columns stand last: a search then reads no further than the words.
_TABLES = (
    """CREATE TABLE chats (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL DEFAULT '', named INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL, updated TEXT NOT NULL, words TEXT NOT NULL DEFAULT '',
        documents TEXT, owner TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT, chat TEXT NOT NULL, at TEXT NOT NULL,
        rating INTEGER NOT NULL DEFAULT 0, question TEXT NOT NULL, words TEXT NOT NULL,
        problem TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '',
        digests TEXT NOT NULL DEFAULT '{}', answer TEXT)""",
    "CREATE INDEX turns_chat ON turns(chat)",
    "CREATE INDEX chats_owner ON chats(owner, updated)",
    "CREATE TABLE people (owner TEXT PRIMARY KEY, called TEXT NOT NULL, seen TEXT NOT NULL)",
)
_FORMAT = 3


def opened(path: Path) -> Database:
    """The file of conversations, made where there is none.

    Raises:
        LibraryError: It cannot be read or written, or another version wrote it.
    """
    return Database(
        path,
        what="The file of conversations",
        damaged=_DAMAGED,
        tables=_TABLES,
        format=_FORMAT,
        pragmas=("secure_delete=ON",),
    )
