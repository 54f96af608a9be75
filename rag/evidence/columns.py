"""The columns of a table: what kind of values they hold, and which one a question means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rag.evidence.kinds import MEASURED
from rag.evidence.parts import words
from rag.models.embedder import bundled_embedder
from rag.query.periods import moment
from rag.values.figures import figures
from rag.words import STOP, stem, tokens

_FIRST, _LAST = 1000, 2100  # years
DAY = 10_000  # a day is written 19450603, and this times a year is the year's beginning
_NEAR = 0.2  # cosine of question and column from which it can be meant though it is not named
_MEANT = 0.35  # cosine of a word and a column that it means: "tall" and "Height" have .85
_ALIKE = 0.55  # cosine of two names of one thing: ships and vessels .69, films and vessels .26
_OF_PEOPLE = frozenset("name names full first last".split())  # a first column of people's names
_WHEN = frozenset("year years date day when".split())
_APART = 0.04  # cosine by which a column must be nearer to the question than the next
_MANY = 0.8  # share of a column's cells that are figures, in one that can be computed with
_LOOKED_AT = 200  # rows that tell what columns there are, and which hold figures
_LONGEST = 8  # words of a cell that is read as a figure
_HUNDREDS = 3  # digits
_LEAST = 2  # rows beside one of totals
_TOTAL = 1e-6  # share by which a row of totals may differ from the sum of the others
_WITH_SIGNS = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)*(?![.,]?\d)")
_POINTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|\d+,\d+")  # a comma before decimals
_SURELY_POINTS = re.compile(r"\d+(?:\.\d{3})*,(?!\d{3}$)\d+|\d+(?:\.\d{3})+,\d+|\d+(?:\.\d{3}){2,}")
_DIGITS = re.compile(r"([^\d\n]*?)(-?\d[\d,]*(?:\.\d+)?)(\D*)")


@dataclass(frozen=True)
class Table:
    """The rows of one table: what is in each column, and each line with where it begins.

    Where only some of its rows are meant, `whole` is the table with all.
    """

    key: str
    rows: tuple[Mapping[str, str], ...]
    lines: tuple[tuple[int, str], ...]
    whole: Table | None = None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns beside the key, as the first rows have them."""
        names = dict.fromkeys(name for row in self.rows[:_LOOKED_AT] for name in row)
        return tuple(name for name in names if name != self.key)

    @cached_property
    def numeric(self) -> Mapping[str, bool]:
        """The columns of figures or days, and whether it is days (or years) that they hold."""
        found = {}
        for name in self.columns:
            values = values_of(self.cells(name)[:_LOOKED_AT])
            known = [value for value in values if value is not None]
            if known and len(known) >= _MANY * len(values):
                found[name] = all(is_year(value) or is_day(value) for value in known)
        return found

    def cells(self, column: str) -> list[str]:
        return [row.get(column, "") for row in self.rows]

    def values(self, column: str) -> list[float | None]:
        """The cells of a column as numbers, by how the whole table writes them."""
        return values_of(self.cells(column), (self.whole or self).cells(column))

    def has(self, cell: str) -> bool:
        """Whether a cell stands in another column than the key's."""
        return any(cell in row.values() and row[self.key] != cell for row in self.rows)

    def only(self, places: Iterable[int]) -> Table:
        """The table with some of its rows."""
        kept = list(places)
        rows = tuple(self.rows[at] for at in kept)
        return Table(self.key, rows, tuple(self.lines[at] for at in kept), self.whole or self)


def is_year(value: float) -> bool:
    """Whether a figure can be a year.

    >>> is_year(1945.0), is_year(19450603.0), is_year(1945.5)
    (True, False, False)
    """
    return _FIRST <= value <= _LAST and value % 1 == 0


def is_day(value: float) -> bool:
    """Whether a figure can be a day as it is written here."""
    return is_year(value // DAY)


def column_meant(text: str, names: Sequence[str]) -> str:
    """The column that a text means: named, or clearly nearest by meaning; "" for none.

    >>> column_meant("the mean price of a ferry", ["Price", "Year"])
    'Price'
    """
    named = columns_named(words(text), names)
    named = named or _measuring(words(text), names)
    if named or not names:
        return named[0] if len(named) == 1 else ""
    near = bundled_embedder().embed([text, *names])
    nearest = near[1:] @ near[0]
    order = np.argsort(-nearest)
    apart = nearest[order[0]] - nearest[order[1]] if len(names) > 1 else 1.0
    return names[order[0]] if nearest[order[0]] >= _NEAR and apart >= _APART else ""


def _measuring(asked: Sequence[str], names: Iterable[str]) -> list[str]:
    """The columns of what some words compare.

    >>> _measuring(("the", "tallest", "tree"), ["Height (m)", "Planted"])
    ['Height (m)']
    """
    nouns = {noun for noun, its in MEASURED.items() if not set(asked).isdisjoint(its.split())}
    return [name for name in names if not nouns.isdisjoint(words(name))]


def alike(word: str, key: str) -> bool:
    """Whether a word can be another name of what a table's first column names.

    >>> alike("ships", "Vessel"), alike("films", "Vessel")
    (True, False)
    """
    return _cosine(word, key) >= _ALIKE


def is_row_of(word: str, key: str) -> bool:
    """Whether a word can name the rows of a table by its first column; people have a "Name".

    >>> is_row_of("people", "Name"), is_row_of("ships", "Name")
    (True, False)
    """
    return alike(word, key) or (set(words(key)) <= _OF_PEOPLE and alike(word, "people"))


def means(word: str, column: str, table: Table) -> bool:
    """Whether a word can mean a column that has another name; any can mean one called "Year"."""
    if table.numeric[column]:
        return not _WHEN.isdisjoint(words(column))
    return _cosine(word, column) >= _MEANT


def _cosine(one: str, other: str) -> float:
    mine, theirs = bundled_embedder().embed([one, other])
    return float(mine @ theirs)


def columns_named(asked: Sequence[str], names: Iterable[str]) -> list[str]:
    """The columns all of whose words, but for those like "in", some words are."""
    stems = {stem(word) for word in asked}
    told = {name: {stem(word) for word in words(name) if word not in STOP} for name in names}
    return [name for name, its in told.items() if its and stems.issuperset(its)]


def values_of(cells: Sequence[str], column: Sequence[str] = ()) -> list[float | None]:
    """Cells as numbers: their only figure, or their day; `None` where there is neither.

    What stands around the digits is read once for all cells that are written alike. The column
    that they are of, if it has more of them, tells what a point and a comma mean.

    >>> values_of(["1,250 crowns", "2 crowns", "1.5 million", "3 May 2024", "Ore"])
    [1250.0, 2.0, 1500000.0, 20240503.0, None]
    >>> values_of(["1.240", "980"]), values_of(["1.240", "0.980"]), values_of(["12,5", "8,75"])
    ([1240.0, 980.0], [1.24, 0.98], [12.5, 8.75])
    """
    if has_points(column or cells):
        cells = [_WITH_SIGNS.sub(_as_written_here, cell) for cell in cells]
    scales: dict[tuple[str, str], float | None] = {}
    found = []
    for cell in cells:
        match = _DIGITS.fullmatch(cell)
        if match is None:
            found.append(_figure(cell))
            continue
        before, digits, after = match.groups()
        bare = float(digits.replace(",", ""))
        around = before, after
        if around not in scales:
            value = _figure(cell) if before or after else bare
            scales[around] = None if value is None else value / bare if bare else 1.0
        scale = scales[around]
        found.append(None if scale is None else bare * scale)
    return found


def has_points(cells: Sequence[str]) -> bool:
    """Whether a column writes "1.240" for some more than a thousand, and "12,5" for a half more.

    A point before three digits is one between thousands where the longest figures without any have
    three digits: decimals would be written of these too.
    """
    text = "\n".join(cells)
    if "." not in text and "," not in text:
        return False
    found = dict.fromkeys(_WITH_SIGNS.findall(text))
    signed = [one for one in found if "." in one or "," in one]
    plain = [one for one in found if one.isdigit()]
    if not all(_POINTS.fullmatch(one) for one in signed):
        return False
    if any(_SURELY_POINTS.fullmatch(one) for one in signed):
        return True
    return "," not in text and max(map(len, plain), default=0) == _HUNDREDS


def _as_written_here(figure: re.Match[str]) -> str:
    return (
        figure[0].replace(".", "").replace(",", ".") if _POINTS.fullmatch(figure[0]) else figure[0]
    )


def _figure(cell: str) -> float | None:
    day = moment(cell) if cell else None
    if day is not None and all(day):
        year, month, date = day
        return float(year * DAY + month * 100 + date)
    found = figures(cell)
    return found[0].value if len(found) == 1 and len(tokens(cell)) <= _LONGEST else None


def without_total(values: Sequence[float | None]) -> Iterator[int]:
    """The places of values, but for one at the end that is the sum of the others."""
    known = [value for value in values if value is not None]
    last = values[-1] if values else None
    others = sum(known) - (last or 0.0)
    is_total = last is not None and len(known) > _LEAST and abs(last - others) <= _TOTAL * last
    yield from range(len(values) - bool(is_total))
