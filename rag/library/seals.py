"""Checksums over a document's rows, because SQLite does not notice a bit that flips inside a value.

Owns what is summed up, and tells which documents are not as they were stored. Knows nothing of
mending.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.database import UNREADABLE, unchanging
from rag.errors import LibraryError
from rag.library.packing import WHOLE, document_of

_DOCUMENT = "SELECT title, text, date, headings, places FROM documents WHERE number = ?"
_PASSAGES = (
    "SELECT start, end, boilerplate, sentences, vector FROM passages WHERE document = ?"
    " ORDER BY number"
)


def seal(db: sqlite3.Connection, number: int) -> None:
    """Note the checksums of a document as its rows are now, inside a transaction."""
    db.execute("INSERT OR REPLACE INTO seals VALUES (?, ?, ?)", (number, *_sums(db, number)))


def vector_sum(vectors: Iterable[bytes]) -> int:
    """Checksum of a document's vectors; a sum, so that SQLite can make it out of theirs."""
    return sum(zlib.crc32(vector) for vector in vectors)


def faults(path: Path) -> Iterator[tuple[str, str]]:
    """Documents whose rows are not as they were stored: id, and what is wrong with them."""
    with closing(unchanging(path)) as db:
        for number, id_ in db.execute("SELECT number, id FROM documents ORDER BY id"):
            if what := fault(db, number):
                yield id_, what


def fault(db: sqlite3.Connection, number: int) -> str:
    """What is wrong with a document; empty where nothing is."""
    try:
        sealed = db.execute("SELECT text, vectors FROM seals WHERE document = ?", (number,))
        noted, now = sealed.fetchone(), _sums(db, number)
        document_of(db.execute(f"{WHOLE} WHERE number = ?", (number,)).fetchone())
    except (*UNREADABLE, TypeError, LibraryError) as error:
        return f"it cannot be read ({error.__cause__ or error})"
    if noted is None or noted[0] != now[0]:
        return "its text is not as it was stored"
    return "" if noted[1] == now[1] else "its vectors are not as they were stored"


def _sums(db: sqlite3.Connection, number: int) -> tuple[int, int]:
    """Checksums of a document's text with its spans, and of its vectors."""
    passages = db.execute(_PASSAGES, (number,)).fetchall()
    document = db.execute(_DOCUMENT, (number,)).fetchone()
    spans: list[tuple[Any, ...]] = [row[:4] for row in passages]
    text = zlib.crc32(repr([document, *spans]).encode("utf-8", "surrogatepass"))
    return text, vector_sum(row[4] for row in passages)
