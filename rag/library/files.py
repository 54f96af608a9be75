"""Derived files that survive a kill: written aside and renamed, proved by a checksum."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

CHUNK = 1 << 20


def checksum(path: Path) -> int:
    """CRC-32 of a file, read piece by piece."""
    value = 0
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            value = zlib.crc32(data, value)
    return value


def replace(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write a file so that a kill leaves the old one or the new one, whole.

    Raises:
        OSError: The disk is full or failing; the old file stays.
    """
    aside = path.with_suffix(path.suffix + ".new")
    with aside.open("wb") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
