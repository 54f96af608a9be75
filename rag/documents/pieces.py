"""What is printed on a page: pieces of text with their places, and the lines that they make.

Coordinates are points with y growing upwards, turned so that the text runs from left to right.
"""

from __future__ import annotations

from dataclasses import dataclass

WIDE = 0.75  # of its height is a gap between cells or columns, rather than between words


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
