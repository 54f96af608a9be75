"""What a whole column says: the largest, the smallest, the sum, the mean, how many rows.

Computed in code over all rows of the table that was found, since no reader can. One pass over lines
of text needs neither pandas nor a database; how figures and dates are written is known to `values`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

import numpy as np

from rag.documents.table import CELL, is_row
from rag.evidence.catalogue import Told
from rag.evidence.features import Weight
from rag.evidence.names import names_in
from rag.evidence.rows import OF_ALL, Row, cell_of, rows_of, wanted_of_all, words
from rag.evidence.selection import share
from rag.models.embedder import bundled_embedder
from rag.query.periods import moment
from rag.schema import Document, Evidence, Hit, Span
from rag.values.figures import figures
from rag.words import STOP, stem, tokens

_AGES = frozenset(("oldest", "youngest", "newest"))  # of years; of ages turned round
_ASKING = frozenset("many much number list listed table row rows".split())
_CITED = 8  # rows beneath a figure
_COVERED = 0.5  # share of the question's weight that table and named cells hold
_NEAR = 0.2  # cosine of question and column from which it can be meant though it is not named
_APART = 0.04  # cosine by which a column must be nearer to the question than the next
_MANY = 0.8  # share of a column's cells that are figures, in one that can be computed with
_LEAST_ROWS = 2
_LOOKED_AT = 200  # rows that tell what columns there are, and which hold figures
_DIGITS = re.compile(r"([^\d\n]*?)(-?\d[\d,]*(?:\.\d+)?)(\D*)")
_YEARS = range(1000, 2101)
_TOTAL = 1e-6  # share by which a row of totals may differ from the sum of the others


@dataclass(frozen=True)
class _Table:
    """The rows of one table: what is in each column, and each line with where it begins."""

    key: str
    rows: tuple[Mapping[str, str], ...]
    lines: tuple[tuple[int, str], ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns beside the key, as the first rows have them."""
        names = dict.fromkeys(name for row in self.rows[:_LOOKED_AT] for name in row)
        return tuple(name for name in names if name != self.key)

    def cells(self, column: str) -> list[str]:
        return [row.get(column, "") for row in self.rows]


def computed(
    question: str,
    hits: Sequence[Hit],
    document: Callable[[str], Document | None],
    *,
    weight: Weight,
) -> Told | None:
    """What a column of the table that was found says; `None` where nothing of it is asked.

    Args:
        question: The standalone question.
        hits: The passages found, best first.
        document: An article by its id.
        weight: Inverse document frequency of a stem.
    """
    asked = words(question)
    wants = wanted_of_all(asked) or ("number" if asked[:2] == ("how", "many") else "")
    for hit in hits if wants else ():
        table = _asked_of(question, asked, hit, document, weight)
        if table is not None and (told := _told(question, asked, wants, *table)) is not None:
            return told
    return None


def _asked_of(
    question: str,
    asked: tuple[str, ...],
    hit: Hit,
    document: Callable[[str], Document | None],
    weight: Weight,
) -> tuple[Document, _Table] | None:
    """The table of a passage, so far as the question is of it."""
    rows = (row for _, row in rows_of(hit) if not row.form and row.cells[0][0])
    first = next((row for row in rows if _is_of(question, asked, row, weight)), None)
    if first is None:
        return None
    whole = document(hit.document)
    table = _named(_table(whole, first), asked) if whole else None
    return (whole, table) if whole and table else None


def _told(
    question: str, asked: tuple[str, ...], wants: str, whole: Document, table: _Table
) -> Told | None:
    """What is computed over the rows of a table."""
    if wants == "number":
        counted = stem(asked[asked.index("many") + 1]) if "many" in asked[:-1] else ""
        if counted not in map(stem, words(table.key)):
            return None
        said = f"{len(table.rows):,} rows: {_cells_named(table, asked) or table.key}"
        return Told(said, _cited(whole, table, range(len(table.rows))))
    column = _column(question, asked, table)
    if not column:
        return None
    values = values_of(table.cells(column))
    rows = [at for at in _without_total(values) if values[at] is not None]
    known = [value for at in rows if (value := values[at]) is not None]
    kind = OF_ALL.get(wants)
    if kind in ("sum", "mean"):
        figure = sum(known) if kind == "sum" else fmean(known)
        name = "Sum" if kind == "sum" else "Mean"
        return Told(
            f"{name} over {len(rows):,} rows, {column}: {_written(figure)}",
            _cited(whole, table, rows),
        )
    best = max(known) if _upwards(wants, known) else min(known)
    found = [at for at in rows if values[at] == best]
    name = "Highest" if best == max(known) else "Lowest"
    which = "; ".join(_called(table, at, column) for at in found[:_CITED])
    more = f"; and {len(found) - _CITED:,} more" if len(found) > _CITED else ""
    return Told(f"{name} of {len(rows):,} rows: {which}{more}", _cited(whole, table, found))


def _called(table: _Table, at: int, column: str) -> str:
    """A row by its key, or all its words where others have the same, and its cell of a column."""
    row = table.rows[at]
    key = row[table.key]
    alone = table.cells(table.key).count(key) == 1
    more = [f"{n}: {c}" for n, c in row.items() if n != table.key and values_of([c]) == [None]]
    return ", ".join((key, *(() if alone else more), f"{column}: {row[column]}"))


def _upwards(wants: str, known: Sequence[float]) -> bool:
    turned = wants in _AGES and not all(value in _YEARS for value in known)
    return (OF_ALL[wants] == "most") is not turned


def _table(document: Document, first: Row) -> _Table:
    """All rows of a document that have the same first column as one of them."""
    key = first.cells[0][0]
    found = re.finditer(rf"^{re.escape(key)}: .*$", document.text, re.M)
    lines = tuple((match.start(), match[0]) for match in found if is_row(match[0]))
    rows = tuple(dict(map(cell_of, line.split(CELL))) for _, line in lines)
    return _Table(key, rows, lines)


def _named(table: _Table, asked: tuple[str, ...]) -> _Table | None:
    """The rows that have all cells that the question names whole."""
    told = {
        asked[at : at + size]
        for size in range(1, 6)
        for at in range(len(asked) - size + 1)
        if not STOP.issuperset(asked[at : at + size])
    }
    heads = {word for name in (table.key, *table.columns) for word in words(name)}
    spelt: dict[tuple[str, ...], set[str]] = {}
    begins = tuple({one[0][0] for one in told})
    for cell in {cell for row in table.rows for cell in row.values()}:
        value = words(cell) if cell.lower().startswith(begins) else ()
        if value in told and not heads.issuperset(value):
            spelt.setdefault(value, set()).add(cell)
    kept = [
        at
        for at, row in enumerate(table.rows)
        if all(not cells.isdisjoint(row.values()) for cells in spelt.values())
    ]
    if len(kept) < _LEAST_ROWS:
        return None
    rows = tuple(table.rows[at] for at in kept)
    return _Table(table.key, rows, tuple(table.lines[at] for at in kept))


def _is_of(question: str, asked: Sequence[str], row: Row, weight: Weight) -> bool:
    """Whether names and most other words of a question are those of a row's table."""
    heads = " ".join(name for name, _ in row.cells)
    has = {*words(f"{row.beside} {heads}"), *row.held}
    for name in names_in(question):
        if not has.issuperset(word for word in words(name) if word not in STOP):
            return False
    rest = (word for word in asked if word not in OF_ALL and word not in _ASKING)
    return share(" ".join(rest), {stem(word) for word in has}, weight) >= _COVERED


def _cells_named(table: _Table, asked: tuple[str, ...]) -> str:
    """The cells that all rows have and the question names, as they are written."""
    first, last = table.rows[0], table.rows[-1]
    return ", ".join(
        f"{name}: {cell}"
        for name, cell in first.items()
        if set(words(cell)) <= set(asked) and last.get(name) == cell
    )


def _column(question: str, asked: Sequence[str], table: _Table) -> str:
    """The column of figures that is meant: named, or clearly nearest by meaning; "" for none."""
    looked = min(len(table.rows), _LOOKED_AT)
    numeric = [
        name
        for name in table.columns
        if looked - values_of(table.cells(name)[:looked]).count(None) >= _MANY * looked
    ]
    stems = {stem(word) for word in asked}
    named = [name for name in numeric if stems.issuperset(map(stem, words(name)))]
    if named or not numeric:
        return named[0] if len(named) == 1 else ""
    near = bundled_embedder().embed([question, *numeric])
    nearest = near[1:] @ near[0]
    order = np.argsort(-nearest)
    apart = nearest[order[0]] - nearest[order[1]] if len(numeric) > 1 else 1.0
    return numeric[order[0]] if nearest[order[0]] >= _NEAR and apart >= _APART else ""


def values_of(cells: Iterable[str]) -> list[float | None]:
    """Cells as numbers: their only figure, or their day; `None` where there is neither.

    What stands around the digits is read once for all cells that are written alike.

    >>> values_of(["1,250 crowns", "2 crowns", "1.5 million", "3 May 2024", "Ore"])
    [1250.0, 2.0, 1500000.0, 20240503.0, None]
    """
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


def _figure(cell: str) -> float | None:
    day = moment(cell) if cell else None
    if day is not None and all(day):
        year, month, date = day
        return float(year * 10_000 + month * 100 + date)
    found = figures(cell)
    return found[0].value if len(found) == 1 and len(tokens(cell)) <= _CITED else None


def _without_total(values: Sequence[float | None]) -> Iterator[int]:
    """The places of values, but for one at the end that is the sum of the others."""
    known = [value for value in values if value is not None]
    last = values[-1] if values else None
    others = sum(known) - (last or 0.0)
    is_total = last is not None and len(known) > _LEAST_ROWS and abs(last - others) <= _TOTAL * last
    yield from range(len(values) - bool(is_total))


def _written(figure: float) -> str:
    """A figure as a person writes it."""
    return f"{figure:,.0f}" if figure.is_integer() else f"{figure:,.2f}".rstrip("0")


def _cited(document: Document, table: _Table, at: Sequence[int] | range) -> tuple[Evidence, ...]:
    """The first of some rows as evidence."""
    found = []
    for place in at[:_CITED]:
        start, text = table.lines[place]
        span = Span(start, start + len(text))
        of = document.place(start)
        facts = document.id, document.title, document.date
        one = Evidence(*facts, *span, quote=text, score=1.0, used=True)
        found.append(replace(one, page=of.page, place=of.name))
    return tuple(found)
