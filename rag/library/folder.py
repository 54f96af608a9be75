"""The files of a folder of articles. Knows nothing of what is in them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.documents import ARCHIVE, SUFFIXES
from rag.documents.kinds import suffix_of
from rag.errors import FolderError
from rag.listing import Failure

UNKNOWN = -1  # the time of a file that is to be looked at again
_IN_ARCHIVE = re.compile(re.escape(ARCHIVE) + "/", re.I)


@dataclass(frozen=True, slots=True)
class File:
    """A file with its size in bytes and its time in nanoseconds, as they were when it was found.

    `stamp` changes with its time and with that of its entry, which no program sets back.
    """

    path: Path
    size: int
    modified: int
    stamp: int


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """Files by document id, and what could not be looked at."""

    files: dict[str, File]
    failed: tuple[Failure, ...]
    closed: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is no file of a kind that is read."""
        return not any(suffix_of(id_) in SUFFIXES for id_ in self.files)

    def hides(self, id_: str) -> bool:
        """Whether a document may still be there, in a folder that could not be opened."""
        return any(id_.startswith(f"{folder}/") for folder in self.closed)


def find_files(folder: Path, *, leave_out: Path) -> FoundFiles:
    """All files in a folder and its subfolders, by path relative to it.

    Hidden files, links out of the folder and the folder `leave_out` are passed over.

    Raises:
        FolderError: The folder is missing, no folder, or cannot be opened.
    """
    _check(folder)
    root, left_out = folder.resolve(), leave_out.resolve()
    inside = left_out.relative_to(root).as_posix() if left_out.is_relative_to(root) else ""
    files: dict[str, File] = {}
    failed: list[Failure] = []
    shut: dict[str, OSError] = {}
    waiting = [""]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(folder / here))
        except OSError as error:
            shut[here] = error
            continue
        for entry in entries:
            id_ = f"{here}/{entry.name}" if here else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if id_ != inside:
                    waiting.append(id_)
            elif (file := _file(entry, root)) is None:
                continue
            elif _is_text(id_):
                files[id_] = file
            else:
                name = _shown(id_)
                failed.append(
                    Failure(name, f"{name} has a name that is not valid text. Rename it.")
                )
    if "" in shut:
        raise FolderError(f"The folder {folder} cannot be opened. Check its permissions.")
    failed.extend(_closed(id_, error) for id_, error in shut.items())
    return FoundFiles(dict(sorted(files.items())), tuple(failed), tuple(shut))


def look_at(folder: Path, ids: Iterable[str], *, leave_out: Path) -> FoundFiles:
    """As `find_files`, but only at the files with these ids; the others are not looked for."""
    _check(folder)
    files = {}
    for id_ in sorted(set(ids)):
        path = file_of(folder, id_, leave_out=leave_out)
        if path is not None:
            files[id_] = File(path, *_facts(path.stat))
    return FoundFiles(files, (), ())


def file_of(folder: Path, id_: str, *, leave_out: Path) -> Path | None:
    """The file with this id where `find_files` would find it, or `None`."""
    parts = PurePosixPath(id_).parts
    hidden = any(part.startswith(".") for part in parts)  # ".." among them
    if not parts or hidden or not _is_text(id_) or "/".join(parts) != id_:
        return None
    path, root = folder.joinpath(*parts), folder.resolve()
    try:
        here = path.parent.resolve()
        by_itself = here == root.joinpath(*parts[:-1])  # not through a link to a folder
        left_out = leave_out.resolve()
        within = left_out != root and left_out.is_relative_to(root)  # else it hides nothing here
        if not by_itself or (within and here.is_relative_to(left_out)) or not _inside(path, root):
            return None
    except (OSError, ValueError):  # no name that a file could have
        return None
    return path


def held_by(id_: str, files: Collection[str]) -> str | None:
    """Which of these files a document is in: its own, or the archive that its id begins with.

    >>> held_by("papers.zip/rollo.pdf", {"papers.zip", "tea.md"})
    'papers.zip'
    """
    if id_ in files:
        return id_
    ends = (found.end() - 1 for found in _IN_ARCHIVE.finditer(id_))
    return next((id_[:end] for end in ends if id_[:end] in files), None)


def file_id(folder: Path, id_: str, *, leave_out: Path) -> str:
    """The id of the file that holds a document: an archive's where it is inside one."""
    for found in _IN_ARCHIVE.finditer(id_):
        archive = id_[: found.end() - 1]
        if file_of(folder, archive, leave_out=leave_out) is not None:
            return archive
    return id_


def gone(folder: Path, id_: str) -> bool:
    """Whether there is surely nothing under this id; a name that is no text is shown otherwise."""
    return "\ufffd" not in id_ and not os.path.lexists(folder / id_)


def no_articles(folder: Path) -> FolderError:
    """What to say of a folder without articles."""
    known = ", ".join(sorted(SUFFIXES))
    return FolderError(f"The folder {folder} holds no articles ({known}). Put some there.")


def _check(folder: Path) -> None:
    if not folder.exists():
        raise FolderError(f"The folder {folder} does not exist. Check the path.")
    if not folder.is_dir():
        raise FolderError(f"{folder} is a file, not a folder. Name the folder it lies in.")


def _inside(path: Path, root: Path) -> bool:
    """Whether this is a file in the folder, also after following links."""
    return path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(root))


def _file(entry: os.DirEntry[str], root: Path) -> File | None:
    """A file in the folder, also after following links; what was found already is not asked."""
    try:
        path = Path(entry.path)
        if not entry.is_file() or (entry.is_symlink() and not _inside(path, root)):
            return None
    except OSError:  # a link that leads in a circle
        return None
    return File(path, *_facts(entry.stat))


def stamp_of(facts: os.stat_result) -> int:
    """One number for both times of a file."""
    return (facts.st_mtime_ns + 31 * facts.st_ctime_ns) % (1 << 63)


def _facts(stat: Callable[[], os.stat_result]) -> tuple[int, int, int]:
    """Size, time, stamp; impossible ones where they cannot be had, so that reading tells."""
    try:
        facts = stat()
    except OSError:
        return 0, UNKNOWN, UNKNOWN
    return facts.st_size, facts.st_mtime_ns, stamp_of(facts)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")


def _closed(id_: str, error: OSError) -> Failure:
    why = error.strerror or "it cannot be read"
    name = _shown(id_)
    return Failure(name, f"The folder {name} cannot be opened: {why}. Check its permissions.")
