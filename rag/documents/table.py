"""The one writer of tables: each row a line that says what each cell is.

Whatever format a table comes from, its rows come here as cells. `headers` tells which rows name the
columns. A row is never torn: one that is too wide for a line goes on in the next one, which begins
with the row's first cell again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rag.documents.draft import GrowingText
from rag.documents.headers import Header, Repeated, find_header
from rag.documents.limits import ROW, hold_rows

CELL = " | "
_LOOKED_AT = 24  # rows that tell what kind of table it is
_LONG = 200  # characters; in a long row such cells come last, where what reads it may stop
_SHORT_ROW = 800


def is_row(line: str) -> bool:
    """Whether a line of a document is the row of a table; such a line is one sentence.

    >>> is_row("Town: Lund | Note: Old. Closed."), is_row("It is old. It is closed.")
    (True, False)
    """
    return len(line) <= ROW and 0 <= line.find(CELL) < ROW // 10


def write_table(
    rows: Iterable[Sequence[str]],
    into: GrowingText,
    before: int = 0,
    *,
    headers: int | None = None,
    sure: bool = False,
    keyed: bool = False,
) -> int:
    """Add a table's rows; gives how many rows there are with those `before`.

    Args:
        rows: The cells of each row; those of merged cells `Repeated`. A blank row may part tables.
        into: Where the lines are added.
        before: Rows that count as well.
        headers: How many rows name the columns; `None` where the table does not tell.
        sure: Whether tables of this kind hardly ever come without such a row.
        keyed: Whether the first cell names each row.

    Raises:
        Unreadable: There are too many rows, or too much text.
    """
    table = _Table(into, headers, sure, keyed)
    for row in rows:
        if any(row):
            before = hold_rows(before + 1)
        table.take([_clean(cell) for cell in row])
    table.end()
    return before


class _Table:
    """The first rows wait until it is known what kind of table they begin."""

    def __init__(self, into: GrowingText, headers: int | None, sure: bool, keyed: bool) -> None:
        self._into, self._headers, self._sure, self._keyed = into, headers, sure, keyed
        self._waiting: list[Sequence[str]] | None = []
        self._header = Header()

    def take(self, row: Sequence[str]) -> None:
        if all(not cell or isinstance(cell, Repeated) for cell in row):
            if not any(row) and self._headers is None:
                self._settle()
                self._waiting = []  # what follows may be another table
        elif self._waiting is None:
            self._write(row)
        else:
            self._waiting.append(row)
            if len(self._waiting) == _LOOKED_AT:
                self._settle()

    def end(self) -> None:
        self._settle()
        self._into.gap = "\n\n"

    def _settle(self) -> None:
        rows, self._waiting = self._waiting or [], None
        above = self._header
        self._header = find_header(
            rows, told=self._headers, sure=self._sure, keyed=self._keyed, above=above
        )
        for row in rows[: self._header.above]:
            own = (cell for cell in row if cell and not isinstance(cell, Repeated))
            self._into.add(CELL.join(own), "\n")
        for row in rows[self._header.above + self._header.rows :]:
            self._write(row)

    def _write(self, row: Sequence[str]) -> None:
        if tuple(row) == self._header.last:  # said again at the head of a page
            return
        for line in _lines(row, self._header):
            self._into.add(line, "\n")


def _lines(row: Sequence[str], header: Header) -> Iterator[str]:
    """The row as one line; as several that begin alike, where it is wider than a line may be."""
    if len(row) > 1 and row[0] and all(_is_copy(row, index) for index in range(1, len(row))):
        yield row[0]  # a heading inside the table
        return
    if header.pairs and len(row) > 1 and row[0] and row[1]:
        yield f"{row[0].rstrip(':')}: {CELL.join(filter(None, row[1:]))}"
        return
    cells = [
        _named(cell, header.name(index))
        for index, cell in enumerate(row)
        if cell and (header.names or not _is_copy(row, index))
    ]
    line = _joined(cells)
    if len(line) > _SHORT_ROW and header.names:
        cells = [cells[0], *sorted(cells[1:], key=lambda cell: len(cell) > _LONG)]
        line = _joined(cells)
    if len(line) <= ROW:
        yield line
        return
    yield from _torn(cells)


def _torn(cells: list[str]) -> Iterator[str]:
    """The cells of a row that is wider than a line may be, as lines that begin alike."""
    key = cells[0] if len(cells[0]) <= ROW // 10 else f"{cells[0][: ROW // 10]} …"
    part = [] if key == cells[0] else [cells[0]]
    length = len(key) + sum(map(_width, part))
    for cell in cells[1:]:
        if part and length + _width(cell) > ROW:
            yield _joined([key, *part])
            part, length = [], len(key)
        part.append(cell)
        length += _width(cell)
    yield _joined([key, *part])


def _width(cell: str) -> int:
    return len(CELL) + len(cell)


def _named(cell: str, name: str) -> str:
    return f"{name}: {cell}" if name else cell


def _joined(cells: Sequence[str]) -> str:
    """Cells beside each other; one that ends like a label stands before the next without a sign."""
    return CELL.join(cells).replace(f":{CELL}", ": ")


def _is_copy(row: Sequence[str], index: int) -> bool:
    """Whether a cell only repeats the one before it, which spans it."""
    return index > 0 and isinstance(row[index], Repeated) and row[index] == row[index - 1]


def _clean(cell: str) -> str:
    """A cell on one line, without the sign that stands between cells."""
    words = " ".join(cell.split()).replace(CELL, " / ")
    return Repeated(words) if isinstance(cell, Repeated) else words
