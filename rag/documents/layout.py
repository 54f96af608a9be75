"""From pieces of print on a page to its lines in reading order.

Owns columns, rows and tables. Knows nothing of PDF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from rag.documents.pieces import WIDE, Line, Piece
from rag.documents.table import CELL

_PROSE = 18  # characters of a usual line of a column; cells of a table are shorter
_CELL = 30  # characters of the longest cell of a row that both columns have a share in
_MOST = 0.6  # of the characters of a column of prose stand in such lines
_FILLED = 0.55  # of the longest line is a usual line of prose
_FEWEST = 3  # lines that make a column
_DEPTH = 4  # columns within columns
_NEAR = 12.0  # points between the gutters of two pages of one layout
_CROSSING = 0.5  # most lines that may run across a gutter
_MARKER = re.compile(r"(?:[-*•–▪◦·‣]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})[.)]|\d+(?:\.\d+)+)$")


def lines_of(pieces: Sequence[Piece], gutters: set[float] | None = None) -> list[Line]:
    """Lines in the order in which they are read.

    Args:
        pieces: What is printed on one page.
        gutters: Where earlier pages of the document have gutters between columns of prose; those
            of this page are added.

    >>> words = [Piece("Rollo", 0, 0, 20, 10), Piece("led.", 24, 0, 40, 10)]
    >>> [line.text for line in lines_of(words)]
    ['Rollo led.']
    """
    known = set() if gutters is None else gutters
    return list(_ordered(sorted(pieces, key=lambda p: (-p.middle, p.x0)), known, depth=0))


def _ordered(pieces: list[Piece], known: set[float], depth: int) -> Iterator[Line]:
    if not pieces:
        return
    gutter = _gutter(pieces, known) if depth < _DEPTH else None
    if gutter is None:
        yield from _column(pieces)
        return
    left: list[Piece] = []
    right: list[Piece] = []
    crossing = _crossing(pieces, gutter)
    band: list[Piece] = []
    for piece in pieces:
        if piece in crossing:
            if left or right:
                yield from _ordered(left, known, depth + 1)
                yield from _ordered(right, known, depth + 1)
                left, right = [], []
            band.append(piece)
            continue
        if band:
            yield from _column(band)
            band = []
        (left if piece.x1 <= gutter else right).append(piece)
    yield from _column(band)
    yield from _ordered(left, known, depth + 1)
    yield from _ordered(right, known, depth + 1)


def _gutter(pieces: list[Piece], known: set[float]) -> float | None:
    """The middle of the white strip between two columns of prose; `None` where there is none."""
    if len(pieces) < 2 * _FEWEST:
        return None
    width = 0.6 * median(piece.height for piece in pieces)
    edges = sorted({round(piece.x1, 1) for piece in pieces})
    most = max(1, int(_CROSSING * len(pieces)))
    best: tuple[int, float] | None = None
    for at in edges[:-1]:
        beyond = [piece.x0 for piece in pieces if piece.x0 >= at]
        if len(beyond) < _FEWEST or min(beyond) - at < width:
            continue
        middle = (at + min(beyond)) / 2
        crossing = sum(piece.x0 < middle < piece.x1 for piece in pieces)
        if crossing <= most and (best is None or crossing < best[0]):
            best = crossing, middle
    if best is None:
        return None
    middle = best[1]
    crossing_pieces = _crossing(pieces, middle)
    rest = [piece for piece in pieces if piece not in crossing_pieces]
    left, right = [p for p in rest if p.x1 <= middle], [p for p in rest if p.x1 > middle]
    prose = [_is_prose(left), _is_prose(right)]
    if all(prose):
        known.add(middle)
        return middle
    near = any(abs(middle - gutter) < _NEAR for gutter in known)
    return middle if any(prose) and left and right and (near or not _abreast(left, right)) else None


def _abreast(left: list[Piece], right: list[Piece]) -> bool:
    """Whether most pieces of one side stand on a line with one of the other, as cells do."""
    feet = {round(piece.y0) for piece in left}
    beside = sum(bool({round(p.y0) - 1, round(p.y0), round(p.y0) + 1} & feet) for p in right)
    return 2 * beside > len(right)


def _crossing(pieces: list[Piece], gutter: float) -> set[Piece]:
    """What runs across a gutter, and rows of tables that stand on both sides of it."""
    found = {piece for piece in pieces if piece.x0 < gutter < piece.x1}
    rows = _rows(pieces)
    cells = [_is_shared(row, gutter) for row in rows]
    for row, here, above, below in zip(
        rows, cells, [False, *cells], [*cells[1:], False], strict=False
    ):
        if here and (above or below):
            found.update(row)
    return found


def _is_shared(row: list[Piece], gutter: float) -> bool:
    """Whether a row has short cells on both sides of a gutter."""
    sizes = [len(piece.text) for piece in row]
    both = row[0].x1 <= gutter <= row[-1].x0
    return both and len(row) > 2 and median(sizes) < _PROSE and max(sizes) < _CELL


def _is_prose(pieces: list[Piece]) -> bool:
    """Whether most of the words stand in lines that are long, and about as long as each other."""
    long = [piece for piece in pieces if len(piece.text) >= _PROSE]
    if len(long) < _FEWEST:
        return False
    words = sum(len(piece.text) for piece in pieces)
    widths = [piece.x1 - piece.x0 for piece in long]
    most = sum(len(piece.text) for piece in long) > _MOST * words
    return most and median(widths) >= _FILLED * max(widths)


def _rows(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces that stand beside each other, from the top down, each row from left to right."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and _beside(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.x0) for row in rows]


def _beside(row: list[Piece], piece: Piece) -> bool:
    tallest = max(row, key=lambda p: p.height)
    together = min(tallest.y1, piece.y1) - max(tallest.y0, piece.y0)
    return together > 0.5 * min(tallest.height, piece.height)


def _column(pieces: list[Piece]) -> Iterator[Line]:
    """The lines of one column; rows of a table keep their cells apart."""
    if not pieces:
        return
    left, right = min(piece.x0 for piece in pieces), max(piece.x1 for piece in pieces)
    rows = [_joined(row) for row in _rows(pieces)]
    for index, row in enumerate(rows):
        near = [rows[i] for i in _near(rows, index)]
        table = len(row) > 1 and any(_aligned(row, other) for other in near)
        alone = any(piece.alone for piece in row)
        yield Line(
            (CELL if table or alone else " ").join(piece.text for piece in row),
            row[0].x0,
            row[-1].x1,
            min(piece.y0 for piece in row),
            max(piece.y1 for piece in row),
            left,
            right,
            table and not alone,
            tuple(row),
            alone,
        )


def _near(rows: list[list[Piece]], index: int) -> list[int]:
    """The rows above and below; also those beyond one that a single cell goes on in."""
    found = []
    for step in (-1, 1):
        at = index + step
        single = 0 <= at < len(rows) and len(rows[at]) == 1
        found += [at, at + step] if single else [at]
    return [at for at in found if 0 <= at < len(rows)]


def _joined(row: list[Piece]) -> list[Piece]:
    """A row's pieces, those close together as one: words, raised figures, an item's marker."""
    joined: list[Piece] = []
    for piece in row:
        last = joined[-1] if joined else None
        gap = piece.x0 - last.x1 if last else 0.0
        if last and (gap < WIDE * max(last.height, piece.height) or _MARKER.match(last.text)):
            space = " " if gap > 0.12 * min(last.height, piece.height) else ""
            joined[-1] = last.joined(piece, space)
        else:
            joined.append(piece)
    return joined


def _aligned(row: list[Piece], other: list[Piece]) -> bool:
    """Whether two rows near each other have a white gap in common."""
    apart = max(row[0].y0 - other[0].y1, other[0].y0 - row[0].y1)
    if len(other) < 2 or apart > 2.5 * row[0].height:
        return False
    return any(
        min(b.x0, d.x0) > max(a.x1, c.x1) for a, b in pairwise(row) for c, d in pairwise(other)
    )
