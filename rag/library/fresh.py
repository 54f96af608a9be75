"""Vectors of another embedder, gathered beside those that serve until every passage has one.

Owns their rows, through a connection of its own, so that reading goes on while they are put in
place. A kill loses the batch in work. Knows nothing of how they are made.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple
from itertools import groupby
from pathlib import Path

import numpy as np

from rag.database import Database
from rag.library.packing import WHOLE, document_of
from rag.library.rows import embedded, facts_of
from rag.library.seals import vector_sum
from rag.library.tables import DAMAGED
from rag.models.embedder import EmbedderIdentity, Vectors

_FACT = "fresh"
_LACKING = "FROM passages p WHERE NOT EXISTS (SELECT 1 FROM fresh f WHERE f.passage = p.number)"
_IN_PLACE = (
    "UPDATE passages SET vector = (SELECT vector FROM fresh WHERE passage = number)",
    """UPDATE seals SET vectors = (SELECT coalesce(sum(f.checksum), 0) FROM passages p
        JOIN fresh f ON f.passage = p.number WHERE p.document = seals.document)""",
    "DELETE FROM fresh",
    f"DELETE FROM facts WHERE name = '{_FACT}'",
    "UPDATE facts SET value = value + 1 WHERE name = 'generation'",
)


class Fresh:
    """Vectors of one embedder in the rows of a library; those of any other are forgotten.

    Raises:
        LibraryError: By every method: the file cannot be read or written.
    """

    def __init__(self, path: Path, identity: EmbedderIdentity) -> None:
        self._identity = identity
        self._db = Database(path, what="The index", damaged=DAMAGED, pragmas=("foreign_keys=ON",))
        try:
            self._begin()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    def counts(self) -> tuple[int, int]:
        """How many passages have their fresh vector, and how many there are."""
        row = self._db.one("SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM passages)")
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def lacking(self, limit: int, after: int) -> list[tuple[int, str]]:
        """Passages without a fresh vector, in order, each with the text that is embedded."""
        rows = self._db.all(
            f"SELECT p.number, p.document, p.start, p.end {_LACKING} AND p.number > ?"
            " ORDER BY p.number LIMIT ?",
            after,
            limit,
        )
        found = []
        for document, group in groupby(rows, key=lambda row: row[1]):
            about = self._db.one(f"{WHOLE} WHERE number = ?", document)
            if about is not None:  # else removed in the meantime
                of = document_of(about)
                found += [(row[0], embedded(of, *row[2:])) for row in group]
        return found

    def keep(self, numbers: Sequence[int], vectors: Vectors) -> None:
        """Keep vectors, shape (n, dimension), for those of the passages that are still there."""
        packed = [vector.astype(np.float16).tobytes() for vector in vectors]
        rows = [(n, v, vector_sum([v]), n) for n, v in zip(numbers, packed, strict=True)]
        with self._db.changing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO fresh SELECT ?, ?, ?"
                " WHERE EXISTS (SELECT 1 FROM passages WHERE number = ?)",
                rows,
            )

    def put_in_place(self) -> bool:
        """Exchange the vectors of all passages at once; `False` where some have none yet."""
        with self._db.changing() as db:
            if db.execute(f"SELECT 1 {_LACKING} LIMIT 1").fetchone():
                return False
            db.execute("INSERT OR IGNORE INTO facts VALUES ('generation', '0')")
            for statement in _IN_PLACE:
                db.execute(statement)
            db.executemany(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts_of(self._identity).items())
            )
        return True

    def _begin(self) -> None:
        mine = json.dumps(astuple(self._identity))
        if self._db.one("SELECT value FROM facts WHERE name = ?", _FACT) != (mine,):
            with self._db.changing() as db:
                db.execute("DELETE FROM fresh")
                db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (_FACT, mine))
