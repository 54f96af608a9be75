"""The library: rows and the two derived indexes as one thing that can be searched and changed."""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from rag.errors import EmbedderMismatch, LibraryError
from rag.library.folder import held_by
from rag.library.lexical import LexicalIndex
from rag.library.rows import Entry, FileState, Stored
from rag.library.store import Store
from rag.library.vectors import EXACT_UNTIL, VectorIndex
from rag.listing import DocumentInfo, Failure
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.schema import Document


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
        exact_until: Up to how many passages every vector is looked at in a search.

    Raises:
        LibraryError: The folder cannot be opened or written.
        EmbedderMismatch: It was built with another embedder or another passage limit.
    """

    def __init__(
        self,
        folder: Path,
        *,
        identity: EmbedderIdentity,
        longest: int,
        exact_until: int = EXACT_UNTIL,
    ) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The index folder {folder} cannot be made: {error.strerror}. "
                "Choose another place or check its permissions."
            ) from error
        self.folder = folder
        self._writer = FileLock(folder / "writer.lock")
        self._catching_up = threading.Lock()
        self._listed: tuple[int, tuple[DocumentInfo, ...]] = (-1, ())
        self._filtered: tuple[object, tuple[list[int], NDArray[np.int64]]] = (
            None,
            ([], np.zeros(0, np.int64)),
        )
        self._store = Store(folder / "library.sqlite")
        try:
            self._check(identity, longest)
            owner = self._store.owner
            self._vectors = VectorIndex(
                identity.dimension,
                folder,
                owner=owner,
                rows=self._store,
                exact_until=exact_until,
            )
            self._words = LexicalIndex(folder, owner=owner)
            if self._lock():
                with self._released():
                    self.refresh()
                    self.save()
            else:  # another program is writing: its work so far is read, and nothing is mended
                self._words.follow()
                self._follow()
        except BaseException:
            self._store.close()
            raise

    def close(self) -> None:
        self._words.close()
        self._store.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one that writes, among threads and programs; may be nested.

        Raises:
            LibraryError: Another one is writing, or the folder cannot be written.
        """
        if not self._lock():
            raise LibraryError(
                f"Another program is writing the index {self.folder}. Wait until it is done."
            )
        with self._released():
            yield

    def refresh(self) -> None:
        """Take over what other programs have written, and mend what is missing or damaged.

        Raises:
            LibraryError: Another program is writing, or the disk is full.
        """
        with self.writing():
            generation = self._store.generation
            if not self._words.sound() or self._words.generation > generation:
                self._words.clear()
            if self._vectors.seen > generation:
                self._vectors.clear()
            self._catch_up()
            passages = self._store.counts()[1]
            if len(self._vectors) != passages:
                self._vectors.clear()
                self._catch_up()
            if len(self._words) != passages:
                self._build_words()

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
        numbers, allowed = self._let_through(documents, after, before)
        return len(numbers), len(allowed)

    def document(self, id_: str) -> Document | None:
        return self._store.document(id_)

    def documents(self) -> list[DocumentInfo]:
        """The list of documents, by id; kept until a document changes."""
        generation = self._store.generation
        if self._listed[0] != generation:
            self._listed = generation, tuple(self._store.documents())
        return list(self._listed[1])

    def dates(self) -> list[date]:
        """The dates that articles have, each once."""
        return self._store.dates()

    def failures(self) -> list[Failure]:
        return self._store.failures()

    def states(self) -> dict[str, FileState]:
        return self._store.states()

    def fact(self, name: str) -> str | None:
        return self._store.fact(name)

    def set_fact(self, name: str, value: str) -> None:
        if self.fact(name) != value:
            self._store.set_facts({name: value})

    def add(self, entries: Sequence[Entry]) -> None:
        """Store documents in one transaction, in place of earlier versions; searchable at once."""
        with self.writing():
            self._store.replace(entries)
            self._catch_up()

    def remove(self, ids: Sequence[str]) -> None:
        """Remove documents by id in one transaction."""
        if ids:
            with self.writing():
                self._store.remove(ids)
                self._catch_up()

    def touch(self, states: dict[str, FileState]) -> None:
        if states:
            self._store.touch(states)

    def note_failures(
        self, failures: Sequence[Failure], only: Collection[str] | None = None
    ) -> None:
        """Keep these failures in place of all earlier ones, or of those of the files `only`."""
        before = self._store.failures()
        others = [] if only is None else [f for f in before if held_by(f.path, only) is None]
        now = [*others, *failures]
        if sorted(now, key=lambda f: f.path) != before:
            self._store.set_failures(now)

    def save(self) -> None:
        """Leave the derived indexes so that opening is quick and scores are as if built afresh.

        Raises:
            LibraryError: The disk is full; nothing is lost.
        """
        with self.writing():
            if self._words.worn:
                self._build_words()
            self._save_vectors()

    def match(
        self,
        vector: Vectors,
        words: Sequence[str] | Mapping[str, float],
        *,
        limit: int,
        documents: Sequence[str] | None = None,
        after: date | None = None,
        before: date | None = None,
    ) -> list[Match]:
        """Passages near the vector or holding the words, unordered, each with both scores.

        Words may come with what each counts, and the first of them stand where there are too many.
        A passage found by its words alone gets its true cosine too, so that fusing is fair.
        """
        self._follow()
        numbers = allowed = None
        if documents is not None or after or before:
            numbers, allowed = self._let_through(documents, after, before)
        dense = dict(self._vectors.search(vector, limit, allowed))
        lexical = dict(self._words.search(words, limit, numbers))
        missing = [number for number in lexical if number not in dense]
        dense.update(self._vectors.search(vector, len(missing), missing))
        return [Match(n, s, lexical.get(n, 0.0)) for n, s in dense.items()]

    def _let_through(
        self, documents: Sequence[str] | None, after: date | None, before: date | None
    ) -> tuple[list[int], NDArray[np.int64]]:
        """The numbers of the documents that filters let through and of their passages.

        The last ones are kept, since one question follows another with the same filters.
        """
        asked = self._store.generation, documents and tuple(documents), after, before
        if self._filtered[0] != asked:
            numbers = self._store.numbers(documents, after, before)
            allowed = np.array(self._store.passage_numbers(numbers), np.int64)
            self._filtered = asked, (numbers, allowed)
        return self._filtered[1]

    def passages(self, numbers: Sequence[int]) -> dict[int, Stored]:
        return self._store.passages(numbers)

    def documents_of(self, numbers: Sequence[int], *, boilerplate: bool) -> list[int]:
        """For each passage that is still there the number of its document; no text is read.

        Those that are boilerplate are left out unless `boilerplate` is set.
        """
        return self._store.documents_of(numbers, boilerplate)

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
            raise EmbedderMismatch(
                f"The index {self.folder} was built with {have['embedder']} "
                f"({have['dimension']} numbers, passages of {have['passage_characters']}); the "
                f"settings now say {identity.name} ({identity.dimension}, {longest}). Change the "
                "settings back, or choose another index folder."
            )

    def _lock(self) -> bool:
        try:
            self._writer.acquire(timeout=0.2)
        except Timeout:
            return False
        except OSError as error:
            raise LibraryError(
                f"The index {self.folder} cannot be written: {error.strerror}. Check the folder's "
                "permissions."
            ) from error
        return True

    @contextmanager
    def _released(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._writer.release()

    def _catch_up(self) -> None:
        """Bring both derived indexes to the generation of the rows; for the one that writes."""
        with self._catching_up:
            generation = self._store.generation
            self._catch_up_vectors(generation)
            if self._vectors.outgrown:
                self._vectors.rebuild(generation)
                self._save_vectors()  # a kill need not cost this again
            since = self._words.generation
            if since != generation:
                removed = self._store.removed_since(since) if since else []
                self._words.update(self._store.added_since(since), removed, generation)

    def _follow(self) -> None:
        """Read what another program has committed; only memory changes."""
        generation = self._store.generation
        if generation != self._vectors.seen and self._catching_up.acquire(blocking=False):
            try:
                self._words.follow()
                self._catch_up_vectors(generation)
                if self._vectors.outgrown:  # the one that writes builds it anew
                    self._vectors.reload()
                    self._catch_up_vectors(generation)
            finally:
                self._catching_up.release()

    def _save_vectors(self) -> None:
        try:
            self._vectors.save()
        except OSError as error:
            raise LibraryError(
                f"The vectors in {self.folder} cannot be written: {error.strerror}. Free some "
                "space and index again; nothing is lost."
            ) from error

    def _build_words(self) -> None:
        with self._catching_up:
            self._words.update(self._store.added_since(0), [], self._store.generation, afresh=True)

    def _catch_up_vectors(self, generation: int) -> None:
        since = self._vectors.seen
        if since == generation:
            return
        if not since:
            self._vectors.rebuild(generation)
            return
        if removed := self._store.removed_since(since):
            nothing = np.zeros((0, self._vectors.dimension), np.float32)
            self._vectors.update([], nothing, removed)
        for numbers, vectors in self._store.vectors_since(since):
            self._vectors.update(numbers, vectors, [])
        self._vectors.seen = generation
