"""Single changes to the rows of a library, each inside a transaction of the store."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

import numpy as np

from rag.library import corrections
from rag.library.packing import pack
from rag.library.rows import Entry
from rag.library.seals import seal


def insert(db: sqlite3.Connection, entry: Entry, generation: int) -> None:
    """A document with its passages; what was set of it by hand stays."""
    d, state = entry.document, entry.state
    headings = json.dumps([[h.start, h.title, h.level] for h in d.headings], ensure_ascii=False)
    day = d.date.isoformat() if d.date else None
    places = json.dumps([[p.start, p.name, p.page] for p in d.places], ensure_ascii=False)
    revised = d.modified.isoformat() if d.modified else None
    facts = (d.id, d.title, day, d.source, headings, d.text, d.author, places, d.language, revised)
    made = db.execute(
        "INSERT INTO documents (id, title, date, source, headings, text, author, places,"
        " language, revised, words, digest, size, modified, reading)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*facts, len(d.text.split()), state.digest, state.size, state.modified, state.reading),
    )
    number = made.lastrowid or 0
    db.executemany(
        "INSERT INTO passages (document, start, end, sentences, boilerplate, vector, generation)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                number,
                p.start,
                p.end,
                pack(p),
                p.boilerplate,
                v.astype(np.float16).tobytes(),
                generation,
            )
            for p, v in zip(entry.passages, entry.vectors, strict=True)
        ),
    )
    corrections.apply(db, d.id)
    seal(db, number)


def remove(db: sqlite3.Connection, id_: str, generation: int) -> None:
    """A document goes, its passages noted as removed."""
    row = db.execute("SELECT number FROM documents WHERE id = ?", (id_,)).fetchone()
    if row is not None:
        db.execute(
            "INSERT OR REPLACE INTO removed SELECT number, ? FROM passages WHERE document = ?",
            (generation, row[0]),
        )
        db.execute("DELETE FROM documents WHERE number = ?", row)


def move(db: sqlite3.Connection, moves: Mapping[str, str], generation: int) -> None:
    """Give documents other ids; they may take each other's."""
    numbers = {}
    for before, now in moves.items():
        row = db.execute("SELECT number FROM documents WHERE id = ?", (before,)).fetchone()
        if row is not None:
            numbers[now] = row[0]
            db.execute("UPDATE documents SET id = ? WHERE number = ?", (f"\x00{row[0]}", row[0]))
    for now, number in numbers.items():
        remove(db, now, generation)
        claim(db, now)
        db.execute("UPDATE documents SET id = ?, modified = -1 WHERE number = ?", (now, number))


def claim(db: sqlite3.Connection, id_: str) -> None:
    """Forget what else stood under an id that becomes a document's."""
    for table in ("copies", "failures", "former"):
        db.execute(f"DELETE FROM {table} WHERE id = ?", (id_,))
