"""How much of a file is read, and the one way to say that it is not.

Every number here bounds what a hostile file can cost. The time and memory of a whole file are held
by `apart`; an `Allowance` bounds the time of several.
"""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zipfile import ZipFile as ZipFile
    from zipfile import ZipInfo

ARCHIVE_SECONDS = 120.0  # of computing for all files of an archive
SPOILED_SECONDS = 300.0  # of computing, in one sync, for files that are not read in the end
HASTE_SECONDS = 5.0  # for one more file after that
LONG = 15_000  # bytes of text; more are read apart: odd markup takes half a second for so many
MAX_BYTES = 64 * 1024 * 1024  # of a file
UNPACKED = 512 * 1024 * 1024  # bytes that a zip may hold, once unpacked
ENTRIES = 10_000  # files in a zip
PAGES = 5_000
SHEETS = 1_000
FIELDS = 20_000  # of a form's page
ROWS = 200_000  # of a table or a workbook
CELLS = 3_000_000  # of a table, merged ones as often as they are repeated
CHARACTERS = 20_000_000  # of text
ROW = 4_000  # characters of a table's row that stay one line
_EACH = b"PK\x01\x02"  # stands before each entry of a zip's list
_LISTED = 100_000  # entries that listing may cost memory for; stored zips hold lists of their own


class Unreadable(Exception):
    """Why a file is not read, in words that follow its name, with the next step."""


class Allowance:
    """Seconds of computing that the files of an archive, or of a sync, may take together."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Take what this thread computes meanwhile."""
        before = time.thread_time()
        try:
            yield
        finally:
            self.take(time.thread_time() - before)

    def take(self, seconds: float) -> None:
        """Note that so many were taken."""
        self.left = max(0.0, self.left - seconds)


def hold_characters(count: int) -> int:
    """The count, where a text may have as many characters. Raises `Unreadable`: it may not."""
    return _hold(count, CHARACTERS, "characters of text")


def hold_rows(count: int) -> int:
    """The count, where a table may have as many rows; raises as `hold_characters`."""
    return _hold(count, ROWS, "rows")


def hold_cells(count: int) -> int:
    """The count, where a table may have as many cells; raises as `hold_characters`."""
    return _hold(count, CELLS, "cells")


def _hold(count: int, most: int, of: str) -> int:
    if count > most:
        raise Unreadable(
            f"holds more than {most:,} {of}; that is the limit. Split it into several files."
        )
    return count


def open_zip(raw: bytes) -> ZipFile:
    """A zip whose list of entries is within the limits.

    Raises:
        Unreadable: It is damaged, or holds too much.
    """
    from zipfile import BadZipFile, ZipFile

    if raw.count(_EACH) > _LISTED:
        raise _too_many()
    try:
        opened = ZipFile(io.BytesIO(raw))
    except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unreadable(
            "is damaged or of another kind than its name says. Get it again, or save it anew."
        ) from error
    entries = opened.infolist()
    if len(entries) > ENTRIES:
        raise _too_many()
    total = sum(entry.file_size for entry in entries)
    if total > UNPACKED:
        raise Unreadable(
            f"unpacks to {total / 2**20:,.0f} MB; the limit is {UNPACKED // 2**20} MB. Unpack it "
            "yourself and add the files that you need."
        )
    return opened


def unpack(opened: ZipFile, entry: ZipInfo | str, *, most: int = UNPACKED) -> bytes:
    """The bytes of one file of a zip; never more than its list of entries says.

    Raises:
        KeyError: There is no such file.
        Unreadable: It is locked, damaged, packed in an unusual way, or larger than `most` bytes.
    """
    from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile

    info = opened.getinfo(entry) if isinstance(entry, str) else entry
    if info.flag_bits & 1:
        raise Unreadable("is locked with a password. Unlock it and add it again.")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others fail in ways of their own
        raise Unreadable("is packed in an unusual way. Unpack it and add the file itself.")
    if info.file_size > most:
        raise Unreadable(
            f"has {info.file_size / 2**20:,.0f} MB; the limit is {most // 2**20} MB. Split it into "
            "several files."
        )
    try:
        with opened.open(info) as file:
            return file.read()  # zipfile gives no more than `file_size`
    except (OSError, RuntimeError, ValueError, EOFError, zlib.error, BadZipFile) as error:
        raise Unreadable("is damaged inside. Get it again, or save it anew.") from error


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files, for a library that takes nothing else."""
    from zipfile import ZipFile

    made = io.BytesIO()
    with ZipFile(made, "w") as copy:
        for name, content in files.items():
            copy.writestr(name, content)
    return made.getvalue()


def _too_many() -> Unreadable:
    return Unreadable(
        f"holds more than {ENTRIES:,} files; that is the limit. Unpack it yourself and add the "
        "files that you need."
    )
