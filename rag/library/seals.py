"""Checksums over a document's rows, because SQLite does not notice a bit that flips inside a value.

Owns what is summed up. Knows nothing of what follows from a seal that does not hold.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite3 import Connection

_DOCUMENT = "SELECT title, text, headings, places FROM documents WHERE number = ?"
_PASSAGES = (
    "SELECT start, end, boilerplate, sentences, vector FROM passages WHERE document = ?"
    " ORDER BY number"
)


def seal(db: Connection, number: int) -> None:
    """Note the checksums of a document as its rows are now, inside a transaction."""
    db.execute("INSERT OR REPLACE INTO seals VALUES (?, ?, ?)", (number, *sums(db, number)))


def sums(db: Connection, number: int) -> tuple[int, int]:
    """Checksums of a document's text with its spans, and of its vectors."""
    passages = db.execute(_PASSAGES, (number,)).fetchall()
    document = db.execute(_DOCUMENT, (number,)).fetchone()
    spans: list[tuple[Any, ...]] = [row[:4] for row in passages]
    text = zlib.crc32(repr([document, *spans]).encode("utf-8", "surrogatepass"))
    return text, vector_sum(row[4] for row in passages)


def vector_sum(vectors: Iterable[bytes]) -> int:
    """Checksum of a document's vectors; a sum, so that SQLite can make it out of theirs."""
    return sum(zlib.crc32(vector) for vector in vectors)
