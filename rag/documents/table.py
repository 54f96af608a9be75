"""Tables: CSV files, and the rows of any table as lines that say what each figure is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from rag.documents.draft import Draft
from rag.documents.limits import Unreadable, hold_rows
from rag.documents.written import Written

_SIGNS = ",;\t|"
_LOOKED_AT = 20  # lines that tell which sign stands between cells
_LONGEST_NAME = 80  # characters of a column's name
_LONGEST_CELL = 1 << 20


def read_csv(text: str) -> Draft:
    r"""A table of text to a draft, each row a line; the first row names the columns, if it does.

    >>> read_csv("Town;Cost\nLund;40,000\nSkarvik;12,500").text
    'Town: Lund | Cost: 40,000\nTown: Skarvik | Cost: 12,500'
    """
    csv.field_size_limit(_LONGEST_CELL)
    written = Written()
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_sign(text), strict=False)
    try:
        write_table(_stripped(rows), written)
    except csv.Error as error:
        raise Unreadable(
            f"is no table that can be read: {error}. Open it in a spreadsheet and save it as CSV."
        ) from error
    return Draft(str(written))


def write_table(rows: Iterable[list[str]], into: Written, before: int = 0) -> int:
    """Add a table's rows; gives how many rows there are with those `before`.

    Raises:
        Unreadable: There are too many rows, or too much text.
    """
    names: list[str] | None = None
    waiting: list[str] | None = None  # a row that may hold the columns' names
    for row in rows:
        if not any(row):
            continue
        before = hold_rows(before + 1)
        if names is None and waiting is None:
            if _may_name(row):
                waiting = row
            else:
                if sum(map(bool, row)) > 1:
                    names = []  # the table has begun, without names
                into.add(" | ".join(filter(None, row)), "\n")
            continue
        if waiting is not None:
            names, waiting = waiting, None
        into.add(_line(row, names or []), "\n")
    if waiting is not None:
        into.add(" | ".join(filter(None, waiting)))
    into.gap = "\n\n"
    return before


def _may_name(row: list[str]) -> bool:
    """Whether a row looks like the names of columns: two or more, short, different, in words."""
    filled = [cell for cell in row if cell]
    return (
        len(filled) > 1
        and len(set(filled)) == len(filled)
        and all(len(cell) <= _LONGEST_NAME for cell in filled)
        and not any(_is_figure(cell) for cell in filled)
    )


def _is_figure(cell: str) -> bool:
    return not any(letter.isalpha() for letter in cell) and any(c.isdigit() for c in cell)


def _line(row: list[str], names: list[str]) -> str:
    cells = []
    for index, cell in enumerate(row):
        if cell:
            name = names[index].rstrip(":") if index < len(names) else ""
            cells.append(f"{name}: {cell}" if name else cell)
    return " | ".join(cells)


def _sign(text: str) -> str:
    """The sign between cells: the one that the first lines have most evenly."""
    lines = [line for line in text[: 1 << 16].split("\n")[:_LOOKED_AT] if line.strip()]
    counts = {sign: [line.count(sign) for line in lines] for sign in _SIGNS}
    return max(_SIGNS, key=lambda sign: (min(counts[sign], default=0), sum(counts[sign])))


def _stripped(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        yield [" ".join(cell.split()) for cell in row]
