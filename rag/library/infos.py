"""The list of a library's documents, as it is shown."""

from __future__ import annotations

from collections.abc import Iterable

from rag.database import Database
from rag.library.packing import day_of
from rag.listing import DocumentInfo


def documents(db: Database, copies: Iterable[tuple[str, str]]) -> list[DocumentInfo]:
    """All documents, by id, each with the files that hold the same."""
    rows = db.all(
        "SELECT d.id, d.title, d.date, length(d.text), count(p.number), d.source, d.size,"
        " d.language, d.author, d.revised, d.words, json_array_length(d.headings)"
        " FROM documents d LEFT JOIN passages p ON p.document = d.number"
        " GROUP BY d.number ORDER BY d.id"
    )
    same = _grouped((first, id_) for id_, first in copies)
    by_hand = _grouped(db.all("SELECT id, name FROM corrections ORDER BY id, name"))
    return [
        DocumentInfo(
            *(row[0], row[1], day_of(row[2]), *row[3:8], same.get(row[0], ())),
            *(row[8], day_of(row[9]), *row[10:12], by_hand.get(row[0], ())),
        )
        for row in rows
    ]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, value in pairs:
        found[key] = (*found.get(key, ()), value)
    return found
