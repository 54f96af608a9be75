"""A library on a Milvus server, that many machines may share.

Owns searching it, and changing its passages. `rag.library.milvus_rows` has what is known of its
documents, `rag.library.milvus_lease` who writes, `rag.library.milvus_server` every request. Why it
is made so: docs/decisions/0027-a-library-on-milvus.md.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from rag.errors import EmbedderMismatch, LibraryError, RagError
from rag.library.corrections import checked
from rag.library.kept import Kept, Latest
from rag.library.milvus_forms import (
    Shelved,
    asked_for,
    collection_number,
    filed_under,
    known_as,
    letters,
    owner_of,
    passage_of,
    passage_rows,
    unpacked,
)
from rag.library.milvus_lease import Lease
from rag.library.milvus_rows import FORMAT, MilvusRows
from rag.library.milvus_server import MilvusServer
from rag.library.remarks import with_remarks
from rag.library.rows import Entry, Settlement, Stored
from rag.library.seam import ALL, Filters, Match
from rag.listing import DocumentInfo, Failure
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.schema import Document

_FRESH = 1.0  # seconds for which what others change may go unseen
_ROOM = 32_000_000  # characters of documents that are held
_PASSAGES = 50_000  # whose places are held


class MilvusLibrary:
    """A `LibraryStore` on a Milvus server; conversations and settings lie in the index folder.

    `identity` and `longest` are of one that is new; without an embedder it must be there.

    Raises:
        LibraryError: The server cannot be reached, or what is there is no library of this version.
    """

    shared = True

    def __init__(
        self,
        address: str,
        folder: Path,
        *,
        identity: EmbedderIdentity | None = None,
        longest: int = 0,
    ) -> None:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        self.folder, self.address = folder, address
        self._server = MilvusServer(address, identity.dimension if identity else 0)
        self._following = threading.Lock()
        self._held_texts = Latest[int, Document](_ROOM)
        self._held_places = Latest[int, str](_PASSAGES)
        try:
            self.rows = MilvusRows(self._server)
            if identity is not None:
                self.rows.begin(identity, longest)
            self.identity = self._held()
        except BaseException:
            self.close()
            raise
        self._lease = Lease(self._server, folder, self.called)
        self._kept = Kept(lambda: self.rows.generation)
        self._looked = time.monotonic()

    @property
    def called(self) -> str:
        """What messages call it."""
        return f"The library {self.address}"

    def close(self) -> None:
        self._server.close()

    @contextmanager
    def writing(self, *, waiting: Callable[[], object] | None = None) -> Iterator[None]:
        with self._lease.held(waiting) as first:
            if first:
                self._mended()
            yield

    def refresh(self) -> None:
        with self.writing(), self._following:
            self.rows.read(sure=True)
            self._looked = time.monotonic()

    def is_of(self, identity: EmbedderIdentity, longest: int) -> bool:
        return (self.rows.identity(), self.fact("passage_characters")) == (identity, str(longest))

    def must_be_of(self, identity: EmbedderIdentity) -> None:
        if identity != self.identity:
            raise EmbedderMismatch(
                f"{self.called} holds passages embedded with {self.identity.name}, not with "
                f"{identity.name} or its present weights. Set that embedder again, or index into "
                "a library of another name."
            )

    def steady(self) -> AbstractContextManager[None]:
        """Inside, the embedder stays the one it is; here it always does."""
        return nullcontext()

    def counts(self, filters: Filters = ALL) -> tuple[int, int]:
        known, ids = self._now().documents, filters.documents
        rows = list((known if ids is None else self._named(ids)).values())
        days = (filters.after or date.min, filters.before or date.max)
        if filters.after or filters.before:
            rows = [r for r in rows if r.info.date and days[0] <= r.info.date <= days[1]]
        return len(rows), sum(row.info.passages for row in rows)

    def document(self, id_: str) -> Document | None:
        row = self._now().find(id_)
        return None if row is None else self._texts([row]).get(row.number)

    def documents(self) -> list[DocumentInfo]:
        return with_remarks(self, self._now_kept("documents", self.rows.infos))

    def correct(self, id_: str, facts: Mapping[str, str | date | None]) -> None:
        kept = checked(facts)
        row = self._now().find(id_)
        if row is None:
            raise RagError(f"There is no article {id_} in the library.")
        with self.writing():
            self.rows.set_by_hand(row.info.id, kept)
            self._file([row.info.id])
            self.rows.finish()

    def dates(self) -> list[date]:
        days = {row.info.date for row in self._now().documents.values()}
        return sorted(day for day in days if day is not None)

    def languages(self) -> tuple[str, ...]:
        return tuple(self._now_kept("languages", self.rows.languages))

    def failures(self) -> list[Failure]:
        return self._now().failures()

    def fact(self, name: str) -> str | None:
        return self._now().fact(name)

    def add(self, entries: Sequence[Entry]) -> None:
        with self.writing():
            ids = [entry.document.id for entry in entries]
            self._lease.renew()
            numbers = self.rows.numbers(len(entries), ids)
            rows = []
            for number, entry in zip(numbers, entries, strict=True):
                row = self.rows.shelve(number, entry)
                self._server.put_passages(passage_rows(entry, row))
                rows.append((row, entry.document))
            self.rows.take(rows)

    def settle(self, changes: Settlement) -> None:
        if changes:
            with self.writing():
                self._lease.renew()
                self.rows.settle(changes)
                moves = changes.moves.items()
                self._file(
                    now for was, now in moves if collection_number(was) != collection_number(now)
                )
                self.rows.finish()

    def save(self) -> None:
        """Nothing is to be done: Milvus keeps its own indexes."""

    def match(
        self,
        vector: Vectors,
        words: Sequence[str] | Mapping[str, float],
        *,
        limit: int,
        filters: Filters = ALL,
    ) -> list[Match]:
        """See `LibraryStore`; what words count is taken to a tenth."""
        live = self._now().live
        within = self._within(filters)
        if within is None or limit < 1 or not live:
            return []
        text, times = asked_for(words)
        found = self._server.found(vector.tolist(), text, limit, within)
        found = [hit for hit in found if owner_of(hit[0]) in live]
        if not found:
            return []
        numbers, scores, payloads = zip(*found, strict=True)
        vectors, places = unpacked(payloads)
        self._held_places.put(dict(zip(numbers, places, strict=True)))
        # 0 comes as -0 where the product that does not count is below it
        lexical = (abs(score) / times for score in scores)
        return list(map(Match, numbers, (vectors @ vector).tolist(), lexical))

    def passages(self, numbers: Sequence[int]) -> dict[int, Stored]:
        places, live = self._places(numbers), self.rows.live
        rows = {n: row for n in places if (row := live.get(owner_of(n))) is not None}
        texts = self._texts(list({row.number: row for row in rows.values()}.values()))
        return {
            n: Stored(passage_of(row.info.id, places[n]), texts[row.number])
            for n, row in rows.items()
            if row.number in texts
        }

    def documents_of(self, numbers: Sequence[int], *, boilerplate: bool) -> list[int]:
        places, live = self._places(numbers), self.rows.live
        return [
            owner_of(n)
            for n in numbers
            if n in places
            and owner_of(n) in live
            and (boilerplate or not passage_of("", places[n]).boilerplate)
        ]

    def weight(self, word: str) -> float:
        known: dict[str, int] = self._now_kept("frequencies", dict)
        if word not in known:
            known[word] = self._server.frequency(letters(word))
        total, found = self._now_kept("counts", self.counts)[1], known[word]
        return math.log(1 + (total - found + 0.5) / (found + 0.5))

    def _held(self) -> EmbedderIdentity:
        """The embedder whose vectors are here."""
        identity, format_ = self.rows.identity(), self.rows.fact("format")
        if identity is None or format_ != FORMAT:
            raise LibraryError(
                f"{self.called} is of the format {format_}, which this version of Quoth does not "
                "know. Use the version that wrote it, or index into a library of another name."
            )
        return identity

    def _mended(self) -> None:
        """End what was broken off by who wrote last."""
        self.rows.read(sure=True)
        if self.rows.pending:
            live = self.rows.live
            self._file([live[n].info.id for n in self.rows.pending if n in live])
            self.rows.finish()

    def _file(self, ids: Iterable[str]) -> None:
        """Give the passages of documents the day and the collection that their rows tell."""
        for row in filter(None, map(self.rows.documents.get, ids)):
            under = filed_under(row)
            passages = self._server.passages_of(row.number)
            self._server.put_passages(p | under for p in passages if p | under != p)

    def _now(self) -> MilvusRows:
        """The rows, with what others had changed until a moment ago."""
        if time.monotonic() - self._looked > _FRESH and self._following.acquire(blocking=False):
            try:
                self.rows.follow()
                self._looked = time.monotonic()
            finally:
                self._following.release()
        self._server.open_or_raise()
        return self.rows

    def _now_kept(self, name: str, make: Callable[[], Any]) -> Any:
        self._now()
        return self._kept.get(name, make)

    def _named(self, ids: Sequence[str]) -> dict[int, Shelved]:
        """The documents with these ids, or that hold the same as files with them."""
        rows = (self.rows.of_file(id_) for id_ in ids)
        return {row.number: row for row in rows if row is not None}

    def _within(self, filters: Filters) -> str | None:
        """The filters as Milvus takes them; `None` where they let nothing through."""
        parts, after, before = [], filters.after, filters.before
        if filters.documents is not None:
            rows = self._named(filters.documents)
            if not rows:
                return None
            held = self._now_kept("collections", self.rows.collections)
            among = sorted({collection_number(row.info.id) for row in rows.values()})
            parts.append(f"collection in {among}")  # names the partitions to be searched
            if len(rows) < sum(held[one] for one in among):
                parts.append(f"document in {sorted(rows)}")
        if after or before:
            parts.append(f"day >= {after.toordinal() if after else 1}")
        if before:
            parts.append(f"day <= {before.toordinal()}")
        return " and ".join(parts)

    def _places(self, numbers: Sequence[int]) -> dict[int, str]:
        """Where passages stand, as far as they are there; that never changes."""
        found = self._held_places.get(numbers)
        more = self._server.payloads([n for n in numbers if n not in found])
        if more:
            places = dict(zip(more, unpacked(list(more.values()))[1], strict=True))
            self._held_places.put(places)
            found |= places
        return found

    def _texts(self, rows: Collection[Shelved]) -> dict[int, Document]:
        """Whole documents by number, each as it is known now."""
        found = self._held_texts.get(row.number for row in rows)
        more = self.rows.texts([row for row in rows if row.number not in found])
        self._held_texts.put(more, lambda document: len(document.text))
        found |= more
        infos = {row.number: row.info for row in rows}
        return {n: known_as(document, infos[n]) for n, document in found.items()}
