"""Which files of a folder changed, and what they hold: the first pass of a sync.

A file whose size and time are as stored is not opened; of any other one the content is hashed, of
an archive that of each file inside. Nothing is parsed. What was opened is held for the second pass
as far as there is room, so that all but large folders are read once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from rag.documents import ARCHIVE, SUFFIXES
from rag.documents.archive import parse_archive
from rag.documents.kinds import suffix_of, unknown_kind
from rag.documents.read import load_bytes
from rag.errors import ReadError
from rag.library.folder import File, FoundFiles, held_by, stamp_of
from rag.library.plan import Content, content_of
from rag.library.rows import FileState
from rag.listing import Failure

ROOM = 64 << 20  # bytes of files that are held between the two passes
_RECENT_NS = 2_000_000_000  # a file may change again within what its time can tell


@dataclass(slots=True)
class Looked:
    """What there is now.

    Attributes:
        files: The state of every file that was opened, by document id.
        lengths: How many bytes each of them has.
        held: The bytes of those of them that there is room for.
        room: How many bytes more may be held.
        same: Known files that did not change.
        gone: Known files that are no longer there.
        failed: What could not be opened, and what could not be read before in files that are
            the same.
    """

    files: dict[str, FileState] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    held: dict[str, bytes] = field(default_factory=dict)
    room: int = 0
    same: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    failed: list[Failure] = field(default_factory=list)

    def note(self, id_: str, content: bytes, state: FileState) -> None:
        """What a file holds."""
        self.files[id_], self.lengths[id_] = state, len(content)
        if len(content) <= self.room:
            self.held[id_] = content
            self.room -= len(content)

    def now(self, known: Mapping[str, FileState]) -> dict[str, Content]:
        """Everything there is with what it holds; what was not looked at as it is known."""
        states = {id_: state for id_, state in known.items() if id_ not in self.gone}
        states.update(self.files)
        return {id_: content_of(id_, state.digest) for id_, state in states.items()}

    def twins(self, known: Mapping[str, FileState]) -> set[str]:
        """Known files that were not looked at, but hold what one of these does or did."""
        seen = {content_of(id_, state.digest) for id_, state in self.files.items()}
        seen |= {
            content_of(id_, known[id_].digest) for id_ in self.gone | set(self.files) & set(known)
        }
        here = self.files.keys() | self.same | self.gone
        return {
            id_
            for id_, state in known.items()
            if id_ not in here and content_of(id_, state.digest) in seen
        }


def look(
    found: FoundFiles,
    known: Mapping[str, FileState],
    failures: Collection[Failure],
    unread: Mapping[str, FileState],
    *,
    reading: str,
    check: Callable[[], None],
    only: Collection[str] | None = None,
) -> Looked:
    """Open what changed.

    Args:
        found: The files of the folder, or some of them.
        known: Every file that the library knows.
        failures: What could not be read before.
        unread: How files were then that could not be; one that is the same is not tried again,
            unless it is among `only`.
        reading: The version of the readers.
        check: Called between files; may raise.
        only: The ids of the only files that may be gone.
    """
    looked = Looked(room=ROOM)
    held: dict[str, dict[str, FileState]] = {}
    for id_, state in known.items():
        file = held_by(id_, found.files)
        if file is not None:
            held.setdefault(file, {})[id_] = state
        elif (only is None or held_by(id_, only)) and not found.hides(id_):
            looked.gone.add(id_)
    same, hopeless, now = set(), set(), time.time_ns()
    for file, about in found.files.items():
        states = held.get(file, {})
        if states and all(_is_same(state, about, reading, now) for state in states.values()):
            looked.same.update(states)
            same.add(file)
            continue
        tried = None if states or only is not None else unread.get(file)
        if tried is not None and _is_same(tried, about, tried.reading, now):
            hopeless.add(file)
            continue
        check()
        try:
            _open(file, about, states, looked, reading, check)
        except ReadError as error:
            looked.failed.append(Failure(file, str(error)))
        except OSError as error:
            looked.failed.append(Failure(file, f"{file} cannot be opened: {error.strerror}."))
    inside = [f for f in failures if f.path not in same and held_by(f.path, same)]
    looked.failed.extend([*inside, *(f for f in failures if f.path in hopeless)])
    return looked


def _is_same(state: FileState, file: File, reading: str, now: int) -> bool:
    unchanged = (state.size, state.modified) == (file.size, file.stamp)
    return unchanged and state.reading == reading and now - file.modified > _RECENT_NS


def _open(
    id_: str,
    file: File,
    states: Mapping[str, FileState],
    looked: Looked,
    reading: str,
    check: Callable[[], None],
) -> None:
    suffix = suffix_of(id_)
    if suffix not in SUFFIXES:
        raise unknown_kind(id_)
    facts = file.path.stat()  # before it is read, so that a change meanwhile is seen the next time
    raw = load_bytes(file.path)

    def note(inside: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        state = FileState(digest, facts.st_size, stamp_of(facts), reading)
        looked.note(inside, content, state)

    if suffix != ARCHIVE:
        note(id_, raw)
        return
    seen = set()
    for inside, content in parse_archive(raw, name=id_):
        check()
        seen.add(inside)
        if isinstance(content, ReadError):
            looked.failed.append(Failure(inside, str(content)))
        else:
            note(inside, content)
    looked.gone.update(set(states) - seen)
