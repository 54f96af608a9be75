"""What a person sets of an article by hand, kept apart from what its file tells.

A correction stays when the file changes or is moved, and goes when it is taken back or the file is
removed. Beside each stands what the file tells, so that it can be taken back at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from rag.database import Database
from rag.errors import RagError
from rag.listing import DocumentInfo
from rag.schema import Document

COLUMNS = {"author": "author", "date": "date", "modified": "revised", "source": "source"}
_DAYS = ("date", "modified")
_LONGEST = 300
Documented = TypeVar("Documented", Document, DocumentInfo)
Correction = tuple[str, str, str, str | None]  # id, name, value, what the file tells


def checked(facts: Mapping[str, str | date | None]) -> dict[str, str | None]:
    """Facts as they are kept; a day as in `2025-08-31`.

    Raises:
        RagError: One is no fact that can be set, or its value is none that it can have.

    >>> checked({"date": date(2025, 8, 31), "author": " Anna  Berg", "source": None})
    {'date': '2025-08-31', 'author': 'Anna Berg', 'source': None}
    """
    kept: dict[str, str | None] = {}
    for name, value in facts.items():
        if name not in COLUMNS:
            raise RagError(
                f"{name} cannot be set by hand. What can be set: {', '.join(sorted(COLUMNS))}."
            )
        text = value.isoformat() if isinstance(value, date) else value
        kept[name] = None if text is None else " ".join(text.split())
        if len(kept[name] or "") > _LONGEST:
            raise RagError(f"The {name} is longer than {_LONGEST} characters. Shorten it.")
        if kept[name] and name in _DAYS:
            try:
                date.fromisoformat(kept[name] or "")
            except ValueError:
                raise RagError(
                    f"{text!r} is no day. Write it as in 2025-08-31, or leave it empty."
                ) from None
    return kept


def correct(db: sqlite3.Connection, id_: str, facts: Mapping[str, str | None]) -> int:
    """Set facts of a document, or take back what was set where a value is `None`; its number."""
    for name, value in facts.items():
        column = COLUMNS[name]
        (now,) = db.execute(f"SELECT {column} FROM documents WHERE id = ?", (id_,)).fetchone()
        held = db.execute("SELECT was FROM corrections WHERE id = ? AND name = ?", (id_, name))
        before = held.fetchone()
        was = before[0] if before else now
        if value is None:
            db.execute("DELETE FROM corrections WHERE id = ? AND name = ?", (id_, name))
        else:
            row = id_, name, value, was
            db.execute("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?)", row)
        _write(db, id_, name, was if value is None else value)
    (number,) = db.execute("SELECT number FROM documents WHERE id = ?", (id_,)).fetchone()
    return int(number)


def apply(db: sqlite3.Connection, id_: str) -> None:
    """What was set by hand, in place of what the file of a document tells now."""
    rows = db.execute("SELECT name, value FROM corrections WHERE id = ?", (id_,)).fetchall()
    for name, value in rows:
        column = COLUMNS[name]
        (told,) = db.execute(f"SELECT {column} FROM documents WHERE id = ?", (id_,)).fetchone()
        where = "WHERE id = ? AND name = ?"
        db.execute(f"UPDATE corrections SET was = ? {where}", (told, id_, name))
        _write(db, id_, name, value)


def move(db: sqlite3.Connection, moves: Mapping[str, str]) -> None:
    """Give corrections the ids that their documents get; they may take each other's."""
    for before in moves:
        db.execute("UPDATE corrections SET id = ? WHERE id = ?", (f"\x00{before}", before))
    for before, now in moves.items():
        db.execute("DELETE FROM corrections WHERE id = ?", (now,))
        db.execute("UPDATE corrections SET id = ? WHERE id = ?", (now, f"\x00{before}"))


def every(db: Database) -> list[Correction]:
    """All that is set by hand."""
    rows = db.all("SELECT id, name, value, was FROM corrections")
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def told(db: Database) -> dict[str, dict[str, str | None]]:
    """What the files of documents tell of facts that are set by hand."""
    found: dict[str, dict[str, str | None]] = {}
    for id_, name, _, was in every(db):
        found.setdefault(id_, {})[name] = was
    return found


def with_facts(of: Documented, facts: Mapping[str, str | None]) -> Documented:
    """A document, or its line in the list, with other facts; an empty day is none."""
    changed: dict[str, Any] = {
        name: (date.fromisoformat(value) if value else None) if name in _DAYS else value or ""
        for name, value in facts.items()
    }
    return replace(of, **changed)


def keep(db: sqlite3.Connection, kept: Iterable[Correction]) -> None:
    """Put corrections back that were lost with their documents."""
    db.executemany("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?)", list(kept))


def _write(db: sqlite3.Connection, id_: str, name: str, value: str | None) -> None:
    kept = (value or None) if name in _DAYS else (value or "")
    db.execute(f"UPDATE documents SET {COLUMNS[name]} = ? WHERE id = ?", (kept, id_))
