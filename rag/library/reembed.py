"""Another embedder, or another passage limit: the library is brought to it while it serves.

For an embedder, fresh vectors are gathered beside those that are searched and put in place at
once. For a limit, documents are split again batch by batch; passages of both limits are searched
meanwhile. Each batch is a transaction, so that stopping at any moment keeps what was done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rag.documents import split_passages
from rag.errors import Cancelled, EmbedderMismatch, ModelError
from rag.library.fresh import Fresh
from rag.library.gate import Writer
from rag.library.ingest import OnProgress
from rag.library.library import SPLIT_BEFORE, Library
from rag.library.rows import Entry, embedded
from rag.library.seam import LibraryStore
from rag.listing import Progress
from rag.models.embedder import Embedder, EmbedderIdentity, Vectors

BATCH = 256  # passages
_DOCUMENTS = 20  # that are split again at once, at most


def reembed(
    library: LibraryStore,
    embedder: Embedder,
    longest: int,
    *,
    progress: OnProgress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Bring all passages to an embedder and a passage limit; how many were embedded.

    Goes on where an earlier call was stopped or killed. The library can be searched and synced
    meanwhile, with the embedder that it is of. Where another program is doing the same, it is left
    to that one.

    Raises:
        EmbedderMismatch: The library is on a server, where none is brought to another one.
        LibraryError: The index cannot be written.
        ModelError: The embedder fails.
        Cancelled: `cancelled` said so; what is done is kept.
    """
    whole = library.is_of(embedder.identity, longest)
    if not isinstance(library, Library):
        if not whole:
            raise EmbedderMismatch(
                f"{library.called} is of the embedder {library.identity.name} and passages of "
                f"{library.fact('passage_characters')} characters, not of {embedder.identity.name} "
                f"and {longest}. Set those again, or index into a library of another name."
            )
        return 0
    if whole:
        library.rows.forget_fresh()  # of a change that was taken back
        return 0
    run = _Run(library, embedder, longest, progress, cancelled)
    only_one = Writer(library.folder, "reembed.lock")
    if only_one.taken(0):
        with only_one.given_back():
            run.all()
    return run.done


class Matching:
    """An `Embedder` that is always the one whose vectors the library holds.

    `wanted` is the one that the settings name; `load` loads another by its name.
    """

    def __init__(
        self, library: LibraryStore, wanted: Embedder, load: Callable[[str], Embedder]
    ) -> None:
        self._library, self.wanted, self._load = library, wanted, load
        self._lock = threading.Lock()
        self._other: Embedder | EmbedderMismatch | None = None
        self._tried: EmbedderIdentity | None = None

    def want(self, embedder: Embedder) -> None:
        """Change what is wanted; the earlier one goes on for as long as the library is of it."""
        with self._lock:
            earlier, self.wanted = self.wanted, embedder
            if earlier.identity == self.identity != embedder.identity:
                self._other, self._tried = earlier, earlier.identity

    @property
    def identity(self) -> EmbedderIdentity:
        return self._library.identity

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts, each row of length 1.

        Raises:
            EmbedderMismatch: The library's embedder is not there any more.
        """
        return self.now().embed(texts)

    def now(self) -> Embedder:
        """The one that the library is of. Raises as `embed`."""
        identity = self.identity
        with self._lock:
            if self.wanted.identity == identity:
                self._other = self._tried = None
                return self.wanted
            if self._tried != identity:
                self._other, self._tried = self._loaded(identity), identity
            other = self._other
        if isinstance(other, EmbedderMismatch) or other is None:
            raise other or EmbedderMismatch("")
        return other

    def _loaded(self, identity: EmbedderIdentity) -> Embedder | EmbedderMismatch:
        why = "its weights are others now"
        try:
            other = self._load(identity.name)
            if other.identity == identity:
                return other
        except ModelError as error:
            why = f"it cannot be loaded any more ({error})"
        return EmbedderMismatch(
            f"The passages in {self._library.folder} were embedded with {identity.name}, and {why}."
            " Run python -m rag index to embed them anew."
        )


@dataclass
class _Run:
    """One call: what it works with, and what it has done so far."""

    library: Library
    embedder: Embedder
    longest: int
    progress: OnProgress | None
    cancelled: Callable[[], bool]
    done: int = 0
    began: float = field(default_factory=time.monotonic)

    def all(self) -> None:
        """First the vectors, since the earlier embedder may not be there any more."""
        with self.library.writing(waiting=self._check):
            self.library.refresh()
        if self.embedder.identity != self.library.identity:
            self.vectors()
        self.passages()

    def vectors(self) -> None:
        """Give every passage a vector of the embedder, then put them in place."""
        fresh = Fresh(self.library.file, self.embedder.identity)
        try:
            while True:
                last = 0
                while some := fresh.lacking(BATCH, last):
                    self._check()
                    last = some[-1][0]
                    vectors = self.embedder.embed([text for _, text in some])
                    fresh.keep([number for number, _ in some], vectors)
                    self._told(len(some), *fresh.counts())
                with self.library.writing(waiting=self._check):
                    if self.library.exchange(fresh.put_in_place):
                        break
        finally:
            fresh.close()
        self._save()

    def passages(self) -> None:
        """Split and embed all documents again that are of another limit."""
        rows = self.library.rows
        if rows.fact("passage_characters") != str(self.longest):
            before = {SPLIT_BEFORE: str(rows.last_number())}
            rows.set_facts({"passage_characters": str(self.longest), **before})
        limit = int(rows.fact(SPLIT_BEFORE) or 0)
        while entries := self._split_again(limit):
            self._check()
            with self.library.writing(waiting=self._check):
                self.library.refresh()
                self.library.must_be_of(self.embedder.identity)
                now = self.library.rows.states()
                self.library.add([e for e in entries if now.get(e.document.id) == e.state])
            self._told(sum(len(e.passages) for e in entries), *rows.split_counts(limit))
        rows.drop_fact(SPLIT_BEFORE)
        self._save()

    def _split_again(self, limit: int) -> list[Entry]:
        """The next few documents, split and embedded; not stored yet."""
        entries: list[Entry] = []
        count = 0
        for document, state in self.library.rows.up_to(limit, _DOCUMENTS):
            passages = split_passages(document, longest=self.longest)
            texts = [embedded(document, p.start, p.end) for p in passages]
            starts = range(0, len(texts), BATCH)
            parts = [self.embedder.embed(texts[at : at + BATCH]) for at in starts]
            vectors = np.concatenate(parts) if parts else self.embedder.embed([])
            entries.append(Entry(document, passages, vectors, state))
            count += len(passages)
            if count >= BATCH:
                break
        return entries

    def _save(self) -> None:
        with self.library.writing(waiting=self._check):
            self.library.refresh()
            self.library.save()

    def _check(self) -> None:
        if self.cancelled():
            raise Cancelled("Stopped. What was embedded so far is kept; index again to go on.")

    def _told(self, more: int, done: int, total: int) -> None:
        self.done += more
        if self.progress is None:
            return
        rate = self.done / max(time.monotonic() - self.began, 1e-6)
        documents = self.library.counts()[0]
        left = (total - done) / rate
        self.progress(Progress(documents, documents, done, rate, left, "", passages_total=total))
