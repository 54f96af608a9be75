"""Print that runs to the left: its pieces joined in the order in which they are read.

Pdfium gives the letters of such lines in reading order; where they stand grows to the left, except
for figures and foreign words among them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.documents.pieces import WIDE, Piece

_BLANK = 0.3  # of its height is a gap between words, where no blank says so
_SHAPES = (("\ufb1d", "\ufdff"), ("\ufe70", "\ufefc"))  # letters as they look inside a word


def runs_left(text: str) -> bool:
    """Whether a text has letters that are read to the left."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces, as pdfium gives them, with those that run left put together."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and (runs_left(last.text) or runs_left(piece.text)) and _near(last, piece):
            gap = max(piece.x0 - last.x1, last.x0 - piece.x1)
            wide = gap > _BLANK * min(last.height, piece.height)
            space = " " if piece.spaced or wide else ""
            found[-1] = Piece(
                f"{last.text}{space}{piece.text}",
                min(last.x0, piece.x0),
                min(last.y0, piece.y0),
                max(last.x1, piece.x1),
                max(last.y1, piece.y1),
            )
        else:
            found.append(piece)
    return [_plain(piece) for piece in found]


def mirrored(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of a page; mirrored where most of its words run left, so that they run right."""
    letters = sum(len(piece.text) for piece in pieces)
    left = sum(len(piece.text) for piece in pieces if runs_left(piece.text))
    if 2 * left <= letters:
        return list(pieces)
    return [replace(piece, x0=-piece.x1, x1=-piece.x0) for piece in pieces]


def _near(last: Piece, piece: Piece) -> bool:
    height = max(last.height, piece.height, 0.1)
    gap = max(piece.x0 - last.x1, last.x0 - piece.x1)
    level = abs(last.y0 - piece.y0) < 0.3 * height and abs(last.y1 - piece.y1) < 0.5 * height
    return level and -0.6 * height < gap < WIDE * height


def _plain(piece: Piece) -> Piece:
    if piece.text.isascii() or not any(a <= c <= b for c in piece.text for a, b in _SHAPES):
        return piece
    text = "".join(
        unicodedata.normalize("NFKC", c) if any(a <= c <= b for a, b in _SHAPES) else c
        for c in piece.text
    )
    return replace(piece, text=text)
