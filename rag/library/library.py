"""The library: rows and the two derived indexes as one thing that can be searched and changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from rag.errors import EmbedderMismatch, LibraryError
from rag.library.lexical import LexicalIndex
from rag.library.store import Entry, FileState, Store
from rag.library.vectors import VectorIndex
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.schema import Document, DocumentInfo, Failure, Passage


@dataclass(frozen=True, slots=True)
class Match:
    """A passage number with its raw scores; 0 where it was not found that way."""

    number: int
    dense: float
    lexical: float


class Library:
    """Documents, passages, vectors and words in one folder on disk.

    Args:
        folder: The index folder; made where it does not exist.
        identity: The embedder whose vectors the library holds.
        longest: The passage limit that documents are split with.

    Raises:
        LibraryError: The folder cannot be opened or written.
        EmbedderMismatch: It was built with another embedder or another passage limit.
    """

    def __init__(self, folder: Path, *, identity: EmbedderIdentity, longest: int) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The index folder {folder} cannot be made: {error.strerror}. "
                "Choose another place or check its permissions."
            ) from error
        self.folder = folder
        self._store = Store(folder / "library.sqlite")
        self._check(identity, longest)
        self._vectors = VectorIndex(identity.dimension, folder)
        self._words = LexicalIndex(folder)
        self._catch_up()

    def close(self) -> None:
        self._store.close()

    def counts(
        self,
        *,
        documents: Sequence[str] | None = None,
        after: date | None = None,
        before: date | None = None,
    ) -> tuple[int, int]:
        """How many documents and passages there are, or are let through by the filters."""
        if documents is None and not after and not before:
            return self._store.counts()
        numbers = self._store.numbers(documents, after, before)
        return len(numbers), len(self._store.passage_numbers(numbers))

    def document(self, id_: str) -> Document | None:
        return self._store.document(id_)

    def documents(self) -> list[DocumentInfo]:
        return self._store.documents()

    def failures(self) -> list[Failure]:
        return self._store.failures()

    def states(self) -> dict[str, FileState]:
        return self._store.states()

    def fact(self, name: str) -> str | None:
        return self._store.fact(name)

    def set_fact(self, name: str, value: str) -> None:
        self._store.set_facts({name: value})

    def add(self, entries: Sequence[Entry]) -> None:
        """Store documents in one transaction, in place of earlier versions; searchable at once."""
        self._store.replace(entries)
        self._catch_up(save=False)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove documents by id in one transaction."""
        if ids:
            self._store.remove(ids)
            self._catch_up(save=False)

    def touch(self, states: dict[str, FileState]) -> None:
        if states:
            self._store.touch(states)

    def note_failures(self, failures: Sequence[Failure]) -> None:
        if list(failures) != self._store.failures():
            self._store.set_failures(failures)

    def save(self) -> None:
        """Write the vector file for the present generation, so that opening is quick."""
        generation = self._store.generation
        if self._vectors.generation != generation:
            try:
                self._vectors.save(generation)
            except OSError as error:
                raise LibraryError(
                    f"The vectors in {self.folder} cannot be written: {error.strerror}. Free some "
                    "space and index again; nothing is lost."
                ) from error

    def match(
        self,
        vector: Vectors,
        words: Sequence[str],
        *,
        limit: int,
        documents: Sequence[str] | None = None,
        after: date | None = None,
        before: date | None = None,
    ) -> list[Match]:
        """Passages near the vector or holding the words, unordered, each with both scores.

        A passage found by its words alone gets its true cosine too, so that fusing is fair.
        """
        numbers = allowed = None
        if documents is not None or after or before:
            numbers = self._store.numbers(documents, after, before)
            allowed = self._store.passage_numbers(numbers)
        dense = dict(self._vectors.search(vector, limit, allowed))
        lexical = dict(self._words.search(words, limit, numbers))
        missing = [number for number in lexical if number not in dense]
        dense.update(self._vectors.search(vector, len(missing), missing))
        return [Match(n, s, lexical.get(n, 0.0)) for n, s in dense.items()]

    def passages(self, numbers: Sequence[int]) -> dict[int, tuple[Passage, Document]]:
        return self._store.passages(numbers)

    def weight(self, word: str) -> float:
        """Inverse document frequency of an analysed word over the passages (BM25's form)."""
        total, found = len(self._words), self._words.frequency(word)
        return math.log(1 + (total - found + 0.5) / (found + 0.5))

    def _check(self, identity: EmbedderIdentity, longest: int) -> None:
        wanted = {
            "embedder": identity.name,
            "dimension": str(identity.dimension),
            "weights": identity.digest,
            "passage_characters": str(longest),
        }
        have = {name: self._store.fact(name) for name in wanted}
        if all(value is None for value in have.values()):
            self._store.set_facts(wanted)
        elif have != wanted:
            self._store.close()
            raise EmbedderMismatch(
                f"The index {self.folder} was built with {have['embedder']} "
                f"({have['dimension']} numbers, passages of {have['passage_characters']}); the "
                f"settings now say {identity.name} ({identity.dimension}, {longest}). Change the "
                "settings back, or choose another index folder."
            )

    def _catch_up(self, *, save: bool = True) -> None:
        """Bring both derived indexes to the generation of the rows."""
        generation = self._store.generation
        if self._vectors.generation > generation or self._words.generation > generation:
            self._words.clear()
            self._vectors.clear()
        self._catch_up_vectors(generation)
        if self._words.generation != generation:
            since = self._words.generation
            removed = self._store.removed_since(since) if since else []
            rows = [row for row, _ in self._store.added_since(since)]
            self._words.update(rows, removed, generation)
        if len(self._words) != self._store.counts()[1]:
            self._words.clear()
            self._words.update([row for row, _ in self._store.added_since(0)], [], generation)
        if save:
            self.save()

    def _catch_up_vectors(self, generation: int) -> None:
        since = self._vectors.seen
        if since == generation:
            return
        removed = self._store.removed_since(since) if since else []
        numbers: list[int] = []
        vectors: list[Vectors] = []
        for row, vector in self._store.added_since(since):
            numbers.append(row.number)
            vectors.append(vector)
        stacked = (
            np.stack(vectors) if vectors else np.zeros((0, self._vectors.dimension), np.float32)
        )
        self._vectors.update(numbers, stacked, removed)
        self._vectors.seen = generation
