"""What is printed on a page: pieces of text with their places, and the lines that they make.

Coordinates are points with y growing upwards, turned so that the text runs from left to right;
what is printed from right to left is put together here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

WIDE = 0.75  # of its height is a gap between cells or columns, rather than between words
_BLANK = 0.3  # of its height is a gap between words, where no blank says so
_SHAPES = (("\ufb1d", "\ufdff"), ("\ufe70", "\ufefc"))  # letters as they look inside a word


@dataclass(frozen=True, slots=True)
class Piece:
    """Printed text without a wide gap, and the box around it.

    `alone` is a line of its own; `spaced` says that a blank stands before it in the file.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    alone: bool = False
    spaced: bool = False

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    def joined(self, other: Piece, space: str) -> Piece:
        """Both as one, whose box is around theirs."""
        return Piece(
            f"{self.text}{space}{other.text}",
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
            self.alone or other.alone,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print.

    Attributes:
        text: What it says; cells of a table stand between `CELL`.
        x0: Its left end.
        x1: Its right end.
        y0: Its foot.
        y1: Its head.
        left: The left edge of its column.
        right: The right edge of its column.
        row: Whether it is a row of a table.
        cells: Its pieces, those close together as one.
        alone: Whether no paragraph goes on in it, or from it.
    """

    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    left: float
    right: float
    row: bool = False
    cells: tuple[Piece, ...] = ()
    alone: bool = False

    @property
    def height(self) -> float:
        return self.y1 - self.y0


def runs_left(text: str) -> bool:
    """Whether a text has letters that are read to the left."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


def leftward(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces, as pdfium gives them, with those that run left put together.

    Pdfium gives their letters in reading order; where they stand grows to the left, except for
    figures and foreign words among them.
    """
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and (runs_left(last.text) or runs_left(piece.text)) and _near(last, piece):
            gap = max(piece.x0 - last.x1, last.x0 - piece.x1)
            wide = gap > _BLANK * min(last.height, piece.height)
            space = " " if piece.spaced or wide else ""
            found[-1] = last.joined(piece, space)
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
