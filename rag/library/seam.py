"""What a library must do for all that stands above it, whoever keeps it.

`rag.library.library.Library` keeps it in one folder on this computer, and
`rag.library.milvus.MilvusLibrary` on a server. Owns the two protocols and the filters that they
take; `tests/library/test_seam.py` holds every store to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from rag.library.corrections import Correction
from rag.library.rows import Entry, FileState, Settlement, Stored
from rag.listing import DocumentInfo, Failure
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.schema import Document


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may be searched, by id; `None` means all. Dates are inclusive."""

    documents: tuple[str, ...] | None = None
    after: date | None = None
    before: date | None = None

    @staticmethod
    def of(
        documents: Sequence[str | DocumentInfo] | None,
        after: date | None = None,
        before: date | None = None,
    ) -> Filters:
        """Filters of what a caller gives.

        Raises:
            TypeError: The documents are one text instead of a list.
        """
        if isinstance(documents, str):
            raise TypeError(f"documents is the text {documents!r}; it must be a list of ids")
        if documents is None:
            return Filters(None, after, before)
        ids = (one if isinstance(one, str) else one.id for one in documents)
        return Filters(tuple(ids), after, before)


ALL = Filters()


@dataclass(frozen=True, slots=True)
class Match:
    """A passage number with its raw scores; 0 where it was not found that way."""

    number: int
    dense: float
    lexical: float


class LibraryRows(Protocol):
    """What is known of the files behind a library; for syncing."""

    def states(self) -> dict[str, FileState]:
        """Of every file: of each document's own, and of those that hold the same."""
        ...

    def unread(self) -> dict[str, FileState]:
        """How files were that could not be read, by id."""
        ...

    def set_failures(self, failures: Sequence[Failure], unread: Mapping[str, FileState]) -> None:
        """Keep these in place of all earlier ones; of files that were looked at, how they were."""
        ...

    def title(self, id_: str) -> str | None:
        """The title of a document; `None` where there is none of this id."""
        ...

    def digest_of(self, id_: str) -> str:
        """The SHA-256 of a document's own file as it was read; "" where there is none."""
        ...

    def touch(self, states: Mapping[str, FileState]) -> None:
        """Note a new size and time for files whose content is the one that is stored."""
        ...

    def set_facts(self, facts: dict[str, str]) -> None:
        """Note facts of the library itself."""
        ...

    def entries(self, ids: Iterable[str]) -> Iterator[Entry]:
        """Documents as they were added, with what their files tell; those not there left out."""
        ...

    def corrections(self) -> list[Correction]:
        """All that is set by hand."""
        ...

    def keep_corrections(self, kept: Iterable[Correction]) -> None:
        """Put corrections in whose documents are added after."""
        ...

    def former(self) -> dict[str, str]:
        """Ids under which articles are found no more, with those that they have now."""
        ...


class LibraryStore(Protocol):
    """Documents, passages, vectors and words, searched and changed; safe to share.

    What is written is found at once by who wrote it. Every change is whole or not there, also
    where it is broken off in the middle.

    Attributes:
        folder: The index folder, where conversations and settings lie beside it.
        called: What messages call it, as the beginning of a sentence.
        identity: The embedder whose vectors are searched now.
        rows: What is known of the files.
        shared: Whether other machines may write it, so that a folder of articles which is not
            here may be there.
    """

    @property
    def folder(self) -> Path: ...
    @property
    def called(self) -> str: ...
    @property
    def identity(self) -> EmbedderIdentity: ...
    @property
    def rows(self) -> LibraryRows: ...
    @property
    def shared(self) -> bool: ...

    def close(self) -> None:
        """Let go of it; then everything says that it was closed."""
        ...

    def writing(
        self, *, waiting: Callable[[], object] | None = None
    ) -> AbstractContextManager[None]:
        """Be the only one that writes; may be nested.

        Raises:
            LibraryError: Another one is writing; where `waiting` is given, that is called now and
                then instead, for as long as it takes.
        """
        ...

    def refresh(self) -> None:
        """Take over what others have written, and mend what was broken off."""
        ...

    def is_of(self, identity: EmbedderIdentity, longest: int) -> bool:
        """Whether all passages are of this embedder and this limit."""
        ...

    def must_be_of(self, identity: EmbedderIdentity) -> None:
        """Raise `EmbedderMismatch` where the vectors are of another embedder."""
        ...

    def steady(self) -> AbstractContextManager[None]:
        """Inside, the embedder stays the one it is: for embedding a query and matching it."""
        ...

    def counts(self, filters: Filters = ALL) -> tuple[int, int]:
        """How many documents and passages there are, or are let through by the filters."""
        ...

    def document(self, id_: str) -> Document | None:
        """A document by its id, by that of a file that holds the same, or by where it was."""
        ...

    def documents(self) -> list[DocumentInfo]:
        """The list of documents, by id."""
        ...

    def correct(self, id_: str, facts: Mapping[str, str | date | None]) -> None:
        """Set facts of a document by hand; see `Assistant.correct`."""
        ...

    def dates(self) -> list[date]:
        """The dates that articles have, each once."""
        ...

    def languages(self) -> tuple[str, ...]:
        """Codes of the languages of its documents, the most common first."""
        ...

    def failures(self) -> list[Failure]:
        """The files that could not be read, by path."""
        ...

    def fact(self, name: str) -> str | None:
        """A fact of the library itself."""
        ...

    def add(self, entries: Sequence[Entry]) -> None:
        """Store documents, in place of earlier versions; searchable at once."""
        ...

    def settle(self, changes: Settlement) -> None:
        """Move, remove and note copies."""
        ...

    def save(self) -> None:
        """Leave it so that opening is quick and scores are as if built afresh."""
        ...

    def match(
        self,
        vector: Vectors,
        words: Sequence[str] | Mapping[str, float],
        *,
        limit: int,
        filters: Filters = ALL,
    ) -> list[Match]:
        """Passages near the vector or holding the words, unordered, each with both scores.

        Words may come with what each counts, and the first of them stand where there are too many.
        A passage found by its words alone gets its true cosine too, so that fusing is fair.
        """
        ...

    def passages(self, numbers: Sequence[int]) -> dict[int, Stored]:
        """Passages by number; numbers that are gone are left out."""
        ...

    def documents_of(self, numbers: Sequence[int], *, boilerplate: bool) -> list[int]:
        """For each passage that is still there the number of its document.

        Those that are boilerplate are left out unless `boilerplate` is set.
        """
        ...

    def weight(self, word: str) -> float:
        """Inverse document frequency of an analysed word over the passages (BM25's form)."""
        ...
