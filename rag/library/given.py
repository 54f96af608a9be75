"""Articles that a program gives, not files: a library is brought in step with them all the same.

Owns what is given, under its ids. What is unchanged since the index was made is not embedded again.
Knows nothing of how they were given; `rag.documents.given` reads that.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import chain, count
from pathlib import PurePath

from rag.documents import parse
from rag.errors import RagError
from rag.library.ingest import Ingest, OnProgress
from rag.library.remarks import note_failures
from rag.library.rows import FileState, Settlement
from rag.library.seam import LibraryStore
from rag.library.sync import claim
from rag.listing import Addition, Failure, Outcome, SyncReport
from rag.models.embedder import Embedder
from rag.schema import Document

_READING = "given"
Sync = Callable[..., SyncReport]  # of some files; what of them is parsed already is not again


class Given:
    """Documents in memory; of those that hold the very same, the first is indexed.

    Args:
        documents: With ids of their own.
        failed: What of the given could not be taken, and why.
    """

    def __init__(self, documents: Iterable[Document], failed: Iterable[Failure] = ()) -> None:
        self._documents = {document.id: document for document in documents}
        self._failed = tuple(failed)

    def sync(
        self,
        library: LibraryStore,
        embedder: Embedder,
        *,
        longest: int,
        only: Collection[str] | None = None,
        progress: OnProgress | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> SyncReport:
        """As `rag.library.sync_folder`, with what is given instead of files."""
        began = time.monotonic()
        with library.writing():
            library.refresh()
            library.must_be_of(embedder.identity)
            claim(library, (), "what is given")
            ingest = Ingest(library, embedder, longest, progress, cancelled)
            report = self._brought_in(library, ingest, only)
            library.save()
            note_failures(library, self._failed)
        return replace(report, passages=ingest.passages, seconds=time.monotonic() - began)

    def _brought_in(
        self, library: LibraryStore, ingest: Ingest, only: Collection[str] | None
    ) -> SyncReport:
        known, wanted = library.rows.states(), self._states()
        ids = {*known, *wanted} if only is None else {*known, *wanted} & set(only)
        gone = sorted(ids - wanted.keys())
        new = [id_ for id_ in wanted if id_ in ids and not _same(known.get(id_), wanted[id_])]
        own = [id_ for id_ in new if not wanted[id_].copy_of]
        copies = {id_: (wanted[id_].copy_of, wanted[id_]) for id_ in new if wanted[id_].copy_of}
        library.settle(Settlement(removed=[*gone, *(copies.keys() & known.keys())]))
        ingest.run_given((self._documents[id_], wanted[id_]) for id_ in own)
        library.settle(Settlement(copies=copies))
        return SyncReport(
            added=tuple(sorted(set(own) - known.keys())),
            changed=tuple(sorted(set(own) & known.keys())),
            removed=tuple(gone),
            unchanged=len(ids) - len(gone) - len(new),
            failed=self._failed,
            duplicates=tuple((i, s.copy_of) for i, s in sorted(wanted.items()) if s.copy_of),
        )

    def add(
        self,
        library: LibraryStore,
        name: str,
        raw: bytes,
        *,
        sync: Sync,
        replace: bool = False,
        document: Document | None = None,
    ) -> Addition:
        """Take one more, read as a file of this name is; see `rag.library.add_article`."""
        document = document or parse(raw, name=name)
        id_, outcome = self._free(document, replace)
        if outcome is not Outcome.ALREADY_THERE:
            self._documents[id_] = _renamed(document, id_)
        sync()
        passages = {info.id: info.passages for info in library.documents()}
        return Addition(id_, outcome, document.title, passages.get(id_, 0))

    def _free(self, document: Document, replace: bool) -> tuple[str, Outcome]:
        """The id that a document gets, and what becomes of it."""
        path = PurePath(document.id)
        names = (path.with_name(f"{path.stem} {n}{path.suffix}").as_posix() for n in count(2))
        for id_ in chain([document.id], names):
            there = self._documents.get(id_)
            if there is None:
                return id_, Outcome.ADDED
            if _facts(there) == _facts(document):
                return id_, Outcome.ALREADY_THERE
            if replace:
                return id_, Outcome.REPLACED
        raise AssertionError("the numbers never end")

    def remove(self, id_: str, *, sync: Sync) -> None:
        """Take one out. Raises `RagError`: there is none of this id."""
        if self._documents.pop(id_, None) is None:
            raise RagError(f"There is no article {id_} among those that were given.")
        sync()

    def _states(self) -> dict[str, FileState]:
        """What each holds, and of which other one it is the copy."""
        first: dict[str, str] = {}
        states = {}
        for id_, document in self._documents.items():
            digest = hashlib.sha256(_facts(document).encode("utf-8", "replace")).hexdigest()
            own = first.setdefault(digest, id_)
            copy_of = "" if own == id_ else own
            states[id_] = FileState(digest, len(document.text), 0, _READING, copy_of)
        return states


def _same(known: FileState | None, wanted: FileState) -> bool:
    return known is not None and (known.digest, known.copy_of) == (wanted.digest, wanted.copy_of)


def _facts(document: Document) -> str:
    """All of a document but its id."""
    return _renamed(document, "").to_json()


def _renamed(document: Document, id_: str) -> Document:
    return replace(document, id=id_)
