"""What a whole column says: the largest, the smallest, the sum, the mean, how many rows.

Computed in code over all rows of the table that was found, since no reader can. One pass over lines
of text needs neither pandas nor a database; how figures and dates are written is known to `values`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from rag.documents.table import CELL, is_row
from rag.evidence.catalogue import Told
from rag.evidence.columns import (
    Table,
    alike,
    column_meant,
    columns_named,
    is_year,
    means,
    values_of,
    without_total,
)
from rag.evidence.conditions import Condition, conditions, met_by, without
from rag.evidence.features import Weight
from rag.evidence.names import names_in
from rag.evidence.rows import OF_ALL, Row, cell_of, rows_of, wanted_of_all, words
from rag.evidence.selection import share
from rag.schema import Document, Evidence, Hit, Span
from rag.words import STOP, stem

_AGES = frozenset(("oldest", "youngest", "newest"))  # of years; of ages turned round
_ASKING = frozenset(
    "many much number list listed table row rows name names cost costs pay pays".split()
)
_LISTING = {(word,) for word in "which what who list name show give find".split()}
_CITED = 8  # rows beneath a figure
_WHETHER = {(word,) for word in "is are was were does did do has have".split()}
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
    """What a column of the table that was found says; `None` where nothing of it is asked.

    Args:
        question: The standalone question.
        hits: The passages found, best first.
        document: An article by its id.
        weight: Inverse document frequency of a stem.
    """
    for hit in hits if _Asked.of(question, ()).wants else ():
        found = _asked_of(question, hit, document, weight)
        if found is not None and (told := _told(*found)) is not None:
            return told
    return None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of a table.

    Attributes:
        question: The standalone question.
        rest: The question with blanks where its conditions stood.
        words: Those of the rest.
        bounds: The conditions.
    """

    question: str
    rest: str
    words: tuple[str, ...]
    bounds: tuple[Condition, ...]

    @classmethod
    def of(cls, question: str, columns: Iterable[str]) -> _Asked:
        """A question of a table with some columns: "in 2022" is no condition of a column "2022"."""
        heads = set(words(" ".join(columns)))
        found = conditions(question)
        bounds = [b for b in found if b.kind != "within" or f"{b.low:.0f}" not in heads]
        rest = without(question, bounds)
        return cls(question, rest, words(rest), tuple(bounds))

    @property
    def wants(self) -> str:
        """A word of `OF_ALL`, "number", "rows" or "whether"; "" where no column is asked of."""
        if wanted := wanted_of_all(self.words):
            return wanted
        if self.words[:2] == ("how", "many"):
            return "number"
        if self.bounds and self.words[:1] in _WHETHER:
            return "whether"
        return "rows" if self.words[:1] in _LISTING else ""


def _asked_of(
    question: str, hit: Hit, document: Callable[[str], Document | None], weight: Weight
) -> tuple[_Asked, Document, Row, Table] | None:
    """What is asked of a passage's table: its article, a row that shows it, and all its rows."""
    for _, row in rows_of(hit):
        if row.form or not row.cells[0][0]:
            continue
        asked = _Asked.of(question, (name for name, _ in row.cells))
        if _is_of(asked, row, weight):
            whole = document(hit.document)
            return (asked, whole, row, _table(whole, row)) if whole else None
    return None


def _told(asked: _Asked, whole: Document, first: Row, every: Table) -> Told | None:
    """What is computed over the rows of a table; `None` where they do not tell."""
    places, cells = _named(every, asked.words)
    table = every.only(places)
    met = met_by(asked.rest, asked.bounds, table)
    if met is None:
        return None
    if asked.wants in _OF_ROWS:
        if not _is_told(asked, first, table, cells, met[1]):
            return None
        return _rows(asked, whole, table, met, cells, len(every.rows))
    if len(table.rows) < _LEAST_ROWS:
        return None
    return _figure(asked, whole, table, met)


def _rows(
    asked: _Asked,
    whole: Document,
    table: Table,
    met: tuple[list[int], list[str]],
    cells: frozenset[str],
    every: int,
) -> Told | None:
    """Which rows meet the conditions, and how many."""
    places, columns = met
    if asked.wants == "whether":
        if len(table.rows) != 1 or not columns:
            return None
        said = f"{'Yes' if places else 'No'}: {_called(table, 0, *columns)}"
        return Told(said, _cited(whole, table, [0]))
    certain = bool(columns) and not all(one.kind == "within" for one in asked.bounds)
    if asked.wants == "rows" and not certain and len(places) < _LEAST_ROWS:
        return None  # one row answers by itself
    if not columns and asked.wants == "number":
        counted = {stem(word) for word in asked.words[2:3]}
        if len(places) < _LEAST_ROWS or counted.isdisjoint(map(stem, words(table.key))):
            return None
        said = f"{len(places):,} rows: {_cells_named(table, asked.words) or table.key}"
        return Told(said, _cited(whole, table, places))
    if not columns and not cells:
        return None
    if not places:
        return _none(asked, whole, table, columns, every)
    named = columns_named(asked.words, table.columns)
    shown = list(dict.fromkeys((*columns, *named))) or _columns_of(table, cells)
    which = "; ".join(_called(table, at, *shown) for at in places[:_CITED])
    more = f"; and {len(places) - _CITED:,} more" if len(places) > _CITED else ""
    return Told(f"{len(places):,} of {every:,} rows: {which}{more}", _cited(whole, table, places))


def _none(
    asked: _Asked, whole: Document, table: Table, columns: Sequence[str], every: int
) -> Told | None:
    """That no row meets the conditions, and the one that comes nearest to the first."""
    if not asked.bounds or not table.rows:
        return None
    bound, values = asked.bounds[0], values_of(table.cells(columns[0]))
    known = [at for at, value in enumerate(values) if value is not None]
    far = max if bound.kind in ("over", "least") else min
    nearest = far(known, key=lambda at: values[at] or 0.0)
    name = "highest" if far is max else "lowest"
    said = f"0 of {every:,} rows; the {name}: {_called(table, nearest, columns[0])}"
    return Told(said, _cited(whole, table, [nearest]))


def _figure(
    asked: _Asked, whole: Document, table: Table, met: tuple[list[int], list[str]]
) -> Told | None:
    """The largest, the smallest, the sum or the mean of the rows that meet the conditions."""
    column = column_meant(asked.rest, [name for name in table.numeric if name not in met[1]])
    if not column:
        return None
    values = values_of(table.cells(column))
    within = set(met[0])
    rows = [at for at in without_total(values) if values[at] is not None and at in within]
    known = [value for at in rows if (value := values[at]) is not None]
    if not known:
        return None
    kind = OF_ALL.get(asked.wants)
    over = f"{len(rows):,} row{'s' * (len(rows) > 1)}"
    if kind in ("sum", "mean"):
        figure = sum(known) if kind == "sum" else fmean(known)
        name = "Sum" if kind == "sum" else "Mean"
        return Told(f"{name} over {over}, {column}: {_written(figure)}", _cited(whole, table, rows))
    best = max(known) if _upwards(asked.wants, known) else min(known)
    found = [at for at in rows if values[at] == best]
    name = "Highest" if best == max(known) else "Lowest"
    which = "; ".join(_called(table, at, column, *met[1]) for at in found[:_CITED])
    more = f"; and {len(found) - _CITED:,} more" if len(found) > _CITED else ""
    return Told(f"{name} of {over}: {which}{more}", _cited(whole, table, found))


def _is_told(
    asked: _Asked, first: Row, table: Table, cells: frozenset[str], columns: Sequence[str]
) -> bool:
    """Whether table, what tells where it stands, and conditions have all words of a question.

    Where the column of a condition has another name, one more word may mean it: "deep" a column
    "Depth (m)", "dug" a column "Year".
    """
    heads = words(" ".join((first.beside, table.key, *table.columns)))
    known = {stem(word) for word in (*heads, *cells)}
    rest = [word for word in asked.words if word not in STOP and word not in _ASKING]
    strange = [word for word in rest if stem(word) not in known]
    if rest[:1] == strange[:1]:  # what is listed or counted
        if not rest or not alike(rest[0], table.key):
            return False
        strange = strange[1:]
    of = columns[: len(asked.bounds)]
    unnamed = set(of) - set(columns_named(words(asked.question), of))
    return len(strange) <= len(unnamed) and all(
        any(means(word, column, table) for column in unnamed) for word in strange
    )


def _columns_of(table: Table, cells: frozenset[str]) -> list[str]:
    """The columns in which the cells stand that a question names."""
    first = table.rows[0]
    return [name for name in table.columns if cells.issuperset(words(first.get(name, "")))]


def _called(table: Table, at: int, *columns: str) -> str:
    """A row by its key, or all its words where others have the same, and cells of columns."""
    row = table.rows[at]
    key = row[table.key]
    alone = table.cells(table.key).count(key) == 1
    shown = () if alone else (n for n in row if n != table.key and values_of([row[n]]) == [None])
    names = dict.fromkeys((*shown, *columns))
    return ", ".join((key, *(f"{name}: {row[name]}" for name in names if row.get(name))))


def _upwards(wants: str, known: Sequence[float]) -> bool:
    turned = wants in _AGES and not all(map(is_year, known))
    return (OF_ALL[wants] == "most") is not turned


def _table(document: Document, first: Row) -> Table:
    """All rows of a document that have the same first column as one of them."""
    key = first.cells[0][0]
    found = re.finditer(rf"^{re.escape(key)}: .*$", document.text, re.M)
    lines = tuple((match.start(), match[0]) for match in found if is_row(match[0]))
    rows = tuple(dict(map(cell_of, line.split(CELL))) for _, line in lines)
    return Table(key, rows, lines)


def _named(table: Table, asked: tuple[str, ...]) -> tuple[list[int], frozenset[str]]:
    """The rows that have all cells that the question names whole, and the words of these."""
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
