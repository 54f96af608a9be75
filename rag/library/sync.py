"""Brings the library in step with a folder, or with some of its files, by content hash.

Works in batches: each is read, embedded and committed on its own, so stopping at any moment keeps
what was done and the next sync goes on from there. A file whose size and time did not change is
not read.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rag.documents import ARCHIVE, READING, SUFFIXES, split_passages
from rag.documents.read import load_bytes, parse, parse_archive
from rag.errors import Cancelled, FolderError, LibraryError, ReadError
from rag.library.folder import Found, file_id, find_files, gone, held_by, look_at, no_articles
from rag.library.library import Library
from rag.library.rows import Entry, FileState
from rag.listing import Failure, Progress, SyncReport
from rag.models.embedder import Embedder, Vectors
from rag.schema import Document, Passage

BATCH_PASSAGES = 256
BATCH_DOCUMENTS = 200
_UNFINISHED = -1  # the time of a file in an archive that was not read to its end
_RECENT_NS = 2_000_000_000  # a file may change again within what its time can tell

OnProgress = Callable[[Progress], None]


def sync_folder(
    folder: Path,
    library: Library,
    embedder: Embedder,
    *,
    longest: int,
    only: Collection[str] | None = None,
    progress: OnProgress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Add new files, replace changed ones, remove vanished ones, leave the rest.

    A folder without articles is an empty library, but never empties one: it may be the place
    where a disk is missing.

    Args:
        folder: The folder of articles, with its subfolders; hidden files are passed over.
        library: Where they go.
        embedder: Embeds the passages, each with its title before it.
        longest: Longest passage, in characters.
        only: Ids of the only files to look at; the others stay as they are.
        progress: Called after each batch.
        cancelled: Asked between files and batches; once true, what is done is kept.

    Raises:
        FolderError: The folder is missing, belongs to another index, or holds no articles
            although its library does.
        EmbedderMismatch: The library is of another embedder.
        LibraryError: The index cannot be written, or another process is writing it.
        Cancelled: `cancelled` said so.
    """
    with library.writing():
        library.refresh()
        library.must_be_of(embedder.identity)
        _claim(folder, library)
        if only is None:
            found = find_files(folder, leave_out=library.folder)
            if found.empty and library.counts()[0]:
                raise no_articles(folder)
        else:
            only = {file_id(folder, id_, leave_out=library.folder) for id_ in only}
            found = look_at(folder, only, leave_out=library.folder)
            only = [id_ for id_ in only if id_ in found.files or gone(folder, id_)]
        return _Sync(library, embedder, longest, progress, cancelled).run(found, only)


def _claim(folder: Path, library: Library) -> None:
    """Note whose folder the index is, and refuse another one's while that one exists."""
    own = str(folder.resolve())
    owner = library.fact("folder")
    if owner and owner != own and Path(owner).is_dir() and library.counts()[0]:
        raise FolderError(
            f"The index {library.folder} belongs to the folder {owner}. "
            f"Choose another index folder for {folder}."
        )
    if owner != own:
        library.set_fact("folder", own)


@dataclass(frozen=True, slots=True)
class _Work:
    document: Document
    passages: list[Passage]
    state: FileState


@dataclass
class _Sync:
    """One run: what it works with, and what it has found and done so far."""

    library: Library
    embedder: Embedder
    longest: int
    progress: OnProgress | None
    cancelled: Callable[[], bool]

    known: dict[str, FileState] = field(default_factory=dict)
    states: dict[str, FileState] = field(default_factory=dict)  # of `known`, what need not be read
    todo: dict[str, Path] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    touched: dict[str, FileState] = field(default_factory=dict)
    unchanged: int = 0
    documents: int = 0
    passages: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    began: float = field(default_factory=time.monotonic)

    def run(self, found: Found, only: Collection[str] | None) -> SyncReport:
        known = self.known = self.library.states()
        if not known:
            self.library.set_fact("reading", READING)
        self._remove(
            id_
            for id_ in known
            if (only is None or held_by(id_, only)) and not found.hides(id_)
            if held_by(id_, found.files) is None
        )
        self.failed.extend(found.failed)
        as_now = self.library.fact("reading") in (None, READING)
        self.states = known if as_now else {}
        self._plan(found.files)
        try:
            for batch in self._batches():
                self._store(batch)
        except BaseException:
            with suppress(LibraryError):  # the first error tells more
                self.library.save()
            raise
        self.library.save()
        self.library.touch(self.touched)
        self.library.note_failures(self.failed, only)
        if only is None:
            self.library.set_fact("reading", READING)
        return self._reported()

    def _remove(self, ids: Iterable[str]) -> None:
        gone = list(ids)
        self.library.remove(gone)
        self.removed.extend(gone)

    def _reported(self) -> SyncReport:
        return SyncReport(
            added=tuple(self.added),
            changed=tuple(self.changed),
            removed=tuple(self.removed),
            unchanged=self.unchanged,
            failed=tuple(self.failed),
            passages=self.passages,
            seconds=time.monotonic() - self.began,
        )

    def _plan(self, files: dict[str, Path]) -> None:
        """Choose the files whose size or time differ from what is stored, or are too recent."""
        now = time.time_ns()
        held: dict[str, list[FileState]] = {}
        for id_, state in self.states.items():
            held.setdefault(held_by(id_, files) or id_, []).append(state)
        for id_, path in files.items():
            size, modified = 0, -1
            with suppress(OSError):  # told when it is read
                facts = path.stat()
                size, modified = facts.st_size, facts.st_mtime_ns
            states = held.get(id_, ())
            same = states and all((s.size, s.modified) == (size, modified) for s in states)
            if same and now - modified > _RECENT_NS:
                self.unchanged += len(states)
                self.failed.extend(self._failed_in(id_))
            else:
                self.todo[id_] = path
                self.bytes_total += size

    def _failed_in(self, id_: str) -> list[Failure]:
        """What could not be read in an archive when it was looked at last."""
        if not id_.lower().endswith(ARCHIVE):
            return []
        return [f for f in self.library.failures() if f.path.startswith(f"{id_}/")]

    def _batches(self) -> Iterator[list[_Work]]:
        batch: list[_Work] = []
        passages = 0
        for work in self._works():
            batch.append(work)
            passages += len(work.passages)
            if passages >= BATCH_PASSAGES or len(batch) >= BATCH_DOCUMENTS:
                yield batch
                batch, passages = [], 0
        if batch:
            yield batch

    def _works(self) -> Iterator[_Work]:
        """Read and split what changed; a file that cannot be read is noted and passed over."""
        for id_, path in self.todo.items():
            self._check_cancelled()
            self.documents += 1
            try:
                yield from self._read(id_, path)
            except ReadError as error:
                self.failed.append(Failure(id_, str(error)))
            except OSError as error:
                self.failed.append(Failure(id_, f"{id_} cannot be opened: {error.strerror}."))

    def _read(self, id_: str, path: Path) -> Iterator[_Work]:
        """The file's documents and passages, without those whose content is what is stored."""
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            parse(b"", name=id_)  # says which kinds are read
        facts = path.stat()
        raw = load_bytes(path)
        self.bytes_done += facts.st_size
        state = FileState("", facts.st_size, facts.st_mtime_ns)
        if suffix == ARCHIVE:
            yield from self._inside(id_, raw, state)
        elif (work := self._work(id_, raw, state)) is not None:
            yield work

    def _inside(self, id_: str, raw: bytes, state: FileState) -> Iterator[_Work]:
        """An archive's documents; each is looked at again until all of them are stored."""
        seen = set()
        for inside, content in parse_archive(raw, name=id_):
            self._check_cancelled()
            seen.add(inside)
            try:
                if isinstance(content, ReadError):
                    raise content
                work = self._work(inside, content, state)
            except ReadError as error:
                self.failed.append(Failure(inside, str(error)))
                continue
            if work is not None:
                self.touched[inside] = work.state
                yield replace(work, state=replace(work.state, modified=_UNFINISHED))
        self._remove(k for k in self.known if k.startswith(f"{id_}/") and k not in seen)

    def _work(self, id_: str, raw: bytes, state: FileState) -> _Work | None:
        """A document with its passages; `None` where its content is what is stored."""
        state = replace(state, digest=hashlib.sha256(raw).hexdigest())
        if id_ in self.states and self.states[id_].digest == state.digest:
            self.unchanged += 1
            self.touched[id_] = state
            return None
        document = parse(raw, name=id_)
        return _Work(document, split_passages(document, longest=self.longest), state)

    def _store(self, batch: list[_Work]) -> None:
        vectors = self._embed([_embedded(w.document, p) for w in batch for p in w.passages], batch)
        entries, at = [], 0
        for work in batch:
            end = at + len(work.passages)
            entries.append(Entry(work.document, work.passages, vectors[at:end], work.state))
            at = end
        self.library.add(entries)
        for work in batch:
            (self.changed if work.document.id in self.known else self.added).append(
                work.document.id
            )
        self._report(batch, waiting=0)

    def _embed(self, texts: list[str], batch: list[_Work]) -> Vectors:
        """Embed a batch; a very long document in several parts, so that it can be stopped."""
        parts = []
        for start in range(0, len(texts), BATCH_PASSAGES):
            if start:
                self._report(batch, waiting=len(batch))
                self._check_cancelled()
            part = texts[start : start + BATCH_PASSAGES]
            parts.append(self.embedder.embed(part))
            self.passages += len(part)
        return np.concatenate(parts) if parts else self.embedder.embed([])

    def _check_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled("Stopped. What was indexed so far is kept; index again to go on.")

    def _report(self, batch: list[_Work], *, waiting: int) -> None:
        """Tell how far it is; `waiting` documents are read but not stored yet."""
        if self.progress is None:
            return
        spent = time.monotonic() - self.began
        left = (
            spent / self.bytes_done * (self.bytes_total - self.bytes_done)
            if self.bytes_done
            else None
        )
        rate = self.passages / spent if spent else 0.0
        done, total = max(0, self.documents - waiting), len(self.todo)
        last = batch[-1].document.id
        self.progress(Progress(done, total, self.passages, rate, left, last))


def _embedded(document: Document, passage: Passage) -> str:
    return f"{document.title}\n{document.text[passage.start : passage.end]}"
