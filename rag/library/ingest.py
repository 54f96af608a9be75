"""Reads, embeds and stores the documents of a sync in batches: its second pass.

Each batch is committed on its own, and no more than one is held in memory. Knows nothing of what
is stored besides; the plan says what to read.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from rag.documents import ARCHIVE, limits, split_passages
from rag.documents.apart import SECONDS
from rag.documents.archive import parse_archive
from rag.documents.kinds import suffix_of
from rag.documents.limits import Allowance
from rag.documents.read import load_bytes
from rag.errors import Cancelled, ReadError
from rag.library.folder import UNKNOWN
from rag.library.looking import Looked
from rag.library.plan import Content, content_of, keeps_title
from rag.library.reading import ToRead, WasRead, Workers, read_here
from rag.library.remarks import note_remarks
from rag.library.rows import Entry, FileState, embedded
from rag.library.seam import LibraryStore
from rag.listing import Failure, Progress, Remark
from rag.models.embedder import Embedder, Vectors
from rag.schema import Document, Passage

BATCH_PASSAGES = 256
BATCH_DOCUMENTS = 200
OnProgress = Callable[[Progress], None]


def stop_if(cancelled: Callable[[], bool]) -> None:
    """Raise `Cancelled` where a stop was asked for."""
    if cancelled():
        raise Cancelled("Stopped. What was indexed so far is kept; index again to go on.")


@dataclass(frozen=True, slots=True)
class _DocumentWork:
    document: Document
    passages: Sequence[Passage]
    state: FileState
    vectors: Mapping[int, Vectors] = field(default_factory=dict)  # made already, by place


@dataclass
class Ingest:
    """One run; what it works with, and what it has done so far.

    Attributes:
        earlier: For a document, the ids under which its passages may be stored already: those
            with the very same text keep their vectors.
        parsed: By what they hold, documents that were parsed already, under whatever name.
        hopeless: By what they hold, files that could not be read before; they are not tried again.
        workers: Who reads, splits and embeds; this process where there are none.
        stored: Ids of the documents that are stored.
        failed: What could not be read.
        passing: Ids of those of them that may be read another time.
        passages: How many were embedded.
    """

    library: LibraryStore
    embedder: Embedder
    longest: int
    progress: OnProgress | None
    cancelled: Callable[[], bool]
    looked: Looked = field(default_factory=Looked)
    earlier: Callable[[str], list[str]] = lambda id_: [id_]
    parsed: Mapping[Content, Document] = field(default_factory=dict)
    hopeless: Mapping[Content, Failure] = field(default_factory=dict)
    workers: Workers | None = None

    stored: set[str] = field(default_factory=set)
    failed: list[Failure] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    passing: set[str] = field(default_factory=set)
    passages: int = 0
    _spoiled: Allowance = field(default_factory=lambda: Allowance(limits.SPOILED_SECONDS))
    _documents: int = 0
    _total: int = 0
    _bytes: int = 0
    _bytes_total: int = 0
    _began: float = field(default_factory=time.monotonic)

    def run(self, files: Mapping[str, tuple[Path, list[str]]]) -> None:
        """Read and store documents.

        Args:
            files: By id, each with its path and the ids of the documents to be read from it.
        """
        ids = [id_ for _, inside in files.values() for id_ in inside]
        self._total += len(ids)
        self._bytes_total += sum(self.looked.lengths[id_] for id_ in ids)
        for batch in self._batches(self._works(files)):
            self._store(batch)

    def run_given(self, documents: Iterable[tuple[Document, FileState]]) -> None:
        """Store documents that are read already."""
        given = list(documents)
        self._total += len(given)
        self._bytes_total += sum(len(document.text) for document, _ in given)

        def works() -> Iterator[_DocumentWork]:
            for document, state in given:
                stop_if(self.cancelled)
                self._documents += 1
                self._bytes += len(document.text)
                yield _DocumentWork(document, split_passages(document, longest=self.longest), state)

        for batch in self._batches(works()):
            self._store(batch)

    def _batches(self, works: Iterable[_DocumentWork]) -> Iterator[list[_DocumentWork]]:
        batch: list[_DocumentWork] = []
        count = 0
        for work in works:
            batch.append(work)
            count += len(work.passages)
            if count >= BATCH_PASSAGES or len(batch) >= BATCH_DOCUMENTS:
                yield batch
                batch, count = [], 0
        if batch:
            yield batch

    def _works(self, files: Mapping[str, tuple[Path, list[str]]]) -> Iterator[_DocumentWork]:
        tasks = self._tasks(files)
        made: Iterable[tuple[ToRead, WasRead]] = ((task, read_here(task)) for task in tasks)
        if self.workers is not None:
            check = partial(stop_if, self.cancelled)
            made = self.workers.make(tasks, self.embedder.identity, check)
        yield from filter(None, (self._work(task, one) for task, one in made))

    def _tasks(self, files: Mapping[str, tuple[Path, list[str]]]) -> Iterator[ToRead]:
        for file, (path, ids) in files.items():
            stop_if(self.cancelled)
            archive = Allowance(limits.ARCHIVE_SECONDS) if suffix_of(file) == ARCHIVE else None
            try:
                for id_, content in self._contents(file, path, ids):
                    stop_if(self.cancelled)
                    yield self._task(id_, content, archive)
            except ReadError as error:
                self.failed.append(Failure(file, str(error)))

    def _contents(
        self, file: str, path: Path, ids: list[str]
    ) -> Iterator[tuple[str, bytes | ReadError]]:
        """What documents of a file are read from: as it was looked at and held, or read again."""
        held = {id_: self.looked.held.pop(id_) for id_ in ids if id_ in self.looked.held}
        if len(held) == len(ids):
            yield from held.items()
            return
        raw, wanted = load_bytes(path), set(ids)
        inside = parse_archive(raw, name=file) if suffix_of(file) == ARCHIVE else [(file, raw)]
        for id_, content in inside:
            if id_ not in wanted:
                continue
            digest = self.looked.files[id_].digest
            if isinstance(content, bytes) and hashlib.sha256(content).hexdigest() != digest:
                content = ReadError(
                    f"{id_} changed while it was read. Sync again once it is whole."
                )
            yield id_, content

    def _task(self, id_: str, content: bytes | ReadError, archive: Allowance | None) -> ToRead:
        """What is to be done for a document, within what it may take."""
        hasty = not self._spoiled.left
        own = limits.HASTE_SECONDS if hasty else 2 * SECONDS  # to read and to split it
        most = own if archive is None else min(own, archive.left)
        known = None
        if isinstance(content, ReadError):
            self.passing.add(id_)
        else:
            held = content_of(id_, self.looked.files[id_].digest)
            before = self.hopeless.get(held)
            if before is not None:
                content = ReadError(before.reason.replace(before.path, id_, 1))
            elif not most:
                content = ReadError(_beyond(id_))
            known = self._known(id_, held)
        kept = frozenset(self._kept([id_]) if self.workers is not None else ())
        return ToRead(id_, content, self.longest, most, known, kept, archive, hasty)

    def _known(self, id_: str, held: Content) -> Document | None:
        """As it was parsed before it came into the folder."""
        known = self.parsed.get(held)
        if known is None or not keeps_title(known.id, id_, lambda _: known.title):
            return None
        return known

    def _work(self, task: ToRead, made: WasRead) -> _DocumentWork | None:
        """A document with its passages; `None` where it cannot be read, which is noted."""
        self._documents += 1
        self._bytes += self.looked.lengths[task.id]
        spent = task.seconds - made.left
        if task.archive is not None:
            task.archive.take(spent)
        if made.document is None:
            self._spoiled.take(spent)
            if made.again:
                self.passing.add(task.id)
            elsewhere = task.archive is not None and not made.left and not task.hasty
            self.failed.append(Failure(task.id, _beyond(task.id) if elsewhere else made.error))
            return None
        state = self.looked.files[task.id]
        if task.archive is not None:  # looked at again until all of it is stored
            state = replace(state, modified=UNKNOWN)
        return _DocumentWork(made.document, made.passages, state, made.vectors)

    def _kept(self, ids: Iterable[str]) -> dict[str, Vectors]:
        """By their texts, the vectors that documents have already."""
        return vectors_by_text(
            self.library.rows.entries(i for id_ in ids for i in self.earlier(id_))
        )

    def _store(self, batch: list[_DocumentWork]) -> None:
        vectors, at = self._vectors(batch), 0
        entries = []
        said = {work.state.digest: work.document.remarks for work in batch}
        note_remarks(self.library, said)  # before: else a kill would leave them unsaid
        self.remarks += [Remark(w.document.id, r) for w in batch for r in w.document.remarks]
        for work in batch:
            end = at + len(work.passages)
            entries.append(Entry(work.document, work.passages, vectors[at:end], work.state))
            at = end
        self.library.add(entries)
        self.stored.update(work.document.id for work in batch)
        self._report(batch, waiting=0)

    def _vectors(self, batch: list[_DocumentWork]) -> Vectors:
        """A vector for each passage of a batch: embedded, or kept where the text is the same."""
        wanted = [
            embedded(work.document, passage.start, passage.end)
            for work in batch
            for passage in work.passages
        ]
        made = [w.vectors.get(place) for w in batch for place in range(len(w.passages))]
        kept = self._kept(work.document.id for work in batch)
        vectors = np.zeros((len(wanted), self.embedder.identity.dimension), np.float32)
        new = []
        for place, text in enumerate(wanted):
            if (before := kept.get(text)) is not None:
                vectors[place] = before
            elif (own := made[place]) is not None:
                vectors[place] = own
                self.passages += 1
            else:
                new.append(place)
        for start in range(0, len(new), BATCH_PASSAGES):
            if start:  # a very long document comes in parts, so that it can be stopped
                self._report(batch, waiting=len(batch))
                stop_if(self.cancelled)
            part = new[start : start + BATCH_PASSAGES]
            vectors[part] = self.embedder.embed([wanted[place] for place in part])
            self.passages += len(part)
        return vectors

    def _report(self, batch: list[_DocumentWork], *, waiting: int) -> None:
        """Tell how far it is; `waiting` documents are read but not stored yet."""
        if self.progress is None:
            return
        spent = time.monotonic() - self._began
        left = spent / self._bytes * (self._bytes_total - self._bytes) if self._bytes else None
        rate = self.passages / spent if spent else 0.0
        done = max(0, self._documents - waiting)
        last = batch[-1].document.id
        self.progress(Progress(done, self._total, self.passages, rate, left, last))


def vectors_by_text(entries: Iterable[Entry]) -> dict[str, Vectors]:
    """The vectors of some documents by the texts that they were made of."""
    return {
        embedded(entry.document, passage.start, passage.end): vector
        for entry in entries
        for passage, vector in zip(entry.passages, entry.vectors, strict=True)
    }


def _beyond(id_: str) -> str:
    return (
        f"{id_} was not read: the archive takes more than {limits.ARCHIVE_SECONDS:.0f} seconds. "
        "Unpack it and add the files."
    )
