"""The rows: documents, passages, vectors, failures and facts about the index, in SQLite.

Every change is one transaction that raises the generation by one, so that derived indexes can
tell what they lack.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from rag.database import Database
from rag.library import corrections
from rag.library.changes import claim, insert, move, remove
from rag.library.corrections import Correction
from rag.library.infos import documents
from rag.library.packing import AMONG, WHOLE, document_of, listed, reading, unpack, vectors_of
from rag.library.rows import Entry, FileState, PassageRow, Settlement, Stored, embedded, identity_in
from rag.library.seals import seal
from rag.library.seam import Filters
from rag.library.tables import DAMAGED, FORMAT, TABLES
from rag.listing import DocumentInfo, Failure
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.schema import Document, Passage

_PART = 4096  # rows that are read at once
_WITH_STATE = WHOLE.replace(" FROM", ", digest, size, modified, reading FROM")
_UNREAD = "unread"  # names the fact: how files were that could not be read


class Store:
    """One SQLite file; safe to share between threads.

    Raises:
        LibraryError: The file cannot be opened, is damaged, or of a newer format.
    """

    def __init__(self, path: Path) -> None:
        self._db = Database(
            path,
            what="The index",
            damaged=DAMAGED,
            tables=TABLES,
            format=FORMAT,
            pragmas=("foreign_keys=ON",),
        )

    def close(self) -> None:
        self._db.close()

    @property
    def owner(self) -> str:
        """Identifies these rows, so that files derived from others are told."""
        return self.fact("library") or ""

    def fact(self, name: str) -> str | None:
        row = self._db.one("SELECT value FROM facts WHERE name = ?", name)
        return None if row is None else str(row[0])

    def set_facts(self, facts: dict[str, str]) -> None:
        with self._db.changing() as db:
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))

    def drop_fact(self, name: str) -> None:
        with self._db.changing() as db:
            db.execute("DELETE FROM facts WHERE name = ?", (name,))

    def forget_fresh(self) -> None:
        """Forget vectors that were gathered for another embedder."""
        if self.fact("fresh") is not None:
            with self._db.changing() as db:
                db.execute("DELETE FROM fresh")
                db.execute("DELETE FROM facts WHERE name = 'fresh'")

    def identity(self) -> EmbedderIdentity | None:
        """The embedder that the vectors are of; `None` where that is not noted."""
        return identity_in(self.fact)

    def up_to(self, number: int, limit: int) -> list[tuple[Document, FileState]]:
        """Documents with a number up to this, in order, with their states."""
        rows = self._db.all(
            f"{_WITH_STATE} WHERE number <= ? ORDER BY number LIMIT ?",
            number,
            limit,
        )
        return [(document_of(row), FileState(*row[-4:])) for row in rows]

    @property
    def generation(self) -> int:
        with reading("The number of its last change"):
            return int(self.fact("generation") or 0)

    def counts(self) -> tuple[int, int]:
        """How many documents and passages there are."""
        row = self._db.one(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages)"
        )
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def states(self) -> dict[str, FileState]:
        rows = self._db.all(
            "SELECT id, digest, size, modified, reading, '' FROM documents UNION ALL"
            " SELECT c.id, d.digest, c.size, c.modified, d.reading, d.id"
            " FROM copies c JOIN documents d ON d.number = c.document"
        )
        return {row[0]: FileState(*row[1:]) for row in rows}

    def digest_of(self, id_: str) -> str:
        row = self._db.one("SELECT digest FROM documents WHERE id = ?", id_)
        return str(row[0]) if row else ""

    def replace(self, entries: Sequence[Entry]) -> None:
        """Store documents with their passages, in place of earlier versions, in one transaction."""
        with self._db.changing() as db:
            generation = self._next_generation(db)
            for entry in entries:
                remove(db, entry.document.id, generation)
                claim(db, entry.document.id)
                insert(db, entry, generation)

    def settle(self, changes: Settlement) -> None:
        """Move, remove and note copies, in one transaction."""
        with self._db.changing() as db:
            generation = self._next_generation(db)
            for id_ in changes.removed:
                remove(db, id_, generation)
                for table in ("copies", "corrections"):
                    db.execute(f"DELETE FROM {table} WHERE id = ?", (id_,))
            corrections.move(db, changes.moves)
            move(db, changes.moves, generation)
            for id_, (first, state) in changes.copies.items():
                db.execute(
                    "INSERT OR REPLACE INTO copies SELECT ?, number, ?, ? FROM documents"
                    " WHERE id = ?",
                    (id_, state.size, state.modified, first),
                )
                db.execute("DELETE FROM failures WHERE id = ?", (id_,))
            for before, now in changes.former.items():
                db.execute("UPDATE former SET now = ? WHERE now = ?", (now, before))
                db.execute("INSERT OR REPLACE INTO former VALUES (?, ?)", (before, now))
                db.execute("DELETE FROM former WHERE id = ?", (now,))

    def split_counts(self, number: int) -> tuple[int, int]:
        """Passages of documents with a higher number, and of all."""
        row = self._db.one("SELECT coalesce(sum(document > ?), 0), count(*) FROM passages", number)
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def last_number(self) -> int:
        """The highest number of a document; those stored later have higher ones."""
        row = self._db.one("SELECT max(number) FROM documents")
        return int(row[0] or 0) if row else 0

    def touch(self, states: Mapping[str, FileState]) -> None:
        if not states:  # nothing is written at a sync of what is as it was
            return
        with self._db.changing() as db:
            rows = [(s.size, s.modified, id_, s.digest) for id_, s in states.items()]
            to = "SET size = ?, modified = ? WHERE id = ?"
            db.executemany(f"UPDATE documents {to} AND digest = ?", rows)
            of = "(SELECT digest FROM documents WHERE number = document)"
            db.executemany(f"UPDATE copies {to} AND {of} = ?", rows)

    def set_failures(self, failures: Sequence[Failure], unread: Mapping[str, FileState]) -> None:
        """What could not be read; of files that were looked at, with how they were then."""
        told = {id_: [s.digest, s.size, s.modified, s.reading] for id_, s in unread.items()}
        with self._db.changing() as db:
            db.execute("DELETE FROM failures")
            rows = [(f.path, f.reason) for f in failures]
            db.executemany("INSERT OR REPLACE INTO failures VALUES (?, ?)", rows)
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (_UNREAD, json.dumps(told)))

    def unread(self) -> dict[str, FileState]:
        told = json.loads(self.fact(_UNREAD) or "{}")
        return {id_: FileState(*state) for id_, state in told.items()}

    def failures(self) -> list[Failure]:
        return [
            Failure(*row) for row in self._db.all("SELECT id, reason FROM failures ORDER BY id")
        ]

    def document(self, id_: str) -> Document | None:
        by_id = f"{WHOLE} WHERE id = ?"
        row = self._db.one(by_id, id_)
        if row is None:
            now = self._db.one(
                "SELECT d.id FROM copies c JOIN documents d ON d.number = c.document"
                " WHERE c.id = ?1 UNION ALL SELECT now FROM former WHERE id = ?1",
                id_,
            )
            row = self._db.one(by_id, now[0]) if now else None
        return None if row is None else document_of(row)

    def title(self, id_: str) -> str | None:
        row = self._db.one("SELECT title FROM documents WHERE id = ?", id_)
        return None if row is None else str(row[0])

    def entries(self, ids: Iterable[str]) -> Iterator[Entry]:
        told = corrections.told(self._db)
        for id_ in ids:
            row = self._db.one(
                f"{_WITH_STATE} WHERE id = ?",
                id_,
            )
            if row is None:
                continue
            rows = self._db.all(
                "SELECT start, end, sentences, boilerplate, vector FROM passages WHERE document ="
                " (SELECT number FROM documents WHERE id = ?) ORDER BY number",
                id_,
            )
            passages = [Passage(id_, r[0], r[1], unpack(r[2]), bool(r[3])) for r in rows]
            vectors = vectors_of([r[4] for r in rows])
            document = corrections.with_facts(document_of(row), told.get(id_, {}))
            yield Entry(document, passages, vectors, FileState(*row[-4:]))

    def former(self) -> dict[str, str]:
        return dict(self._db.all("SELECT id, now FROM former"))

    def documents(self) -> list[DocumentInfo]:
        return documents(self._db, self._copies())

    def correct(self, id_: str, facts: Mapping[str, str | None]) -> None:
        """Set facts of a document by hand, or take them back; see `corrections`."""
        with self._db.changing() as db:
            self._next_generation(db)
            number = corrections.correct(db, id_, facts)
            seal(db, number)

    def corrections(self) -> list[Correction]:
        return corrections.every(self._db)

    def keep_corrections(self, kept: Iterable[Correction]) -> None:
        """Put corrections back whose documents are to be read again."""
        with self._db.changing() as db:
            corrections.keep(db, kept)

    def dates(self) -> list[date]:
        rows = self._db.all("SELECT DISTINCT date FROM documents WHERE date IS NOT NULL")
        return [date.fromisoformat(row[0]) for row in rows]

    def languages(self) -> dict[str, int]:
        """How many documents are in each language, the most common one first."""
        query = "SELECT language, count(*) FROM documents GROUP BY language ORDER BY 2 DESC, 1"
        return dict(self._db.all(query))

    def numbers(self, filters: Filters) -> list[int]:
        """The numbers of documents; an id may also be that of a file that holds the same."""
        query, values = "SELECT number FROM documents WHERE 1", list[object]()
        for sign, day in ((">=", filters.after), ("<=", filters.before)):
            if day is not None:
                query += f" AND date {sign} ?"
                values.append(day.isoformat())
        if filters.documents is not None:
            wanted = set(filters.documents)
            wanted.update(first for id_, first in self._copies() if id_ in wanted)
            query += f" AND id {AMONG}"
            values.append(json.dumps(sorted(wanted)))
        return [row[0] for row in self._db.all(query, *values)]

    def passage_numbers(self, documents: Sequence[int]) -> list[int]:
        rows = self._db.all(
            f"SELECT number FROM passages WHERE document {AMONG}", listed(documents)
        )
        return [row[0] for row in rows]

    def passages(self, numbers: Sequence[int]) -> dict[int, Stored]:
        rows = self._db.all(
            "SELECT number, document, start, end, sentences, boilerplate FROM passages"
            f" WHERE number {AMONG} ORDER BY document",
            listed(numbers),
        )
        found = {}
        for document, group in groupby(rows, key=lambda row: row[1]):
            about = self._db.one(f"{WHOLE} WHERE number = ?", document)
            if about is None:
                continue
            of = document_of(about)
            for number, _, start, end, sentences, boilerplate in group:
                passage = Passage(of.id, start, end, unpack(sentences), bool(boilerplate))
                found[number] = Stored(passage, of)
        return found

    def documents_of(self, numbers: Sequence[int], boilerplate: bool) -> list[int]:
        wanted = f"SELECT document FROM passages WHERE number {AMONG} AND boilerplate <= ?"
        return [row[0] for row in self._db.all(wanted, listed(numbers), boilerplate)]

    def added_since(self, generation: int) -> Iterator[PassageRow]:
        """Passages added after a generation and still there, in order."""
        document, about = 0, Document("", "", "")
        for part in self._since(generation, "document, start, end"):
            for number, _, of, start, end in part:
                if of != document:  # passages of a document follow each other
                    found = self._db.one(f"{WHOLE} WHERE number = ?", of)
                    document, about = of, document_of(found) if found else Document("", "", "")
                yield PassageRow(number, of, embedded(about, start, end), about.language)

    def vectors_since(self, generation: int) -> Iterator[tuple[list[int], Vectors]]:
        """Numbers and vectors of passages added after a generation and still there, in parts."""
        for part in self._since(generation, "vector"):
            yield [row[0] for row in part], vectors_of([row[2] for row in part])

    def vectors(self, numbers: Sequence[int]) -> tuple[list[int], Vectors]:
        """Those that are still there, in order, and their vectors, shape (n, dimension)."""
        query = f"SELECT number, vector FROM passages WHERE number {AMONG} ORDER BY number"
        rows = self._db.all(query, listed(numbers))
        return [row[0] for row in rows], vectors_of([row[1] for row in rows])

    def highest_passage(self) -> int:
        """The highest number that a passage has, or 0."""
        row = self._db.one("SELECT max(number) FROM passages")
        return int(row[0] or 0) if row else 0

    def removed_since(self, generation: int) -> list[int]:
        return [
            r[0]
            for r in self._db.all("SELECT passage FROM removed WHERE generation > ?", generation)
        ]

    def _copies(self) -> list[tuple[str, str]]:
        """Files that hold the same as a document's own, each with that document, by id."""
        rows = self._db.all(
            "SELECT c.id, d.id FROM copies c JOIN documents d ON d.number = c.document"
            " ORDER BY c.id"
        )
        return [(row[0], row[1]) for row in rows]

    def _since(self, generation: int, columns: str) -> Iterator[list[tuple[Any, ...]]]:
        """Number, generation and these columns of passages added after a generation, in parts.

        Goes by the index of generations, so that what was there before costs nothing.
        """
        after = generation, sys.maxsize
        query = (
            f"SELECT number, generation, {columns} FROM passages"
            f" WHERE (generation, number) > (?, ?) ORDER BY generation, number LIMIT {_PART}"
        )
        while rows := self._db.all(query, *after):
            yield rows
            after = rows[-1][1], rows[-1][0]

    def _next_generation(self, db: sqlite3.Connection) -> int:
        generation = self.generation + 1
        db.execute("INSERT OR REPLACE INTO facts VALUES ('generation', ?)", (str(generation),))
        return generation
