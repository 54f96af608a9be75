"""The files inside a zip archive, one at a time, without ever writing one.

Their names are only used as names: one that leads out of the archive is told and passed over, as
an archive inside an archive is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from rag.documents.kinds import ARCHIVE, SUFFIXES, suffix_of
from rag.documents.limits import MAX_BYTES, Unreadable, open_zip, unpack

_LONGEST = 400  # characters of a name
_HIDDEN = (".", "__MACOSX")


def members(raw: bytes) -> Iterator[tuple[str, bytes | Unreadable]]:
    """Name and bytes of each file of a kind that is read, in order of names.

    In place of the bytes stands why a file cannot be had. Hidden files and other kinds are passed
    over.

    Raises:
        Unreadable: The archive is damaged, holds too much, or nothing that is read.
    """
    with open_zip(raw) as opened:
        found = {}
        for entry in opened.infolist():
            name = entry.filename.replace("\\", "/")
            is_folder = name.endswith("/")  # zipfile fails at an empty name
            if not is_folder and not _is_hidden(name) and suffix_of(name) in SUFFIXES:
                found[name] = entry
        if not found:
            raise Unreadable("holds no files of a kind that is read. Unpack it and look.")
        for name, entry in sorted(found.items()):
            try:
                _check(name)
                yield name, unpack(opened, entry, most=MAX_BYTES)
            except Unreadable as error:
                yield name, error


def _check(name: str) -> None:
    parts = name.split("/")
    odd = ".." in parts or "" in parts or ":" in parts[0] or not name.isprintable()
    if odd or len(name) > _LONGEST:
        raise Unreadable("has a name that leads out of the archive or is no name. Rename it.")
    if suffix_of(name) == ARCHIVE:
        raise Unreadable("is an archive inside an archive. Unpack it and add the files.")


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(_HIDDEN) and part != ".." for part in parts)
