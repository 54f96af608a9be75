"""Brings the library in step with a folder, by content hash, in batches.

Each batch is read, embedded and committed on its own, so stopping at any moment keeps what was
done and the next sync goes on from there. A file whose size and time did not change is not read.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from rag.documents import SUFFIXES, split_passages
from rag.documents.read import load_bytes, parse
from rag.errors import Cancelled, FolderError, LibraryError, ReadError
from rag.library.library import Library
from rag.library.store import Entry, FileState
from rag.models.embedder import Embedder
from rag.schema import Document, Failure, Passage, Progress, SyncReport

BATCH_PASSAGES = 256
BATCH_DOCUMENTS = 200
_RECENT_NS = 2_000_000_000

OnProgress = Callable[[Progress], None]


@dataclass
class _Run:
    """What one sync has found and done so far."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    touched: dict[str, FileState] = field(default_factory=dict)
    unchanged: int = 0
    passages: int = 0
    documents: int = 0
    began: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class _Work:
    document: Document
    passages: list[Passage]
    state: FileState


def sync_folder(
    folder: Path,
    library: Library,
    embedder: Embedder,
    *,
    longest: int,
    progress: OnProgress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Add new files, replace changed ones, remove vanished ones, leave the rest.

    Args:
        folder: The folder of articles, with its subfolders; hidden files are passed over.
        library: Where they go.
        embedder: Embeds the passages, each with its title before it.
        longest: Longest passage, in characters.
        progress: Called after each batch.
        cancelled: Asked between files; once true, what is done is kept.

    Raises:
        FolderError: The folder is missing, holds no articles, or belongs to another index.
        LibraryError: The index cannot be written, or another process is writing it.
        Cancelled: `cancelled` said so.
    """
    files = _files(folder)
    lock = FileLock(library.folder / "writer.lock")
    try:
        with lock.acquire(timeout=0.2):
            _claim(folder, library)
            return _sync(folder, files, library, embedder, longest, progress, cancelled)
    except Timeout:
        raise LibraryError(
            f"Another program is writing the index {library.folder}. Wait until it is done."
        ) from None


def _sync(
    folder: Path,
    files: dict[str, Path],
    library: Library,
    embedder: Embedder,
    longest: int,
    progress: OnProgress | None,
    cancelled: Callable[[], bool],
) -> SyncReport:
    states = library.states()
    removed = [id_ for id_ in states if id_ not in files]
    library.remove(removed)
    run = _Run()
    todo = _todo(files, states, run)
    try:
        for batch in _batches(_works(todo, states, longest, run, cancelled)):
            texts = [_embedded(w.document, p) for w in batch for p in w.passages]
            vectors = embedder.embed(texts)
            entries, at = [], 0
            for work in batch:
                end = at + len(work.passages)
                entries.append(Entry(work.document, work.passages, vectors[at:end], work.state))
                at = end
            library.add(entries)
            for work in batch:
                known = work.document.id in states
                (run.changed if known else run.added).append(work.document.id)
            run.passages += len(texts)
            if progress:
                progress(_progress(run, len(todo), batch[-1].document.id))
    finally:
        library.save()
    library.touch(run.touched)
    library.note_failures(run.failed)
    return SyncReport(
        added=tuple(run.added),
        changed=tuple(run.changed),
        removed=tuple(removed),
        unchanged=run.unchanged,
        failed=tuple(run.failed),
        passages=run.passages,
        seconds=time.monotonic() - run.began,
    )


def _files(folder: Path) -> dict[str, Path]:
    """The folder's files by id, hidden ones and links out of the folder left out."""
    if not folder.exists():
        raise FolderError(f"The folder {folder} does not exist. Check the path.")
    if not folder.is_dir():
        raise FolderError(f"{folder} is a file, not a folder. Name the folder it lies in.")
    root = folder.resolve()
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or not path.is_file() or not path.resolve().is_relative_to(root):
            continue
        found[relative.as_posix()] = path
    if not any(path.suffix.lower() in SUFFIXES for path in found.values()):
        known = ", ".join(sorted(SUFFIXES))
        raise FolderError(f"The folder {folder} holds no articles ({known}). Put some there.")
    return found


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


def _todo(files: dict[str, Path], states: dict[str, FileState], run: _Run) -> dict[str, Path]:
    """The files whose size or time differ from what is stored, or cannot be trusted yet."""
    todo = {}
    now = time.time_ns()
    for id_, path in files.items():
        state = states.get(id_)
        if state is not None:
            try:
                facts = path.stat()
            except OSError:
                facts = None
            if (
                facts is not None
                and (facts.st_size, facts.st_mtime_ns) == (state.size, state.modified)
                and now - facts.st_mtime_ns > _RECENT_NS
            ):
                run.unchanged += 1
                continue
        todo[id_] = path
    return todo


def _works(
    todo: dict[str, Path],
    states: dict[str, FileState],
    longest: int,
    run: _Run,
    cancelled: Callable[[], bool],
) -> Iterator[_Work]:
    """Read and split what changed; a file that cannot be read is noted and passed over."""
    for id_, path in todo.items():
        if cancelled():
            raise Cancelled("Stopped. What was indexed so far is kept; index again to go on.")
        run.documents += 1
        try:
            facts = path.stat()
            if path.suffix.lower() not in SUFFIXES:
                parse(b"", name=id_)
            raw = load_bytes(path)
            state = FileState(hashlib.sha256(raw).hexdigest(), facts.st_size, facts.st_mtime_ns)
            if id_ in states and states[id_].digest == state.digest:
                run.unchanged += 1
                run.touched[id_] = state
                continue
            document = parse(raw, name=id_)
        except ReadError as error:
            run.failed.append(Failure(id_, str(error)))
        except OSError as error:
            run.failed.append(Failure(id_, f"{id_} cannot be opened: {error.strerror}."))
        else:
            yield _Work(document, split_passages(document, longest=longest), state)


def _batches(works: Iterator[_Work]) -> Iterator[list[_Work]]:
    batch: list[_Work] = []
    passages = 0
    for work in works:
        batch.append(work)
        passages += len(work.passages)
        if passages >= BATCH_PASSAGES or len(batch) >= BATCH_DOCUMENTS:
            yield batch
            batch, passages = [], 0
    if batch:
        yield batch


def _embedded(document: Document, passage: Passage) -> str:
    return f"{document.title}\n{document.text[passage.start : passage.end]}"


def _progress(run: _Run, total: int, current: str) -> Progress:
    spent = time.monotonic() - run.began
    left = spent / run.documents * (total - run.documents) if run.documents else None
    rate = run.passages / spent if spent else 0.0
    return Progress(run.documents, total, run.passages, rate, left, current)
