"""The library: rows and the two derived indexes as one thing that can be searched and changed."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import EmbedderMismatch, LibraryError, RagError
from rag.library.corrections import checked
from rag.library.gate import Gate, Writer
from rag.library.kept import Kept
from rag.library.lexical import LexicalIndex
from rag.library.remarks import with_remarks
from rag.library.rows import Entry, Settlement, Stored, facts_of
from rag.library.seam import ALL, Filters, LibraryStore, Match
from rag.library.store import Store
from rag.library.vectors import EXACT_UNTIL, VectorIndex
from rag.listing import DocumentInfo, Failure
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.schema import Document

SPLIT_BEFORE = "split_before"  # names the fact: up to which document passages are of another limit
_PATIENCE = 2.0  # seconds that who writes waits for another


class Library:
    """A `LibraryStore` in one folder on this computer, which is made where it does not exist.

    `identity` and `longest` count for one that is new; the attribute `identity` is that of the
    vectors which are searched now, and `rag.library.reembed` changes it.

    Raises:
        LibraryError: The folder cannot be opened or written.
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
            folder.mkdir(0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The index folder {folder} cannot be made: {error.strerror}. "
                "Choose another place or check its permissions."
            ) from error
        self.folder = folder
        self._writer = Writer(folder)
        self._catching_up = threading.Lock()
        self._gate, self._exact_until = Gate(), exact_until
        self._store = Store(self.file)
        self._kept = Kept(lambda: self._store.generation)
        try:
            self._note(identity, longest)
            self.identity = self._held()
            self._vectors = self._vectors_of(self.identity)
            self._words = LexicalIndex(folder, owner=self._store.owner)
            if os.access(folder, os.W_OK) and self._writer.taken():
                with self._writer.given_back():
                    self.refresh()
                    self.save()
            else:  # what another program has written so far is read, and nothing is mended
                self._words.follow()
                self._follow()
        except BaseException:
            self._store.close()
            raise

    shared = False

    @property
    def called(self) -> str:
        """What messages call it."""
        return f"The index {self.folder}"

    @property
    def file(self) -> Path:
        """The rows."""
        return self.folder / "library.sqlite"

    def close(self) -> None:
        self._words.close()
        self._store.close()

    @contextmanager
    def writing(self, *, waiting: Callable[[], object] | None = None) -> Iterator[None]:
        with self._writer.alone(_PATIENCE, waiting):
            yield

    def refresh(self) -> None:
        with self.writing():
            with self._catching_up:
                self._follow_embedder()
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

    def is_of(self, identity: EmbedderIdentity, longest: int) -> bool:
        facts = map(self._store.fact, ("passage_characters", SPLIT_BEFORE))
        return self._store.identity() == identity and tuple(facts) == (str(longest), None)

    def must_be_of(self, identity: EmbedderIdentity) -> None:
        if identity != self.identity:
            raise EmbedderMismatch(
                f"{self.called} holds passages embedded with {self.identity.name}, not "
                f"with {identity.name} or its present weights. Run python -m rag index to embed "
                "them anew."
            )

    @contextmanager
    def steady(self) -> Iterator[None]:
        if self._catching_up.acquire(blocking=False):  # else the earlier vectors are searched
            try:
                self._follow_embedder()
            finally:
                self._catching_up.release()
        with self._gate.looking():
            yield

    def exchange(self, change: Callable[[], bool]) -> bool:
        """Make a change to the rows that puts another embedder's vectors in place.

        Returns what the change does: whether it was made. Until the new ones are read, the earlier
        vectors are searched; where there are many, a search waits.
        """
        # many vectors are scored by the rows, which are to be of the embedder that is searched
        apart = nullcontext() if self._vectors.exact else self._gate.changing()
        with self.writing(), self._catching_up, apart:
            made = change()
            self._follow_embedder()
        return made

    @property
    def rows(self) -> Store:
        """The rows, for the rest of this room."""
        return self._store

    def counts(self, filters: Filters = ALL) -> tuple[int, int]:
        if filters == ALL:
            return self._store.counts()
        numbers, allowed = self._let_through(filters)
        return len(numbers), len(allowed)

    def document(self, id_: str) -> Document | None:
        return self._store.document(id_)

    def documents(self) -> list[DocumentInfo]:
        return with_remarks(self, self._kept.get("documents", self._store.documents))

    def correct(self, id_: str, facts: Mapping[str, str | date | None]) -> None:
        kept = checked(facts)
        document = self.document(id_)
        if document is None:
            raise RagError(f"There is no article {id_} in the library.")
        with self.writing():
            self._store.correct(document.id, kept)

    def dates(self) -> list[date]:
        return self._store.dates()

    def languages(self) -> tuple[str, ...]:
        return tuple(self._kept.get("languages", self._store.languages))

    def failures(self) -> list[Failure]:
        return self._store.failures()

    def fact(self, name: str) -> str | None:
        return self._store.fact(name)

    def add(self, entries: Sequence[Entry]) -> None:
        with self.writing():
            self._store.replace(entries)
            self._catch_up()

    def settle(self, changes: Settlement) -> None:
        if changes:
            with self.writing():
                self._store.settle(changes)
                self._catch_up()

    def save(self) -> None:
        with self.writing():
            if self._words.worn:
                self._build_words()
            self._vectors.save()

    def match(
        self,
        vector: Vectors,
        words: Sequence[str] | Mapping[str, float],
        *,
        limit: int,
        filters: Filters = ALL,
    ) -> list[Match]:
        self._follow()
        numbers = allowed = None
        if filters != ALL:
            numbers, allowed = self._let_through(filters)
        dense = dict(self._vectors.search(vector, limit, allowed))
        lexical = dict(self._words.search(words, limit, numbers))
        missing = [number for number in lexical if number not in dense]
        dense.update(self._vectors.search(vector, len(missing), missing))
        return [Match(n, s, lexical.get(n, 0.0)) for n, s in dense.items()]

    def _let_through(self, filters: Filters) -> tuple[list[int], NDArray[np.int64]]:
        """The numbers of the documents that filters let through and of their passages.

        The last ones are kept, since one question follows another with the same filters.
        """

        def found() -> tuple[list[int], NDArray[np.int64]]:
            numbers = self._store.numbers(filters)
            return numbers, np.array(self._store.passage_numbers(numbers), np.int64)

        return self._kept.get("filtered", found, filters)

    def passages(self, numbers: Sequence[int]) -> dict[int, Stored]:
        return self._store.passages(numbers)

    def documents_of(self, numbers: Sequence[int], *, boilerplate: bool) -> list[int]:
        return self._store.documents_of(numbers, boilerplate)

    def weight(self, word: str) -> float:
        total, found = len(self._words), self._words.frequency(word)
        return math.log(1 + (total - found + 0.5) / (found + 0.5))

    def _note(self, identity: EmbedderIdentity, longest: int) -> None:
        """Note what a library that is new will be of."""
        if self._store.fact("embedder") is None:
            self._store.set_facts({**facts_of(identity), "passage_characters": str(longest)})

    def _held(self) -> EmbedderIdentity:
        """The embedder whose vectors the rows are."""
        identity = self._store.identity()
        if identity is None:
            raise EmbedderMismatch(
                f"The index {self.folder} does not say which embedder its passages are of. "
                "Run python -m rag doctor --repair."
            )
        return identity

    def _of_its_embedder(self) -> bool:
        """Whether the rows are still of the embedder whose vectors are searched."""
        return self._held() == self.identity

    def _vectors_of(self, identity: EmbedderIdentity) -> VectorIndex:
        owner = f"{self._store.owner}/{identity.digest}"
        return VectorIndex(
            identity.dimension,
            self.folder,
            owner=owner,
            rows=self._store,
            exact_until=self._exact_until,
        )

    def _catch_up(self) -> None:
        """Bring both derived indexes to the generation of the rows; for the one that writes."""
        with self._catching_up:
            generation = self._store.generation
            self._vectors.catch_up(generation, self._of_its_embedder)
            if self._vectors.outgrown:
                self._vectors.rebuild(generation)
                self._vectors.save()  # a kill need not cost this again
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
                self._vectors.catch_up(generation, self._of_its_embedder)
                if self._vectors.outgrown:  # the one that writes builds it anew
                    self._vectors.reload()
                    self._vectors.catch_up(generation, self._of_its_embedder)
            finally:
                self._catching_up.release()

    def _follow_embedder(self) -> None:
        """Search the vectors of the embedder that the rows are of now, once they are read."""
        generation = self._store.generation
        if generation == self._vectors.seen or (identity := self._held()) == self.identity:
            return
        vectors = self._vectors_of(identity)
        if vectors.catch_up(generation, lambda: self._held() == identity):
            with self._gate.changing():
                self._vectors, self.identity = vectors, identity

    def _build_words(self) -> None:
        with self._catching_up:
            self._words.update(self._store.added_since(0), [], self._store.generation, afresh=True)


def opened(address: str, folder: Path, *, identity: EmbedderIdentity, longest: int) -> LibraryStore:
    """The library in the index folder, or the one that an address names; made where there is none.

    Raises:
        LibraryError: It cannot be opened.
    """
    if not address:
        return Library(folder, identity=identity, longest=longest)
    from rag.library.milvus import MilvusLibrary  # what it needs is no part of the install

    return MilvusLibrary(address, folder, identity=identity, longest=longest)
