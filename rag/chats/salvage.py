"""Checks the file of conversations, and saves what can be read of a damaged one.

The damaged file is kept. Knows nothing of what the answers say.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.chats.store import FILE
from rag.chats.tables import opened
from rag.chats.typed import searched, title
from rag.errors import LibraryError
from rag.salvage import copied, damage, readable, set_aside

_TABLES = {"chats": "number", "turns": "id"}
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
    file = folder / FILE
    if not check_chats(folder):
        return ""
    try:
        new = file.with_suffix(".sqlite.new")
        new.unlink(missing_ok=True)
        with copied(file, lambda path: opened(path).close()) as damaged:
            found = {table: list(readable(damaged, table, key)) for table, key in _TABLES.items()}
        with closing(opened(new)) as db:
            with db.changing() as changed:
                for table, rows in found.items():
                    _copy(changed, table, rows)
                _adopt(changed)
            db.all("PRAGMA journal_mode=DELETE")
        kept = set_aside(file, new)
    except OSError as error:
        raise LibraryError(
            f"The conversations in {file} cannot be repaired: {error.strerror}. Free some space or "
            "check the folder's permissions; nothing was changed."
        ) from error
    turns = f"{len(found['turns']):,} questions with their answers and ratings"
    return f"{file} was damaged. It is kept as {kept.name}; {turns} could be saved from it."


def _copy(db: sqlite3.Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Rows as they were; a column that this version does not have is left out."""
    known = {column[1] for column in db.execute(f"PRAGMA table_info({table})")}
    for row in rows:
        answer = row.get("answer")
        if answer is not None and not _is_json(answer):
            row["answer"], row["problem"] = None, "The answer was lost to damage. Ask again."
        names = [name for name in row if name in known]
        marks = ", ".join("?" * len(names))
        db.execute(
            f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})",
            [row[name] for name in names],
        )


def _is_json(text: object) -> bool:
    try:
        return isinstance(json.loads(str(text)), dict)
    except (ValueError, RecursionError):
        return False


def _adopt(db: sqlite3.Connection) -> None:
    """Turns whose chat could not be read get one again, titled by their first question."""
    for chat, question, first, last in db.execute(_ORPHANS).fetchall():
        line = title(question) or chat
        db.execute(
            "INSERT INTO chats (id, title, words, created, updated) VALUES (?, ?, ?, ?, ?)",
            (chat, line, searched(line), first, last),
        )
