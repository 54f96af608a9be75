"""The head of a GGUF file walked through, so that nothing in it tells of more than the file holds.

llama.cpp makes room for what a head tells of before it looks whether it is there. Knows nothing of
what the values mean.
"""

from __future__ import annotations

import mmap
import struct
from math import prod
from pathlib import Path

from rag.errors import ModelError

MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes, by type
_STRING, _ARRAY = 8, 9
_VALUES, _TENSORS = 1 << 16, 1 << 16  # large models have 50 and 2,000
_ITEMS = 1 << 23  # of all arrays together; large vocabularies have 300,000 tokens
_NAME = 1 << 16  # bytes
_AXES = 4


def check_head(path: Path) -> None:
    """Raise `ModelError` for a file that is no GGUF file, or whose head cannot be true.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ModelError(f"The model file {path} is not a GGUF file. Download it again.")
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                _Head(data).walk()
        except (struct.error, ValueError) as error:
            raise ModelError(
                f"The model file {path} cannot be loaded: it is incomplete or damaged, since its "
                "head tells of more than the file holds. Download it again or choose another."
            ) from error


class _Head:
    """Reads on and on; a `ValueError` or `struct.error` where something is not there."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._at, self._items = data, len(MAGIC), 0

    def walk(self) -> None:
        """Through the values and the list of tensors."""
        if self._number("<I") not in _VERSIONS:
            raise ValueError("version")
        tensors, values = self._number("<Q"), self._number("<Q")
        if tensors > _TENSORS or values > _VALUES:
            raise ValueError("counts")
        for _ in range(values):
            self._text(_NAME)
            self._value(self._number("<I"))
        for _ in range(tensors):
            self._text(_NAME)
            self._tensor()

    def _tensor(self) -> None:
        axes = self._number("<I")
        if axes > _AXES:
            raise ValueError("axes")
        weights = prod(self._number("<Q") for _ in range(axes))
        self._number("<I")
        offset = self._number("<Q")
        if offset + weights // 8 > len(self._data):  # no kind takes less than a bit for a weight
            raise ValueError("tensor")

    def _value(self, kind: int, nested: bool = False) -> None:
        if kind == _STRING:
            self._text(len(self._data))
        elif kind == _ARRAY and not nested:
            item, count = self._number("<I"), self._number("<Q")
            self._items += count
            if self._items > _ITEMS:
                raise ValueError("items")
            if item in _SIZES:
                self._skip(count * _SIZES[item])
            else:
                for _ in range(count):
                    self._value(item, nested=True)
        elif kind in _SIZES:
            self._skip(_SIZES[kind])
        else:
            raise ValueError("kind")

    def _text(self, longest: int) -> None:
        length = self._number("<Q")
        if length > longest:
            raise ValueError("text")
        self._skip(length)

    def _number(self, form: str) -> int:
        (number,) = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return int(number)

    def _skip(self, size: int) -> None:
        self._at += size
        if self._at > len(self._data):
            raise ValueError("end")
