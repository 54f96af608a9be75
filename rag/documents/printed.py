"""Tables as they are printed: cells put into columns by where they stand on the page.

Knows lines and their pieces only. A cell that goes on in the next line is put together again, and
the rows go through the writer of all tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.documents.draft import GrowingText
from rag.documents.headers import Repeated, has_digit
from rag.documents.pieces import Line, Piece
from rag.documents.table import write_table

_CLOSE = 0.7  # of its height is a line from the one that goes on in it, at most
_APART = 3.0  # times its height is a row from the next row of its table, at most
_Span = tuple[float, float]


class Tables:
    """Puts the tables of a document's pages into lines that say what each cell is."""

    def __init__(self) -> None:
        self._columns: list[_Span] = []  # of the table that the page before ended with
        self._head: list[list[str]] = []

    def of_page(self, page: Sequence[Line]) -> list[Line]:
        """The page's lines; those of a table are one for each row."""
        lines: list[Line] = []
        at = 0
        while at < len(page):
            end = _end(page, at)
            if end - at < 2:
                lines.append(page[at])
                end = at + 1
            else:
                lines += self._table(page[at:end], goes_on=at == 0)
            if end < len(page):
                self._columns = []
            at = end
        return lines

    def _table(self, lines: Sequence[Line], *, goes_on: bool) -> list[Line]:
        columns = _columns(lines)
        rows, last = _rows(lines, columns)
        above = self._head if goes_on and _alike(columns, self._columns) else []
        written = GrowingText()
        write_table([*above, *rows], written)
        texts = str(written).split("\n")
        self._columns, self._head = columns, above or rows[: len(rows) - len(texts)]
        return [
            replace(line, text=text, row=True)
            for line, text in zip(last[-len(texts) :], texts[-len(last) :], strict=True)
        ]


def _end(page: Sequence[Line], at: int) -> int:
    """Where the table that begins with a line ends."""
    if not page[at].row:
        return at
    end = at + 1
    while end < len(page):
        above, line = page[end - 1], page[end]
        gap = above.y0 - line.y1
        if gap < -0.5 * line.height or above.y0 - line.y0 > _APART * above.height:
            break
        inside = line.cells[0].x0 > min(row.cells[0].x1 for row in page[at:end] if row.row)
        if not line.row and not (inside and gap < _CLOSE * line.height):
            break
        end += 1
    while not page[end - 1].row:
        end -= 1
    return end


def _columns(lines: Sequence[Line]) -> list[_Span]:
    """Where the columns stand: the cells of the fullest rows, and those above and below them."""
    most = max(len(line.cells) for line in lines)
    fullest = [line.cells for line in lines if len(line.cells) == most]
    columns = [(cell.x0, cell.x1) for cell in fullest[0]]
    for cells in fullest[1:]:
        for cell in cells:
            over = _over(cell, columns)
            if len(over) == 1:
                left, right = columns[over[0]]
                columns[over[0]] = min(left, cell.x0), max(right, cell.x1)
    return columns


def _over(cell: Piece, columns: Sequence[_Span]) -> list[int]:
    return [n for n, (left, right) in enumerate(columns) if cell.x0 < right and left < cell.x1]


def _rows(lines: Sequence[Line], columns: Sequence[_Span]) -> tuple[list[list[str]], list[Line]]:
    """The rows' cells by column, and the line that each row began with."""
    rows: list[list[str]] = []
    began: list[Line] = []
    before: Line | None = None
    for line in lines:
        row = _row(line, columns)
        near = before is not None and before.y0 - line.y1 < _CLOSE * line.height
        if rows and near and _goes_on(rows, row, whole=line.row):
            rows[-1] = [" ".join(filter(None, both)) for both in zip(rows[-1], row, strict=True)]
        else:
            if rows and not row[0] and sum(map(bool, row)) == len(row) - 1 > 1:
                row[0] = Repeated(rows[-1][0])  # it stands in the first of its rows alone
            rows.append(row)
            began.append(line)
        before = line
    return rows, began


def _goes_on(rows: Sequence[Sequence[str]], row: Sequence[str], *, whole: bool) -> bool:
    """Whether a line only goes on in cells of the row above, or of a header's first line."""
    if any(map(has_digit, row)):
        return False
    if not row[0]:
        return sum(map(bool, row)) < len(row) - 1 or not whole
    spans = any(isinstance(cell, Repeated) for cell in rows[0])
    return len(rows) == 1 and not rows[0][0] and not spans


def _row(line: Line, columns: Sequence[_Span]) -> list[str]:
    row = [""] * len(columns)
    for cell in line.cells:
        over = _over(cell, columns)
        middle = (cell.x0 + cell.x1) / 2
        over = over or [min(range(len(columns)), key=lambda n: abs(sum(columns[n]) / 2 - middle))]
        for number, column in enumerate(over):
            text = f"{row[column]} {cell.text}".strip()
            row[column] = Repeated(text) if number else text
    return row


def _alike(columns: Sequence[_Span], others: Sequence[_Span]) -> bool:
    pairs = list(zip(columns, others, strict=False))
    beside = all(a[0] < b[1] and b[0] < a[1] for a, b in pairs)
    return bool(pairs) and len(columns) == len(others) and beside
