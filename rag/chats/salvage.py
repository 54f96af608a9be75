"""Checks the file of conversations, and saves what can be read of a damaged one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from rag.chats.store import FILE
from rag.chats.tables import opened
from rag.chats.typed import searched, title
from rag.salvage import damage, save

_ORPHANS = (
    "SELECT chat, question, min(at), max(at) FROM turns"
    " WHERE chat NOT IN (SELECT id FROM chats) GROUP BY chat HAVING id = min(id)"
)


def check_chats(folder: Path) -> str:
    """What is wrong with the conversations of an index folder; empty where nothing is."""
    file = folder / FILE
    why = damage(file) if file.is_file() else ""
    return f"The conversations in {file} are damaged: {why}." if why else ""


def mend_chats(folder: Path) -> str:
    """Begin a new file with what can be read of a damaged one; what was done, or empty.

    Raises:
        LibraryError: There is no room, or the folder cannot be written.
    """
    file, turns = folder / FILE, 0

    def adopt(db: sqlite3.Connection) -> None:
        """Turns whose chat could not be read get one again, titled by their first question."""
        nonlocal turns
        (turns,) = db.execute("SELECT count(*) FROM turns").fetchone()
        for chat, question, first, last in db.execute(_ORPHANS).fetchall():
            line = title(question) or chat
            db.execute(
                "INSERT INTO chats (id, title, words, created, updated) VALUES (?, ?, ?, ?, ?)",
                (chat, line, searched(line), first, last),
            )

    if not check_chats(folder):
        return ""
    kept = save(file, lambda path: opened(path).close(), ("chats", "turns"), adopt)
    saved = f"{turns:,} questions with their answers and ratings"
    return f"{file} was damaged. It is kept as {kept}; {saved} could be saved from it."
