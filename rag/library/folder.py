"""The files of a folder of articles. Knows nothing of what is in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rag.documents import SUFFIXES
from rag.errors import FolderError
from rag.schema import Failure


@dataclass(frozen=True, slots=True)
class Found:
    """Files by document id, and what could not be looked at."""

    files: dict[str, Path]
    failed: tuple[Failure, ...]
    closed: tuple[str, ...]

    def hides(self, id_: str) -> bool:
        """Whether a document may still be there, in a folder that could not be opened."""
        return any(id_.startswith(f"{folder}/") for folder in self.closed)


def find_files(folder: Path, *, leave_out: Path) -> Found:
    """All files in a folder and its subfolders, by path relative to it.

    Hidden files, links out of the folder and the folder `leave_out` are passed over.

    Raises:
        FolderError: The folder is missing, no folder, cannot be opened, or holds no articles.
    """
    if not folder.exists():
        raise FolderError(f"The folder {folder} does not exist. Check the path.")
    if not folder.is_dir():
        raise FolderError(f"{folder} is a file, not a folder. Name the folder it lies in.")
    root, left_out = folder.resolve(), leave_out.resolve()
    files: dict[str, Path] = {}
    failed: list[Failure] = []
    closed: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=closed.append):
        here = Path(place)
        folders[:] = [
            name
            for name in sorted(folders)
            if not name.startswith(".") and (here / name).resolve() != left_out
        ]
        for name in names:
            path = here / name
            id_ = path.relative_to(folder).as_posix()
            if name.startswith(".") or not _inside(path, root):
                continue
            if not _is_text(id_):
                failed.append(_odd_name(id_))
            else:
                files[id_] = path
    shut = {Path(error.filename).relative_to(folder).as_posix(): error for error in closed}
    if "." in shut:
        raise FolderError(f"The folder {folder} cannot be opened. Check its permissions.")
    failed.extend(_closed(id_, error) for id_, error in shut.items())
    if not any(path.suffix.lower() in SUFFIXES for path in files.values()):
        known = ", ".join(sorted(SUFFIXES))
        raise FolderError(f"The folder {folder} holds no articles ({known}). Put some there.")
    return Found(dict(sorted(files.items())), tuple(failed), tuple(shut))


def _inside(path: Path, root: Path) -> bool:
    """Whether this is a file in the folder, also after following links."""
    return path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(root))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")


def _odd_name(id_: str) -> Failure:
    return Failure(_shown(id_), f"{_shown(id_)} has a name that is not valid text. Rename it.")


def _closed(id_: str, error: OSError) -> Failure:
    why = error.strerror or "it cannot be read"
    name = _shown(id_)
    return Failure(name, f"The folder {name} cannot be opened: {why}. Check its permissions.")
