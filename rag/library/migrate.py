"""Copies a library into another one: from an index folder to a server, or back.

What is there already is not copied again, so that a copy that was stopped or killed goes on. In
the end both are read and compared, document by document. Knows nothing of how either is kept.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from rag.errors import Cancelled, EmbedderMismatch, LibraryError
from rag.library.ingest import OnProgress
from rag.library.library import SPLIT_BEFORE
from rag.library.remarks import note_failures
from rag.library.rows import Entry, Settlement
from rag.library.seam import LibraryStore
from rag.listing import Progress
from rag.plain import Plain

_BATCH = 50  # documents


@dataclass(frozen=True, slots=True)
class Migration(Plain):
    """What a library holds that is the same as another now, and how many documents were copied.

    `digest` is the SHA-256 over every document, its passages, vectors and file, the same of both.
    """

    documents: int
    passages: int
    copied: int
    digest: str


def migrate(
    source: LibraryStore,
    target: LibraryStore,
    *,
    progress: OnProgress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Migration:
    """Make a library hold what another one does; that one stays as it is.

    The target is of the same embedder and passage limit; empty, or begun by an earlier call.

    Raises:
        EmbedderMismatch: The target is of another embedder or limit.
        LibraryError: Another program writes one of them; the target holds other articles; or it
            is not the same in the end.
        Cancelled: `cancelled` said so; what is done is kept.
    """
    with source.writing(), target.writing():
        source.refresh()
        target.refresh()
        _must_fit(source, target)
        run = _Copy(source, target, progress, cancelled)
        there = target.rows.states()
        run.copy([i for i in run.ids if there.get(i) != run.states[i]])
        run.rest()
        wrong = [id_ for id_, same in run.compared() if not same]  # of a copy that was damaged
        run.copy(wrong)
        if wrong and not all(same for _, same in run.compared()):
            raise LibraryError(
                f"{target.called} is not the same as what was copied, beginning with {wrong[0]}. "
                "Check its disk and memory, and migrate into a new one."
            )
        documents, passages = target.counts()
        if (documents, passages) != source.counts():
            raise LibraryError(
                f"{target.called} holds {documents:,} articles in {passages:,} passages, not what "
                "was copied. Migrate into a new one."
            )
        return Migration(documents, passages, run.done, run.digest.hexdigest())


def _must_fit(source: LibraryStore, target: LibraryStore) -> None:
    limit = source.fact("passage_characters") or ""
    if source.fact(SPLIT_BEFORE) is not None:
        raise LibraryError(
            f"{source.called} is being split anew. Run python -m rag index until it is done."
        )
    target.must_be_of(source.identity)
    if not target.is_of(source.identity, int(limit)):
        raise EmbedderMismatch(
            f"{target.called} has passages of another length than {limit} characters. Migrate into "
            "a new one."
        )
    others = sorted(target.rows.states().keys() - source.rows.states().keys())
    if others:
        raise LibraryError(
            f"{target.called} holds {len(others):,} articles that are not among those to be "
            f"copied, {others[0]} for example. Migrate into an empty one."
        )


@dataclass
class _Copy:
    """One run, and how far it is."""

    source: LibraryStore
    target: LibraryStore
    progress: OnProgress | None
    cancelled: Callable[[], bool]
    done: int = 0

    def __post_init__(self) -> None:
        every = self.source.rows.states()
        self.states = {id_: state for id_, state in every.items() if not state.copy_of}
        self.copies = {id_: (s.copy_of, s) for id_, s in every.items() if s.copy_of}
        self.ids = sorted(self.states)
        self.began = time.monotonic()

    def copy(self, ids: list[str]) -> None:
        """Copy documents, batch by batch, with what is set of them by hand."""
        held = self.source.rows.corrections()
        if sorted(held) != sorted(self.target.rows.corrections()):
            self.target.rows.keep_corrections(held)
        passages, left = 0, iter(ids)
        while some := list(islice(left, _BATCH)):
            if self.cancelled():
                raise Cancelled("Stopped. What was copied so far is kept; migrate again to go on.")
            entries = list(self.source.rows.entries(some))
            self.target.add(entries)
            self.done += len(entries)
            passages += sum(len(entry.passages) for entry in entries)
            if self.progress is not None:
                spent = max(time.monotonic() - self.began, 1e-6)
                to_do = len(ids) - self.done
                facts = passages, passages / spent, spent / self.done * to_do, some[-1]
                self.progress(Progress(self.done, len(ids), *facts))

    def rest(self) -> None:
        """All that is no document."""
        source, target = self.source, self.target
        known = target.rows.states()
        lacking = {id_: held for id_, held in self.copies.items() if known.get(id_) != held[1]}
        before = target.rows.former()
        former = {i: now for i, now in source.rows.former().items() if before.get(i) != now}
        target.settle(Settlement(copies=lacking, former=former))
        note_failures(target, source.failures(), states=source.rows.unread())
        folder = source.fact("folder")
        if folder is not None:
            target.rows.set_facts({"folder": folder})
        target.save()

    def compared(self) -> Iterator[tuple[str, bool]]:
        """Of each document, whether it is the same in both; sets the digest over all."""
        self.digest = hashlib.sha256()
        both = zip(self._digests(self.source), self._digests(self.target), strict=True)
        for id_, (one, other) in zip(self.ids, both, strict=True):
            self.digest.update(other)
            yield id_, one == other

    def _digests(self, library: LibraryStore) -> Iterator[bytes]:
        for id_ in self.ids:
            if self.cancelled():
                raise Cancelled("Stopped. All is copied, but not compared; migrate again for that.")
            yield next(map(digest_of, library.rows.entries([id_])), b"")


def digest_of(entry: Entry) -> bytes:
    """The SHA-256 of a document with its passages, its vectors in half precision and its file."""
    spans = [(p.start, p.end, p.boilerplate, *p.sentences) for p in entry.passages]
    state = replace(entry.state, copy_of="")
    text = repr((entry.document.to_json(), spans, state)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text + entry.vectors.astype(np.float16).tobytes()).digest()
