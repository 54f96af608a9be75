"""What a whole column says: the largest, the smallest, the sum, the mean, which rows meet what.

Computed in code over all rows of the table that was found, since no reader can. One pass over lines
of text needs neither pandas nor a database; how figures and dates are written is known to `values`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from statistics import fmean

from rag.documents.context import headings_above
from rag.documents.table import CELL, is_row
from rag.evidence.catalogue import Told
from rag.evidence.columns import (
    Table,
    column_meant,
    columns_named,
    is_row_of,
    is_year,
    means,
    values_of,
    without_total,
)
from rag.evidence.conditions import Condition, conditions, met_by, without
from rag.evidence.features import Weight
from rag.evidence.named_cells import cell_of
from rag.evidence.names import names_in
from rag.evidence.parts import is_part, whole_of, words
from rag.evidence.rows import OF_ALL, Row, counted_in, rows_of, wanted_of_all
from rag.evidence.selection import share
from rag.schema import Document, Evidence, Hit, Span
from rag.words import STOP, WHETHER, stem

_AGES = frozenset(("oldest", "youngest", "newest"))  # of years; of ages turned round
_STANDING = frozenset("stand stands stood lie lies located exist".split())
_BEING = _STANDING | {"found"}  # somewhere
_ASKING = _STANDING | set(  # words that no table need have
    "many much number list listed table row rows name names cost costs pay pays".split()
)
_LISTING = frozenset("which what who list name show give find".split())
_CITED = 8  # rows beneath a figure
_OF_ROWS = ("number", "rows", "whether")
_COVERED = 0.5  # share of the question's weight that table and named cells hold
_LEAST_ROWS = 2


def computed(
    question: str,
    hits: Sequence[Hit],
    document: Callable[[str], Document | None],
    *,
    weight: Weight,
) -> Told | None:
    """What a column of the table that was found says; `None` where nothing of it is asked."""
    bounds = conditions(question)
    looked: set[tuple[str, str]] = set()  # documents and first columns: a table is read once
    for hit in hits if _Asked.of(question, bounds, ()).wants else ():
        for columns, rows in _by_columns(hit):
            asked = _Asked.of(question, bounds, columns)
            table = hit.document, columns[0]
            row = next((row for row in rows if _is_of(asked, row, weight)), None)
            if row is None or table in looked or (whole := document(hit.document)) is None:
                continue
            looked.add(table)
            found = _found(asked, whole, row) if _may_tell(asked, columns, whole) else None
            if found is not None and (told := _told(asked, found)) is not None:
                return told
    return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of a table; `rest` is it with blanks where its conditions stood."""

    question: str
    rest: str
    words: tuple[str, ...]
    bounds: tuple[Condition, ...]

    @classmethod
    def of(cls, question: str, bounds: Iterable[Condition], columns: Iterable[str]) -> _Asked:
        """A question of a table with some columns: "in 2022" is no condition of a column "2022"."""
        heads = set(words(" ".join(columns)))
        kept = tuple(b for b in bounds if b.kind != "within" or f"{b.low:.0f}" not in heads)
        rest = without(question, kept)
        return cls(question, rest, words(rest), kept)

    @property
    def wants(self) -> str:
        """A word of `OF_ALL`, "number", "rows" or "whether"; "" where no column is asked of."""
        first = self.words[0] if self.words else ""
        if wanted := wanted_of_all(self.words):
            return wanted
        if self.words[:2] == ("how", "many"):
            return "number"
        if self.bounds and first in WHETHER:
            return "whether"
        return "rows" if first in _LISTING else ""


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a question finds in a table.

    Attributes:
        whole: The article.
        beside: What tells where the table stands.
        every: How many rows it has.
        table: Those that have all cells that the question names.
        cells: The words of these cells.
        places: Those of them that meet its conditions.
        columns: What the conditions are of.
    """

    whole: Document
    beside: str
    every: int
    table: Table
    cells: frozenset[str]
    places: Sequence[int]
    columns: Sequence[str]

    def told(self, said: str, places: Sequence[int]) -> Told:
        """A sentence that rests on some rows."""
        return Told(said, _cited(self.whole, self.table, places))

    def called(self, places: Sequence[int], *columns: str) -> str:
        """Some rows by their keys and their cells of columns; of many the first."""
        which = "; ".join(_called(self.table, at, *columns) for at in places[:_CITED])
        return which + (f"; and {len(places) - _CITED:,} more" if len(places) > _CITED else "")


def _by_columns(hit: Hit) -> Iterator[tuple[tuple[str, ...], Iterator[Row]]]:
    """The rows of a passage's tables, by the names of their columns."""
    rows = (row for _, row in rows_of(hit) if not row.form and row.cells[0][0])
    return groupby(rows, key=lambda row: tuple(name for name, _ in row.cells))


def _may_tell(asked: _Asked, columns: Sequence[str], whole: Document) -> bool:
    """Whether several rows can have a cell that is asked for, told before all are read."""
    if asked.bounds or asked.wants != "rows":
        return True
    heads, text = {stem(word) for word in words(" ".join(columns))}, whole.text.lower()
    cells = (w for w in asked.words if not w[0].isdigit() and w not in STOP | _ASKING)
    return all(text.count(word) >= _LEAST_ROWS for word in cells if stem(word) not in heads)


def _found(asked: _Asked, whole: Document, row: Row) -> _Rows | None:
    """What a table has of what is asked; `None` where a condition is of none of its columns."""
    every, section = _table(whole, row, asked)
    beside = " ".join(filter(None, (row.beside, section)))
    whose = () if asked.wants == "whether" else words(beside)
    named, cells = _named(every, asked.words, frozenset(whose))
    table = every.only(named)
    met = met_by(asked.rest, asked.bounds, table)
    return _Rows(whole, beside, len(every.rows), table, cells, *met) if met else None


def _told(asked: _Asked, rows: _Rows) -> Told | None:
    """What is computed over the rows of a table; `None` where they do not tell."""
    if asked.wants not in _OF_ROWS:
        return _figure(asked, rows) if len(rows.table.rows) >= _LEAST_ROWS else None
    if not _is_told(asked, rows):
        return None
    if asked.wants == "whether":
        return _whether(rows)
    if asked.wants == "number" and not rows.columns:
        return _counted(asked, rows)
    return _listed(asked, rows) if rows.columns or rows.cells else None


def _whether(rows: _Rows) -> Told | None:
    """Whether the one row that is named meets the conditions."""
    if len(rows.table.rows) != 1 or not rows.columns:
        return None
    return rows.told(f"{'Yes' if rows.places else 'No'}: {rows.called([0], *rows.columns)}", [0])


def _counted(asked: _Asked, rows: _Rows) -> Told | None:
    """How many rows there are, where the question has the noun of their first column."""
    table, noun = rows.table, counted_in(asked.words)
    if len(rows.places) < _LEAST_ROWS or noun.isdisjoint(map(stem, words(table.key))):
        return None
    of = _cells_named(table, asked.words) or table.key
    return rows.told(f"{len(rows.places):,} rows: {of}", rows.places)


def _listed(asked: _Asked, rows: _Rows) -> Told | None:
    """Which rows meet the conditions, and how many; where none does, the one that comes nearest."""
    certain = rows.columns and not all(one.kind == "within" for one in asked.bounds)
    if asked.wants == "rows" and not certain and len(rows.places) < _LEAST_ROWS:
        return None  # one row answers by itself
    if not rows.places:
        return _nearest(asked, rows)
    named = columns_named(asked.words, rows.table.columns)
    shown = dict.fromkeys((*rows.columns, *named)) or _columns_of(rows)
    said = f"{len(rows.places):,} of {rows.every:,} rows: {rows.called(rows.places, *shown)}"
    return rows.told(said, rows.places)


def _nearest(asked: _Asked, rows: _Rows) -> Told | None:
    """That no row meets the conditions, and the one that comes nearest to the first."""
    if not asked.bounds or not rows.table.rows:
        return None
    values = rows.table.values(rows.columns[0])
    known = [at for at, value in enumerate(values) if value is not None]
    far = max if asked.bounds[0].kind in ("over", "least") else min
    place = far(known, key=lambda at: values[at] or 0.0)
    name = "highest" if far is max else "lowest"
    called = rows.called([place], rows.columns[0])
    return rows.told(f"0 of {rows.every:,} rows; the {name}: {called}", [place])


def _figure(asked: _Asked, rows: _Rows) -> Told | None:
    """The largest, the smallest, the sum or the mean of the rows that meet the conditions."""
    table = rows.table
    column = column_meant(asked.rest, [name for name in table.numeric if name not in rows.columns])
    if not column:
        return None
    values, meet = table.values(column), set(rows.places)
    places = [at for at in without_total(values) if values[at] is not None and at in meet]
    known = [value for at in places if (value := values[at]) is not None]
    if not known:
        return None
    kind = OF_ALL.get(asked.wants)
    over = f"{len(places):,} row{'s' * (len(places) > 1)}"
    if kind in ("sum", "mean"):
        figure = sum(known) if kind == "sum" else fmean(known)
        name = "Sum" if kind == "sum" else "Mean"
        return rows.told(f"{name} over {over}, {column}: {_written(figure)}", places)
    best = max(known) if _upwards(asked.wants, known) else min(known)
    found = [at for at in places if values[at] == best]
    name = "Highest" if best == max(known) else "Lowest"
    return rows.told(f"{name} of {over}: {rows.called(found, column, *rows.columns)}", found)


def _is_told(asked: _Asked, rows: _Rows) -> bool:
    """Whether table, what tells where it stands, and conditions have all words of a question.

    Where the column of a condition has another name, one more word may mean it: "deep" a column
    "Depth (m)", "dug" a column "Year".
    """
    table = rows.table
    heads = words(" ".join((rows.beside, table.key, *table.columns)))
    known = {stem(word) for word in (*heads, *rows.cells)}
    rest = [word for word in asked.words if word not in STOP | _ASKING]
    strange = [word for word in rest if stem(word) not in known]
    if rest[:1] == strange[:1]:  # what is listed or counted
        if not rest or not is_row_of(rest[0], table.key):
            return False
        strange = strange[1:]
    of = rows.columns[: len(asked.bounds)]
    unnamed = set(of) - set(columns_named(words(asked.question), of))
    return len(strange) <= len(unnamed) and all(
        any(means(word, column, table) for column in unnamed) for word in strange
    )


def _columns_of(rows: _Rows) -> list[str]:
    """The columns in which the cells stand that a question names."""
    first, columns = rows.table.rows[0], rows.table.columns
    return [name for name in columns if rows.cells.issuperset(words(first.get(name, "")))]


def _called(table: Table, at: int, *columns: str) -> str:
    """A row by its key, or all its words where others have the same, and cells of columns."""
    row = table.rows[at]
    key = row[table.key]
    alone = table.cells(table.key).count(key) == 1
    every = table.whole or table
    keys = every.cells(table.key)
    whole = whole_of(keys, every.lines.index(table.lines[at])) if is_part(key) else -1
    shown = () if alone else (n for n in row if n != table.key and values_of([row[n]]) == [None])
    names = dict.fromkeys((*shown, *columns))
    told = (keys[whole], key) if whole >= 0 else (key,)
    return ", ".join((*told, *(f"{name}: {row[name]}" for name in names if row.get(name))))


def _upwards(wants: str, known: Sequence[float]) -> bool:
    turned = wants in _AGES and not all(map(is_year, known))
    return (OF_ALL[wants] == "most") is not turned


def _table(document: Document, first: Row, asked: _Asked) -> tuple[Table, str]:
    """All rows of a document that have the same first column as one of them.

    Where it has such rows in several sections or sheets and the question names some of these, only
    theirs; and how these are called.
    """
    key = first.cells[0][0]
    found = re.finditer(rf"^{re.escape(key)}: .*$", document.text, re.M)
    lines = [(match.start(), match[0]) for match in found if is_row(match[0])]
    heads = [bisect_right(document.headings, at, key=attrgetter("start")) for at, _ in lines]
    called = _sections(document, set(heads), {stem(word) for word in asked.words})
    lines = [line for line, at in zip(lines, heads, strict=True) if not called or at in called]
    rows = tuple(dict(map(cell_of, line.split(CELL))) for _, line in lines)
    return Table(key, rows, tuple(lines)), " ".join(called.values())


def _sections(document: Document, heads: Collection[int], asked: set[str]) -> dict[int, str]:
    """Those of some sections, by the number of their heading, that are named by what is asked.

    What all of them are called alike names none.
    """
    called = {
        at: " ".join(headings_above(document, document.headings[at - 1].start)) if at else ""
        for at in heads
    }
    names = {
        at: {stem(word) for word in words(name) if word not in STOP} for at, name in called.items()
    }
    alike = set.intersection(*names.values())
    own = {at: name - alike for at, name in names.items()}
    return {at: called[at] for at in sorted(heads) if own[at] and own[at] <= asked}


def _named(
    table: Table, asked: tuple[str, ...], whose: frozenset[str]
) -> tuple[list[int], frozenset[str]]:
    """The rows that have all cells that the question names whole, and the words of these.

    A key that tells whose the table is, too, names no row: of the county of Malm all towns are
    meant, not the town of Malm.
    """
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
    for value in [value for value in spelt if whose.issuperset(value)]:
        if not any(table.has(cell) for cell in spelt[value]):
            del spelt[value]
    kept = [
        at
        for at, row in enumerate(table.rows)
        if all(not cells.isdisjoint(row.values()) for cells in spelt.values())
    ]
    return kept, frozenset(word for value in spelt for word in value)


def _is_of(asked: _Asked, row: Row, weight: Weight) -> bool:
    """Whether names and most other words of a question are those of a row's table."""
    heads = " ".join(name for name, _ in row.cells)
    has = {*words(f"{row.beside} {heads}"), *row.held}
    for name in names_in(asked.rest):
        if not has.issuperset(word for word in words(name) if word not in STOP):
            return False
    if asked.bounds and asked.wants in _OF_ROWS:
        return True  # each word is looked at, see `_is_told`
    rest = (word for word in asked.words if word not in OF_ALL and word not in _ASKING)
    return share(" ".join(rest), {stem(word) for word in has}, weight) >= _COVERED


def _cells_named(table: Table, asked: tuple[str, ...]) -> str:
    """The cells that all rows have and the question names, as they are written."""
    first, last = table.rows[0], table.rows[-1]
    return ", ".join(
        f"{name}: {cell}"
        for name, cell in first.items()
        if set(words(cell)) <= set(asked) and last.get(name) == cell
    )


def _written(figure: float) -> str:
    """A figure as a person writes it."""
    return f"{figure:,.0f}" if figure.is_integer() else f"{figure:,.2f}".rstrip("0")


def _cited(document: Document, table: Table, at: Sequence[int] | range) -> tuple[Evidence, ...]:
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
