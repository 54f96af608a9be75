"""The files inside a zip archive, one at a time, without ever writing one.

Their names are only used as names: one that leads out of the archive is told and passed over, as
an archive inside an archive is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from rag.documents.kinds import ARCHIVE, SUFFIXES, suffix_of
from rag.documents.limits import MAX_BYTES, Unreadable, open_zip, unpack
from rag.errors import ReadError

_LONGEST = 400  # characters of a name
_HIDDEN = (".", "__MACOSX")


def parse_archive(raw: bytes, *, name: str) -> Iterator[tuple[str, bytes | ReadError]]:
    """The files of kinds that are read, each with the id of its document and its bytes, by name.

    In place of the bytes stands why a file cannot be had. Hidden files are passed over.

    Raises:
        ReadError: The archive is damaged, holds too much, or nothing that is read.
    """
    try:
        with open_zip(raw) as opened:
            found = {}
            for entry in opened.infolist():
                inside = entry.filename.replace("\\", "/")
                is_folder = inside.endswith("/")  # zipfile fails at an empty name
                if not is_folder and not _is_hidden(inside) and suffix_of(inside) in SUFFIXES:
                    found[inside] = entry
            if not found:
                raise Unreadable("holds no files of a kind that is read. Unpack it and look.")
            for inside, entry in sorted(found.items()):
                id_ = f"{name}/{inside}"
                try:
                    _check(inside)
                    yield id_, unpack(opened, entry, most=MAX_BYTES)
                except Unreadable as error:
                    yield id_, ReadError(f"{id_} {error}")
    except Unreadable as error:
        raise ReadError(f"{name} {error}") from error
    except Exception as error:  # an archive that breaks its reader must not stop the other files
        raise ReadError(f"{name} cannot be read: {error}. Unpack it and add the files.") from error


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(_HIDDEN) and part != ".." for part in parts)


def _check(name: str) -> None:
    parts = name.split("/")
    odd = ".." in parts or "" in parts or ":" in parts[0] or not name.isprintable()
    if odd or len(name) > _LONGEST:
        raise Unreadable("has a name that leads out of the archive or is no name. Rename it.")
    if suffix_of(name) == ARCHIVE:
        raise Unreadable("is an archive inside an archive. Unpack it and add the files.")
