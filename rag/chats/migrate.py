"""The tables of conversations: made new, or from those of an earlier version, nothing lost.

Before format 1 a row was one side's words, so an answer was kept without its citations. It is
kept on as what it was, beside its question, and said to be unproven.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from rag.chats.typed import searched, title
from rag.database import Database
from rag.errors import LibraryError

FORMAT = 1
_UNPROVEN = (
    "An earlier version of Quoth kept this answer without its citations, so it is not proven. "
    "Ask again to have it with its proof. It was: {text}"
)

# Long columns stand last: a search then reads no further than the words.
_TABLES = (
    """CREATE TABLE chats (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL DEFAULT '', named INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL, updated TEXT NOT NULL, words TEXT NOT NULL DEFAULT '',
        documents TEXT)""",
    """CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT, chat TEXT NOT NULL, at TEXT NOT NULL,
        rating INTEGER NOT NULL DEFAULT 0, question TEXT NOT NULL, words TEXT NOT NULL,
        problem TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '',
        digests TEXT NOT NULL DEFAULT '{}', answer TEXT)""",
    "CREATE INDEX turns_chat ON turns(chat)",
)


def prepare(db: Database, path: Path) -> None:
    """Make the tables ready.

    Raises:
        LibraryError: A newer version wrote the file.
    """
    if db.one("PRAGMA user_version") == (FORMAT,):
        return
    with db.changing() as changed:
        have = _format(changed)  # another process may have made them meanwhile
        if have > FORMAT:
            raise LibraryError(
                f"The conversations in {path} were written by a newer version of Quoth (format "
                f"{have}, not {FORMAT}). Update Quoth, or move that file away to begin anew."
            )
        if have < FORMAT:
            _make(changed)
            changed.execute(f"PRAGMA user_version={FORMAT}")


def _format(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _make(db: sqlite3.Connection) -> None:
    old = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'turns'")
    rows: list[tuple[str, str, str, str]] = []
    if old.fetchone():
        columns = "SELECT chat, role, text, at FROM turns ORDER BY number"
        rows = db.execute(columns).fetchall()
        db.execute("DROP TABLE turns")
    for statement in _TABLES:
        db.execute(statement)
    chats: dict[str, list[tuple[str, str, str]]] = {}
    for chat, *said in rows:
        chats.setdefault(chat, []).append((said[0], said[1], said[2]))
    for chat, talk in chats.items():
        _move(db, chat, talk)


def _move(db: sqlite3.Connection, chat: str, said: list[tuple[str, str, str]]) -> None:
    """One chat's rows of (role, text, time) to turns."""
    line = title(said[0][1])
    db.execute(
        "INSERT INTO chats (id, title, words, created, updated) VALUES (?, ?, ?, ?, ?)",
        (chat, line or chat, searched(line), said[0][2], said[-1][2]),
    )
    for question, answer, at in _turns(said):
        problem = "" if answer is None else _UNPROVEN.format(text=answer)
        db.execute(
            "INSERT INTO turns (chat, question, problem, words, at) VALUES (?, ?, ?, ?, ?)",
            (chat, question, problem, searched(f"{question} {answer or ''}"), at),
        )


def _turns(said: list[tuple[str, str, str]]) -> list[tuple[str, str | None, str]]:
    """Questions with their answers; a side without its other keeps its place."""
    turns: list[tuple[str, str | None, str]] = []
    for role, text, at in said:
        if role == "user":
            turns.append((text, None, at))
        elif turns and turns[-1][1] is None:
            turns[-1] = (turns[-1][0], text, turns[-1][2])
        else:
            turns.append(("", text, at))
    return turns
