"""Brings the library in step with a folder, or with some of its files, by content hash.

Looks at what changed, makes a plan, and does it: what only moved, vanished or is there twice is
settled in one transaction, and the rest read in batches. Stopping at any moment keeps what was
done, and the next sync goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rag.documents import READING, scans
from rag.errors import FolderError, LibraryError
from rag.library.folder import UNKNOWN, FoundFiles, held_by
from rag.library.ingest import Ingest, OnProgress, stop_if
from rag.library.looking import Looked, look
from rag.library.plan import Content, Plan, content_of, make_plan
from rag.library.reading import Workers
from rag.library.remarks import note_failures
from rag.library.roots import Roots
from rag.library.rows import FileState, Settlement
from rag.library.seam import LibraryStore
from rag.listing import Failure, SyncReport
from rag.models.embedder import Embedder
from rag.schema import Document


def sync_folder(
    folder: Path | Roots,
    library: LibraryStore,
    embedder: Embedder,
    *,
    longest: int,
    only: Collection[str] | None = None,
    parsed: Mapping[Content, Document] | None = None,
    workers: Workers | None = None,
    progress: OnProgress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Add new files, replace changed ones, remove vanished ones, leave the rest.

    An article whose file got another name is not embedded again, and of several files with the
    very same content one is indexed. A folder without articles is an empty library, but never
    empties one: it may be the place where a disk is missing.

    Args:
        folder: The folder of articles, with its subfolders, or several; hidden files are passed
            over.
        library: Where they go.
        embedder: Embeds the passages, each with its title before it.
        longest: Longest passage, in characters.
        only: Ids of the only files to look at, with those that hold the same; the others stay as
            they are.
        parsed: Documents that are parsed already, by what their files hold.
        workers: Who reads, splits and embeds; this process where there are none. It alone writes.
        progress: Called after each batch.
        cancelled: Asked between files and batches; once true, what is done is kept.

    Raises:
        FolderError: The folder is missing, belongs to another index, or holds no articles
            although its library does.
        EmbedderMismatch: The library is of another embedder.
        LibraryError: The index cannot be written, or another process is writing it.
        ClusterError: The workers are gone, or cannot do it.
        Cancelled: `cancelled` said so.
    """
    began = time.monotonic()
    with library.writing():
        library.refresh()
        library.must_be_of(embedder.identity)
        roots = Roots.of(folder)
        claim(library, roots.folders, str(folder))
        about = parsed or {}, workers, progress, cancelled
        sync = _Sync(roots, library, embedder, longest, *about)
        return replace(sync.run(only), seconds=time.monotonic() - began)


def claim(library: LibraryStore, folders: Collection[Path], shown: str) -> None:
    """Note whose articles the index holds, and refuse it to others while those exist.

    Of several folders some may come and go, as long as one stays. A folder that is not here gives
    its index up, unless other machines may have it. There are none where articles are given, which
    a refusal calls as they are `shown`.

    Raises:
        FolderError: The index is another folder's.
    """
    own = sorted(str(folder.resolve()) for folder in folders)
    owners = (library.fact("folder") or "").splitlines()
    shared = not set(owners).isdisjoint(own)
    there = library.shared or any(Path(owner).is_dir() for owner in owners)
    if not shared and there and library.counts()[0]:
        other = "a library of another name" if library.shared else "another index folder"
        raise FolderError(
            f"{library.called} belongs to the folder {', '.join(owners)}. Choose {other} for "
            f"{shown}."
        )
    if owners != own:
        library.rows.set_facts({"folder": "\n".join(own)})


@dataclass
class _Sync:
    """One run: what it works with, and then what it has found and means to do."""

    roots: Roots
    library: LibraryStore
    embedder: Embedder
    longest: int
    parsed: Mapping[Content, Document]
    workers: Workers | None
    progress: OnProgress | None
    cancelled: Callable[[], bool]

    known: dict[str, FileState] = field(init=False)
    found: FoundFiles = field(init=False)
    looked: Looked = field(init=False)
    plan: Plan = field(init=False)

    def run(self, only: Collection[str] | None) -> SyncReport:
        library = self.library
        self.known = known = library.rows.states()
        only = self._look(only)
        self.plan = plan = make_plan(
            known,
            self.looked.now(known),
            reading=READING,
            readable=self.looked.files.__contains__,
            title_of=library.rows.title,
        )
        ingest = self._ingest(self._hopeless() if only is None else {})
        there = plan.stays | set(plan.moves.values())  # first all that needs no reading
        copies = self._copies(there)
        library.settle(Settlement(plan.moves, sorted(plan.drops), copies, plan.moves))
        try:
            ingest.run(self._by_file(plan.reads))
            self._finish(ingest, there)
        except BaseException:
            with suppress(LibraryError):  # the first error tells more
                library.save()
            raise
        library.save()
        failed = [*self.looked.failed, *ingest.failed]
        failed = [*self.found.failed, *sorted(failed, key=lambda failure: failure.path)]
        tried = {
            id_: replace(state, reading=_able())
            for id_, state in self.looked.files.items()
            if id_ not in ingest.passing
        }
        note_failures(library, failed, only, tried)
        return self._report(ingest, failed)

    def _look(self, only: Collection[str] | None) -> Collection[str] | None:
        """Find the files and what they hold; the ids of those that were looked at."""
        library, place = self.library, self.library.folder
        before = library.failures(), self._unread()
        check = partial(stop_if, self.cancelled)
        if only is None:
            self.found = self.roots.find(self.known, leave_out=place)
            self.looked = look(self.found, self.known, *before, reading=READING, check=check)
            return None
        ids = {self.roots.file_id(id_, leave_out=place) for id_ in only}
        while True:
            self.found = found = self.roots.look_at(ids, leave_out=place)
            sure = [id_ for id_ in ids if id_ in found.files or self.roots.gone(id_)]
            self.looked = look(found, self.known, *before, only=sure, reading=READING, check=check)
            twins = self.looked.twins(self.known)
            more = {self.roots.file_id(id_, leave_out=place) for id_ in twins} - ids
            if not more:
                return sure
            ids |= more

    def _unread(self) -> dict[str, FileState]:
        """How files were that could not be read, and could not be now."""
        unread = self.library.rows.unread()
        return {id_: state for id_, state in unread.items() if state.reading == _able()}

    def _hopeless(self) -> dict[Content, Failure]:
        """What they hold, wherever it stands now, and why it could not be read."""
        unread = self._unread()
        return {
            content_of(failure.path, unread[failure.path].digest): failure
            for failure in self.library.failures()
            if failure.path in unread
        }

    def _ingest(self, hopeless: Mapping[Content, Failure]) -> Ingest:
        def earlier(id_: str) -> list[str]:
            return [i for i in (id_, self.plan.origins.get(id_, id_)) if i in self.known]

        return Ingest(
            self.library,
            self.embedder,
            self.longest,
            self.progress,
            self.cancelled,
            self.looked,
            earlier,
            self.parsed,
            hopeless,
            self.workers,
        )

    def _finish(self, ingest: Ingest, settled: set[str]) -> None:
        """What had to wait until the documents were stored."""
        known, looked, plan = self.known, self.looked, self.plan
        there = settled | ingest.stored
        left = [id_ for id_, first in plan.copies.items() if first not in there]
        ingest.run(self._by_file([i for i in left if i in looked.files and i not in plan.later]))
        moved = {plan.origins[id_]: id_ for id_ in ingest.stored if id_ in plan.origins}
        there |= looked.gone
        over = [i for i in plan.later if plan.copies.get(i, i) in there]
        self.library.settle(Settlement({}, sorted(over), self._copies(ingest.stored), moved))
        moved_here = {i: known[i] for i in plan.moves.values() if i in known}
        self.library.rows.touch(moved_here | looked.files)

    def _by_file(self, ids: Iterable[str]) -> dict[str, tuple[Path, list[str]]]:
        """The files that hold some documents, in order."""
        files: dict[str, tuple[Path, list[str]]] = {}
        for id_ in ids:
            file = held_by(id_, self.found.files)
            if file is not None:
                files.setdefault(file, (self.found.files[file].path, []))[1].append(id_)
        return files

    def _copies(self, there: Collection[str]) -> dict[str, tuple[str, FileState]]:
        """The copies of some documents that are not noted yet, as the library takes them."""
        known, copies = self.known, {}
        for id_, first in self.plan.copies.items():
            fresh = first in self.plan.reads
            if first in there and (fresh or id_ not in known or known[id_].copy_of != first):
                state = self.looked.files.get(id_)
                late = replace(state, modified=UNKNOWN) if state else known[id_]
                copies[id_] = first, late
        return copies

    def _report(self, ingest: Ingest, failed: Sequence[Failure]) -> SyncReport:
        known, looked, plan = self.known, self.looked, self.plan
        seen = looked.same | set(looked.files)
        here = set(plan.moves.values()) | ingest.stored
        moved = {
            plan.origins[id_]: id_ for id_ in sorted(here) if plan.origins.get(id_) in looked.gone
        }
        new = here - set(moved.values())
        again = {id_ for id_ in new if id_ in known and id_ in ingest.stored}
        return SyncReport(
            added=tuple(sorted(new - set(known))),
            changed=tuple(sorted(again)),
            removed=tuple(sorted(looked.gone - set(moved))),
            unchanged=len(plan.stays & seen) + len(new & set(known) - again),
            failed=tuple(failed),
            passages=ingest.passages,
            remarks=tuple(sorted(ingest.remarks, key=lambda remark: remark.path)),
            moved=tuple(sorted(moved.items())),
            duplicates=tuple(
                (id_, first)
                for id_, first in sorted(plan.copies.items())
                if id_ in seen and (first in plan.stays or first in here)
            ),
        )


def _able() -> str:
    """What decides whether a file can be read, besides the file."""
    return f"{READING} and scans" if scans.can_read() else READING
