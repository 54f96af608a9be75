"""What the columns of a table are called: the rows that say it, told by the format or found.

Knows cells only. Figures name columns too, where they are a series, as years are. A table of two
columns is often a list of names and values; it is read as such rather than under a false header.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_LONGEST_NAME = 80  # characters of a column's name
_LONGEST_KEY = 40
_MOST = 3  # rows of a header that are found
_DIGITS = re.compile(r"\d[\d.,]*")
_UNIT = re.compile(r"^[(\[].*[)\]]$|^[%‰€$£¥°]\S{0,3}$")
_NOTHING = frozenset({"n/a", "na", "none", "nil", "-", "–", "—", "?", "unknown", "…", "..."})
_YEAR = re.compile(r"(?:19|20|21)\d\d")
_FIGURES = re.compile(rf"{_YEAR.pattern}|\d{{1,3}}")


class Repeated(str):
    """What a merged cell says, in another cell that it covers."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Header:
    """What was found at the head of a table.

    Attributes:
        above: Rows above the header, such as a title.
        rows: Rows that name the columns.
        names: The columns' names; empty where there are none.
        pairs: Whether each row is a name and its value.
        last: The last row of the header, as it stands.
    """

    above: int = 0
    rows: int = 0
    names: tuple[str, ...] = ()
    pairs: bool = False
    last: tuple[str, ...] = ()

    def name(self, index: int) -> str:
        """The name of a column; "" where it has none."""
        return self.names[index] if index < len(self.names) else ""


def has_digit(cell: str) -> bool:
    """Whether a cell holds a figure."""
    return any(letter.isdigit() for letter in cell)


def find_header(
    rows: Sequence[Sequence[str]], *, told: int | None, sure: bool, keyed: bool, above: Header
) -> Header:
    """The header of a table that begins with these rows.

    Args:
        rows: The first rows, none of them blank.
        told: How many rows the format says are headers; `None` where it does not say.
        sure: Whether a row of words is taken for a header without more ado.
        keyed: Whether the first cell of each row is its name.
        above: The header of the table above; it holds for rows that have none of their own.

    >>> rows = [["Town", "2021", "2022"], ["Lund", "640", "655"]]
    >>> find_header(rows, told=None, sure=True, keyed=False, above=Header()).names
    ('Town', '2021', '2022')
    """
    head = 0
    while head < len(rows) and (told is None or told > 1) and _is_title(rows[head]):
        head, told = head + 1, told and told - 1
    rest = rows[head:]
    count = min(told, len(rest)) if told is not None else _found(rest, sure)
    if told is None and above.names and not (count and _sets_apart(rest[0], rest[1:])):
        return Header(head, 0, above.names, last=above.last)
    body = rest[count:]
    if not body:
        return Header(len(rows))
    if (not count or (told is None and not sure)) and _are_pairs(rest, keyed, count):
        return Header(head, pairs=True)
    if not count:
        return Header(head)
    names = tuple(_joined(column) for column in _columns(rest[:count]))
    return Header(head, count, names, last=tuple(rest[count - 1]))


def _is_title(row: Sequence[str]) -> bool:
    """Whether a row says one thing alone, of the whole table or of what follows."""
    own = sum(bool(cell) and not isinstance(cell, Repeated) for cell in row)
    return own == 1 and (_filled(row) == 1 or (not isinstance(row[0], Repeated) and bool(row[0])))


def _found(rows: Sequence[Sequence[str]], sure: bool) -> int:
    """How many rows name the columns, where nothing says so."""
    if len(rows) < 2 or not _may_name(rows[0], rows[1:]) or _is_alike(rows[0], rows[1]):
        return 0
    wide = max(map(_filled, rows)) > 2
    if not (sure or wide or _sets_apart(rows[0], rows[1:])):
        return 0
    count = 1
    while count < min(_MOST, len(rows) - 1) and _goes_on(rows[:count], rows[count:]):
        count += 1
    return count


def _may_name(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a row looks like the names of columns: two or more, short, different, in words."""
    filled = [cell for cell in row if cell and not isinstance(cell, Repeated)]
    figures = [cell for cell in filled if _is_figure(cell)]
    return (
        _filled(row) > 1
        and len(set(filled)) == len(filled)
        and all(len(cell) <= _LONGEST_NAME for cell in filled)
        and (not figures or _is_series(row, figures) or _are_years(row, body))
    )


def _is_alike(row: Sequence[str], following: Sequence[str]) -> bool:
    """Whether a cell is like the one below but for its figures, as `3 days` and `18 days`."""
    return any(
        not _is_figure(cell) and _DIGITS.search(cell) and _DIGITS.sub("#", cell) == shape
        for cell, shape in zip(row, (_DIGITS.sub("#", cell) for cell in following), strict=False)
    )


def _is_series(row: Sequence[str], figures: Sequence[str]) -> bool:
    """Whether figures count up or down in even steps, to the right of a word or of nothing."""
    if _is_figure(row[0]) or not all(map(_FIGURES.fullmatch, figures)):
        return False
    steps = {int(after) - int(before) for before, after in pairwise(figures)}
    years = all(len(figure) == 4 for figure in figures)
    return len(steps) == 1 and 0 not in steps and len(figures) > (1 if years else 2)


def _are_years(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether all figures are years, some left out, in order above columns of other figures."""
    columns = [at for at, cell in enumerate(row) if _is_figure(cell)]
    if 0 in columns or not row[0] or not all(_YEAR.fullmatch(row[at]) for at in columns):
        return False
    years = [int(row[at]) for at in columns]
    below = [other[at] for other in body for at in columns if at < len(other) and other[at]]
    told = [cell for cell in below if cell.lower() not in _NOTHING]
    return (
        len(years) > 1
        and years in (sorted(set(years)), sorted(set(years), reverse=True))
        and bool(told)
        and all(map(_is_figure, told))
        and 2 * sum(bool(_YEAR.fullmatch(cell)) for cell in told) < len(told)
    )


def _goes_on(header: Sequence[Sequence[str]], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the next row names columns too: units, or parts of what the row above spans."""
    following, body = rest[0], rest[1:]
    filled = [cell for cell in following if cell]
    if filled and all(_UNIT.match(cell) for cell in filled):
        return True
    spans = any(isinstance(cell, Repeated) for cell in header[-1]) or (
        "" in header[-1][1:] and len(filled) > _filled(header[-1])
    )
    plain = not any(_is_figure(cell) for cell in filled) or _may_name(following, body)
    return spans and plain and _sets_apart(following, body)


def _sets_apart(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a row of words, or a series, stands above columns of figures."""
    for index, cell in enumerate(row):
        below = [other[index] for other in body if index < len(other) and other[index]]
        below = [other for other in below if other.lower() not in _NOTHING]
        figures = sum(map(has_digit, below))
        words = not has_digit(cell) or _FIGURES.fullmatch(cell)
        if cell and words and below and 2 * figures > len(below):
            return True
    return False


def _are_pairs(rows: Sequence[Sequence[str]], keyed: bool, count: int) -> bool:
    """Whether two columns are names and values, rather than two columns with names of their own."""
    if any(len(row) != 2 or not row[0] for row in rows) or len(rows) < 2:
        return False
    if keyed and not count:
        return True
    keys, values = [row[0] for row in rows], [row[1] for row in rows if row[1]]
    if all(key.endswith(":") for key in keys):
        return True
    short = all(len(key) <= _LONGEST_KEY and not _is_figure(key) for key in keys)
    if not short or len(set(keys)) < len(keys) or len(rows) < 3:
        return False
    below = [value for value in values[1:] if value.lower() not in _NOTHING]
    words = sum(not has_digit(value) for value in below)
    return len(below) <= 4 * words <= 3 * len(below)


def _columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Columns of a header; a name above others goes on to the right where it spans them."""
    wide = max(map(len, rows))
    filled: list[list[str]] = []
    for number, row in enumerate(rows):
        cells = [*row, *[""] * (wide - len(row))]
        if number < len(rows) - 1 and not any(_UNIT.match(cell) for cell in rows[number + 1]):
            for index in range(2, wide):
                under = index < len(rows[number + 1]) and rows[number + 1][index]
                cells[index] = cells[index] or (cells[index - 1] if under else "")
        filled.append(cells)
    return [[row[index] for row in filled] for index in range(wide)]


def _joined(names: Sequence[str]) -> str:
    """The names of one column from the top down, each once; a unit follows without a comma."""
    text = ""
    for name in dict.fromkeys(" ".join(name.split()).rstrip(":") for name in names if name):
        sign = " " if _UNIT.match(name) else ", "
        text += f"{sign}{name}" if text else name
    return text if len(text) <= 2 * _LONGEST_NAME else f"{text[: 2 * _LONGEST_NAME]}…"


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _is_figure(cell: str) -> bool:
    return not any(letter.isalpha() for letter in cell) and has_digit(cell)
