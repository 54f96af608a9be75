"""Rows to values and back: the forms that a library's values have in SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np

from rag.errors import LibraryError
from rag.library.tables import DAMAGED
from rag.models.embedder import Vectors
from rag.schema import Document, Heading, Passage, Place, Span

WHOLE = (
    "SELECT id, title, text, date, source, headings, author, places, language, revised"
    " FROM documents"
)
AMONG = "IN (SELECT value FROM json_each(?))"


@contextmanager
def reading(what: str) -> Iterator[None]:
    """What breaks at a value that is none is told as damage; SQLite sees no bit that flips in it.

    Raises:
        LibraryError: Something did.
    """
    try:
        yield
    except (ValueError, TypeError, RecursionError) as error:
        raise LibraryError(f"{what} is damaged in the index ({error}). {DAMAGED}") from error


def document_of(row: tuple[Any, ...]) -> Document:
    """A row of `WHOLE`."""
    with reading(f"The article {row[0]}"):
        headings = tuple(Heading(*pair) for pair in json.loads(row[5]))
        places = tuple(Place(*parts) for parts in json.loads(row[7]))
        facts = row[4], headings, row[6], places, row[8], day_of(row[9])
        if not all(isinstance(row[at], str) for at in (0, 1, 2, 4, 6, 8)):
            raise TypeError("what should be text is none")
        return Document(row[0], row[1], row[2], day_of(row[3]), *facts)


def vectors_of(blobs: Sequence[bytes]) -> Vectors:
    """Vectors of rows, shape (n, dimension)."""
    if not blobs:
        return np.zeros((0, 0), np.float32)
    with reading("A vector"):
        return np.frombuffer(b"".join(blobs), np.float16).reshape(len(blobs), -1).astype(np.float32)


def pack(passage: Passage) -> bytes:
    """A passage's sentences."""
    return np.array(passage.sentences, "<u4").tobytes()


def unpack(blob: bytes) -> tuple[Span, ...]:
    """The sentences that `pack` made bytes of."""
    with reading("A passage"):
        return tuple(Span(*pair) for pair in np.frombuffer(blob, "<u4").reshape(-1, 2).tolist())


def day_of(text: str | None) -> date | None:
    """A day as it is written in a row."""
    with reading("A date"):
        return date.fromisoformat(text) if text else None


def listed(numbers: Sequence[int]) -> str:
    """Numbers for `AMONG`: one value, because a statement's length is limited."""
    return json.dumps([int(number) for number in numbers])
