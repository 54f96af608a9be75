"""The cells of a table of markup put into rows and columns, with what merged cells say repeated.

Owns spans and which rows are headers. Knows nothing of how markup is parsed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.documents.draft import GrowingText
from rag.documents.facts import told_number
from rag.documents.headers import Repeated, has_digit
from rag.documents.limits import hold_cells
from rag.documents.table import write_table

_WIDEST = 1_000  # columns that one cell spans
_LOWEST = 65_534  # rows that one cell spans
_SPANS = (("colspan", "table:number-columns-spanned"), ("rowspan", "table:number-rows-spanned"))
_ENDED = (".", ";", ",", ":", "!", "?")
ITEM = "\n• "  # begins an item of a list inside a cell


class Grid:
    """A table that grows cell by cell.

    >>> grid = Grid()
    >>> for row in ("Sunna Adult", "Child"):
    ...     grid.begin_row()
    ...     for cell in row.split():
    ...         grid.add(cell, {"rowspan": "2"} if cell == "Sunna" else {})
    >>> grid.rows
    [['Sunna', 'Adult'], ['Sunna', 'Child']]
    """

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.in_head = False
        self._heads: list[tuple[bool, bool]] = []  # of each row: are all its cells, is the first
        self._hanging: dict[int, tuple[str, int]] = {}  # column: what hangs into this row, and on
        self._below: dict[int, tuple[str, int]] = {}  # the same for the next row
        self._lines: dict[int, dict[int, Sequence[str]]] = {}  # of cells, by row and column
        self._cells = 0

    def begin_row(self) -> None:
        """Begin a row; what the rows above hang down into it stands in it."""
        self.end_row()
        self._hanging, self._below = self._below, {}
        self.rows.append([])
        self._heads.append((True, False))
        self._fill()

    def end_row(self) -> None:
        """Fill what hangs down to the right of the row's last cell."""
        for at in sorted(self._hanging) if self.rows else ():
            self.rows[-1].extend([""] * (at - len(self.rows[-1])))
            self._fill()

    def add(
        self,
        text: str,
        attributes: Mapping[str, str | None],
        *,
        is_head: bool = False,
        lines: Sequence[str] = (),
    ) -> None:
        """Add a cell with its spans, in a row that was begun; `lines` where it has several."""
        if not self.rows:
            self.begin_row()
        row = self.rows[-1]
        if len(lines) > 1:
            self._lines.setdefault(len(self.rows) - 1, {})[len(row)] = lines
        every, first = self._heads[-1]
        is_head = is_head or self.in_head
        own = any(not isinstance(cell, Repeated) for cell in row)
        self._heads[-1] = (every and (is_head or not text), first or (is_head and not own))
        wide, high = (_number(attributes, names) for names in _SPANS)
        wide, high = min(wide, _WIDEST), min(high, _LOWEST)
        for index in range(wide):
            row.append(Repeated(text) if index else text)
            if high > 1:
                self._below[len(row) - 1] = text, high - 1
        again = min(_number(attributes, ("table:number-columns-repeated",)), _WIDEST)
        row.extend([text] * (again - 1))
        self._cells = hold_cells(self._cells + wide + again - 1)
        self._fill()

    def unfold(self) -> None:
        """Make rows of the lines in a row's cells where they are names and their values.

        >>> grid = Grid()
        >>> grid.begin_row()
        >>> grid.add("Zoo Shop", {}, lines=["Zoo", "Shop"])
        >>> grid.add("9 to 17 closed", {}, lines=["9 to 17", "closed"])
        >>> grid.unfold(); grid.rows
        [['Zoo', '9 to 17'], ['Shop', 'closed']]
        """
        unfolded, heads = [], []
        for place, (row, head) in enumerate(zip(self.rows, self._heads, strict=True)):
            rows = _unfolded(row, self._lines.get(place, {}))
            unfolded += rows
            heads += [head] * len(rows)
            self._cells = hold_cells(self._cells + len(row) * (len(rows) - 1))
        self.rows, self._heads = unfolded, heads
        self._lines.clear()

    @property
    def headers(self) -> int | None:
        """How many rows name the columns; `None` where the cells do not say."""
        heads = self._filled_heads()
        count = next((n for n, (every, _) in enumerate(heads) if not every), min(1, len(heads)))
        return count or (0 if self.is_keyed else None)

    @property
    def is_keyed(self) -> bool:
        """Whether the first cell of each row but headers is its name."""
        body = [first for every, first in self._filled_heads() if not every]
        return bool(body) and all(body)

    @property
    def is_single(self) -> bool:
        """Whether no row has more than one cell that says something, as where text is laid out."""
        return not self.headers and all(sum(map(bool, row)) < 2 for row in self.rows)

    def _filled_heads(self) -> list[tuple[bool, bool]]:
        heads = zip(self._heads, self.rows, strict=True)
        return [h for h, row in heads if any(c and not isinstance(c, Repeated) for c in row)]

    def _fill(self) -> None:
        row = self.rows[-1]
        while (at := len(row)) in self._hanging:
            text, rest = self._hanging.pop(at)
            row.append(Repeated(text))
            self._cells = hold_cells(self._cells + 1)
            if rest > 1:
                self._below[at] = text, rest - 1


@dataclass(slots=True)
class OpenTable:
    """A table while its markup is read.

    Attributes:
        words: What stood before it.
        lays_out: Whether its cells are blocks of text rather than cells.
        cell: The attributes of the open cell, under "" what it is; `None` where none is open.
        caption: Its title.
        cells: What its cells say, with their line breaks.
        grid: Its rows.
    """

    words: list[str]
    lays_out: bool = False
    cell: dict[str, str | None] | None = None
    caption: str = ""
    cells: list[str] = field(default_factory=list)
    grid: Grid = field(default_factory=Grid)

    def write(self, into: GrowingText) -> None:
        """Add its rows, or its cells one under the other where there is but one column."""
        into.add(self.caption, "\n")
        self.grid.end_row()
        self.grid.unfold()
        grid = self.grid
        if grid.is_single:
            for line in "\n".join(self.cells).split("\n"):
                into.add(" ".join(line.split()), "\n")
            into.gap = "\n\n"
        else:
            write_table(grid.rows, into, headers=grid.headers, keyed=grid.is_keyed)


def cell_text(words: str) -> str:
    """What stands in a cell on one line; items of a list in it are parted by semicolons.

    >>> cell_text("Weekdays: • Monday 9 to 17 • Friday 9 to 12".replace(" • ", ITEM))
    'Weekdays: Monday 9 to 17; Friday 9 to 12'
    """
    text = ""
    for number, piece in enumerate(words.split(ITEM)):
        item = " ".join(piece.split())
        if item:
            text += f"{'; ' if number and text and not text.endswith(_ENDED) else ' '}{item}"
    return text.strip()


def cell_lines(words: str) -> list[str]:
    """The lines of a cell that is broken into some; none of a list, whose items stand together."""
    return (
        [] if ITEM in words else [line for w in words.split("\n") if (line := " ".join(w.split()))]
    )


def _unfolded(row: list[str], lines: Mapping[int, Sequence[str]]) -> list[list[str]]:
    """A row as one for each line of its cells, where these are names and their values."""
    counts = set(map(len, lines.values()))
    named = [any(map(has_digit, cell)) for cell in lines.values()]
    if len(counts) != 1 or all(named) or not any(named):
        return [row]
    return [
        [
            lines[at][number] if at in lines else Repeated(cell) if number else cell
            for at, cell in enumerate(row)
        ]
        for number in range(counts.pop())
    ]


def _number(attributes: Mapping[str, str | None], names: tuple[str, ...]) -> int:
    told = (told_number((attributes.get(name) or "").strip()) for name in names)
    return next(filter(None, told), 1)
