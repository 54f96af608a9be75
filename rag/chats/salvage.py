"""Checks the file of conversations, and saves what can be read of a damaged one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from rag.chats.store import FILE
from rag.chats.tables import opened, searched, title
from rag.database import unchanging
from rag.salvage import damage, save
from rag.schema import many

_ORPHANS = (
    "SELECT chat, question, min(at), max(at) FROM turns"
    " WHERE chat NOT IN (SELECT id FROM chats) GROUP BY chat HAVING id = min(id)"
)
_NO_JSON = "CASE WHEN json_valid({0}) THEN json_type({0}) <> '{1}' ELSE 1 END"
_NO_TIME = "datetime({0}) IS NULL OR {0} NOT GLOB '????-??-??T*'"
_LONG_AGO = "'1970-01-01T00:00:00+00:00'"
_ODD = (  # values that no version keeps, and what stands in their place
    *(("turns", f"typeof({name}) <> 'text'", name, "''") for name in ("question", "problem")),
    ("turns", "typeof(comment) <> 'text'", "comment", "''"),
    ("turns", "rating NOT IN (-1, 0, 1)", "rating", "0"),
    ("turns", _NO_TIME.format("at"), "at", _LONG_AGO),
    ("turns", _NO_JSON.format("digests", "object"), "digests", "'{}'"),
    ("chats", "typeof(title) <> 'text'", "title", "id"),
    *(("chats", _NO_TIME.format(name), name, _LONG_AGO) for name in ("created", "updated")),
    (
        "chats",
        f"documents IS NOT NULL AND {_NO_JSON.format('documents', 'array')}",
        "documents",
        "NULL",
    ),
)


def check_chats(folder: Path) -> str:
    """What is wrong with the conversations of an index folder; empty where nothing is."""
    file = folder / FILE
    why = (damage(file) or _odd(file)) if file.is_file() else ""
    return f"The conversations in {file} are damaged: {why}." if why else ""


def _odd(file: Path) -> str:
    """How many values are none that are kept there, in words; empty where all are."""
    count = "SELECT count(*) FROM {} WHERE {}"
    with closing(unchanging(file)) as db:
        try:
            found = sum(db.execute(count.format(*odd[:2])).fetchone()[0] for odd in _ODD)
        except sqlite3.OperationalError:  # it has no tables yet
            return ""
    return f"{many(found, 'value')} of another kind than is kept there" if found else ""


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
        for table, which, name, instead in _ODD:
            db.execute(f"UPDATE {table} SET {name} = {instead} WHERE {which}")
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
