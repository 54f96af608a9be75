"""The rows: documents, passages, vectors, failures and facts about the index, in SQLite.

Every change is one transaction that raises the generation by one, so that derived indexes can
tell what they lack.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from rag.errors import LibraryError
from rag.models.embedder import Vectors
from rag.schema import Document, DocumentInfo, Failure, Heading, Passage, Span

FORMAT = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    date TEXT, source TEXT NOT NULL, headings TEXT NOT NULL, text TEXT NOT NULL,
    digest TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, sentences BLOB NOT NULL,
    boilerplate INTEGER NOT NULL, vector BLOB NOT NULL, generation INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS passages_document ON passages(document);
CREATE INDEX IF NOT EXISTS passages_generation ON passages(generation);
CREATE TABLE IF NOT EXISTS removed (passage INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS failures (
    id TEXT PRIMARY KEY, reason TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells whether a file changed: its content's SHA-256, its size and time."""

    digest: str
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A document ready to be stored; `vectors` has shape (len(passages), dimension)."""

    document: Document
    passages: Sequence[Passage]
    vectors: Vectors
    state: FileState


@dataclass(frozen=True, slots=True)
class Row:
    """A passage as the derived indexes need it."""

    number: int
    document: int
    text: str


class Store:
    """One SQLite file; safe to share between threads.

    Raises:
        LibraryError: The file cannot be opened, is damaged, or of a newer format.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        with self._explained():
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
            self._db.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.executescript(_TABLES)
            if self.fact("format") is None:
                self.set_facts({"format": str(FORMAT)})
        if int(self.fact("format") or 0) > FORMAT:
            raise LibraryError(f"The index {path} was written by a newer Quoth. Update Quoth.")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def fact(self, name: str) -> str | None:
        row = self._one("SELECT value FROM facts WHERE name = ?", name)
        return None if row is None else str(row[0])

    def set_facts(self, facts: dict[str, str]) -> None:
        with self._changing() as db:
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))

    @property
    def generation(self) -> int:
        return int(self.fact("generation") or 0)

    def counts(self) -> tuple[int, int]:
        """How many documents and passages there are."""
        row = self._one("SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages)")
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def states(self) -> dict[str, FileState]:
        rows = self._all("SELECT id, digest, size, modified FROM documents")
        return {row[0]: FileState(*row[1:]) for row in rows}

    def replace(self, entries: Sequence[Entry]) -> None:
        """Store documents with their passages, in place of earlier versions, in one transaction."""
        with self._changing() as db:
            generation = self._next_generation(db)
            for entry in entries:
                _remove(db, entry.document.id, generation)
                db.execute("DELETE FROM failures WHERE id = ?", (entry.document.id,))
                _insert(db, entry, generation)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove documents by id, in one transaction."""
        with self._changing() as db:
            generation = self._next_generation(db)
            for id_ in ids:
                _remove(db, id_, generation)

    def touch(self, states: dict[str, FileState]) -> None:
        """Note a new size and time for files whose content stayed the same."""
        with self._changing() as db:
            rows = [(s.size, s.modified, id_) for id_, s in states.items()]
            db.executemany("UPDATE documents SET size = ?, modified = ? WHERE id = ?", rows)

    def set_failures(self, failures: Iterable[Failure]) -> None:
        with self._changing() as db:
            db.execute("DELETE FROM failures")
            rows = [(f.path, f.reason) for f in failures]
            db.executemany("INSERT OR REPLACE INTO failures VALUES (?, ?, 0, 0)", rows)

    def failures(self) -> list[Failure]:
        return [Failure(*row) for row in self._all("SELECT id, reason FROM failures ORDER BY id")]

    def document(self, id_: str) -> Document | None:
        row = self._one(
            "SELECT id, title, text, date, source, headings FROM documents WHERE id = ?", id_
        )
        if row is None:
            return None
        day = date.fromisoformat(row[3]) if row[3] else None
        headings = tuple(Heading(*pair) for pair in json.loads(row[5]))
        return Document(row[0], row[1], row[2], day, row[4], headings)

    def documents(self) -> list[DocumentInfo]:
        rows = self._all(
            "SELECT d.id, d.title, d.date, length(d.text), count(p.number), d.source"
            " FROM documents d LEFT JOIN passages p ON p.document = d.number"
            " GROUP BY d.number ORDER BY d.id"
        )
        return [
            DocumentInfo(r[0], r[1], date.fromisoformat(r[2]) if r[2] else None, r[3], r[4], r[5])
            for r in rows
        ]

    def numbers(
        self, ids: Sequence[str] | None, after: date | None, before: date | None
    ) -> list[int]:
        """The numbers of the documents with these ids and a date in `[after, before]`."""
        query, values = "SELECT number, id FROM documents WHERE 1", []
        for sign, day in ((">=", after), ("<=", before)):
            if day is not None:
                query += f" AND date {sign} ?"
                values.append(day.isoformat())
        wanted = None if ids is None else set(ids)
        return [n for n, id_ in self._all(query, *values) if wanted is None or id_ in wanted]

    def passage_numbers(self, documents: Sequence[int]) -> list[int]:
        marks = ",".join(str(int(number)) for number in documents)
        return [r[0] for r in self._all(f"SELECT number FROM passages WHERE document IN ({marks})")]

    def passages(self, numbers: Sequence[int]) -> dict[int, tuple[Passage, Document]]:
        """Passages by number, each with its document; numbers that are gone are left out."""
        marks = ",".join(str(int(number)) for number in numbers)
        rows = self._all(
            "SELECT p.number, p.start, p.end, p.sentences, p.boilerplate, d.id FROM passages p"
            f" JOIN documents d ON d.number = p.document WHERE p.number IN ({marks})"
        )
        documents = {id_: self.document(id_) for id_ in {row[5] for row in rows}}
        found = {}
        for number, start, end, sentences, boilerplate, id_ in rows:
            document = documents[id_]
            if document is not None:
                spans = tuple(Span(*pair) for pair in _unpack(sentences))
                passage = Passage(id_, start, end, spans, bool(boilerplate))
                found[number] = (passage, document)
        return found

    def added_since(self, generation: int) -> Iterator[tuple[Row, Vectors]]:
        """Passages added after a generation and still there, in order, with their vectors."""
        last = 0
        while True:
            rows = self._all(
                "SELECT p.number, p.document, d.title, substr(d.text, p.start + 1, p.end - p.start),"
                " p.vector FROM passages p JOIN documents d ON d.number = p.document"
                " WHERE p.generation > ? AND p.number > ? ORDER BY p.number LIMIT 2000",
                generation,
                last,
            )
            if not rows:
                return
            for number, document, title, text, vector in rows:
                values = np.frombuffer(vector, np.float16).astype(np.float32)
                yield Row(number, document, f"{title}\n{text}"), values
            last = rows[-1][0]

    def removed_since(self, generation: int) -> list[int]:
        return [r[0] for r in self._all("SELECT passage FROM removed WHERE generation > ?", generation)]

    def _one(self, query: str, *values: object) -> tuple[object, ...] | None:
        rows = self._all(query, *values)
        return rows[0] if rows else None

    def _all(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, self._explained():
            return self._db.execute(query, values).fetchall()

    def _next_generation(self, db: sqlite3.Connection) -> int:
        generation = self.generation + 1
        db.execute("INSERT OR REPLACE INTO facts VALUES ('generation', ?)", (str(generation),))
        return generation

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise LibraryError(_explain(self._path, error)) from error


def _explain(path: Path, error: sqlite3.DatabaseError) -> str:
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return f"The disk is full or failing while writing {path}. Free some space; nothing is lost."
    if "locked" in text:
        return f"The index {path} is in use by another program. Wait for it or stop it."
    if "readonly" in text or "unable to open" in text:
        return f"The index {path} cannot be written. Check the folder's permissions."
    return (
        f"The index {path} is damaged ({text}). Move that folder away and index again; "
        "the articles themselves are untouched."
    )


def _insert(db: sqlite3.Connection, entry: Entry, generation: int) -> None:
    d, state = entry.document, entry.state
    headings = json.dumps([[h.start, h.title] for h in d.headings], ensure_ascii=False)
    day = d.date.isoformat() if d.date else None
    row = (d.id, d.title, day, d.source, headings, d.text, state.digest, state.size, state.modified)
    number = db.execute(
        "INSERT INTO documents (id, title, date, source, headings, text, digest, size, modified)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    ).lastrowid
    db.executemany(
        "INSERT INTO passages (document, start, end, sentences, boilerplate, vector, generation)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (number, p.start, p.end, _pack(p), p.boilerplate, v.astype(np.float16).tobytes(), generation)
            for p, v in zip(entry.passages, entry.vectors, strict=True)
        ],
    )


def _remove(db: sqlite3.Connection, id_: str, generation: int) -> None:
    row = db.execute("SELECT number FROM documents WHERE id = ?", (id_,)).fetchone()
    if row is not None:
        db.execute(
            "INSERT OR REPLACE INTO removed SELECT number, ? FROM passages WHERE document = ?",
            (generation, row[0]),
        )
        db.execute("DELETE FROM documents WHERE number = ?", row)


def _pack(passage: Passage) -> bytes:
    return np.array(passage.sentences, "<u4").tobytes()


def _unpack(blob: bytes) -> list[list[int]]:
    pairs: list[list[int]] = np.frombuffer(blob, "<u4").reshape(-1, 2).tolist()
    return pairs
