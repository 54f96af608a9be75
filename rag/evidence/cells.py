"""What is read off tables, forms and numbered parts: cells in words, proven by their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.documents.table import CELL, is_row
from rag.evidence.asked import thing_asked
from rag.evidence.catalogue import Told
from rag.evidence.features import Question, Weight
from rag.evidence.kinds import lacking
from rag.evidence.named_cells import HALF, cell_of, columns_meant, is_named
from rag.evidence.numbered import part_named
from rag.evidence.parts import is_part, own_words, whole_of, words
from rag.evidence.rows import FIELD, rows_named, rows_of
from rag.evidence.tables import computed
from rag.query import Intent, Query
from rag.schema import Document, Evidence, Hit, Span
from rag.words import stem

_OF_THEM = (Intent.DIRECT, Intent.SEVERAL, Intent.LIST, Intent.OPEN)
_MAYBE = 0.1  # chance that a short answer is wanted, from which an open question may be told one
_LIKELY = 0.5  # of the row or field that tells it then
_MOST = 3  # cells that look alike, of which each may be meant
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def read_off(
    query: Query,
    evidence: Sequence[Evidence],
    hits: Sequence[Hit],
    document: Callable[[str], Document | None],
    weight: Weight,
    *,
    sure: bool,
) -> list[Told]:
    """What a whole column, a numbered part or, where it is open, a cell says; mostly nothing."""
    if query.intent not in _OF_THEM:
        return []
    told = computed(query.standalone, hits, document, weight=weight)
    if told is not None:
        return [told]
    best = max(evidence, key=lambda one: one.score, default=None)
    if query.intent is Intent.OPEN and sure and best and _may_be_told(query, best, hits):
        said, proof = cell_in_words(query.standalone, best, hits)
        if said:
            return [Told(said, proof)]
    return part_named(query, hits, document)


def _may_be_told(query: Query, best: Evidence, hits: Sequence[Hit]) -> bool:
    """Whether an open question may be for one cell: it may be short, or a row has all of it."""
    if best.score < _LIKELY:
        return False
    place = best.document, best.start
    return query.sure >= _MAYBE or place in rows_named(query.standalone, hits).sure


def cell_in_words(
    question: str, one: Evidence, hits: Sequence[Hit]
) -> tuple[str, tuple[Evidence, ...]]:
    """The cell that answers, said with what it is of, and the lines that prove it; "" for none."""
    asked = words(question)
    if is_row(one.quote):
        parts = one.quote.split(CELL)
        cells = [cell_of(part) for part in parts]
        named = {i for i, (_, value) in enumerate(cells) if is_named(words(value), asked)}
        key = cells[0][1]
        named |= {0} if is_part(key) and is_named(own_words(key), asked) else set()
        marked = one.quote.count(CELL, 0, one.words.start - one.start) if one.words else None
        marked = None if marked in named else marked  # it answers nothing
        columns = columns_meant(cells, named, asked, marked)
        wanted = Question(question, lambda _: 1.0).wanted  # a figure, a name, a day
        if marked is not None and wanted and not wanted.search(cells[marked][1]):
            told = columns_meant(cells, named, asked, None, HALF)
            columns = [i for i in told if wanted.search(cells[i][1])] or columns
        if columns == [marked]:
            columns = _alike(cells, columns[0], asked)
            columns = [i for i in columns if not wanted or wanted.search(cells[i][1])] or columns
        columns = _of_thing(question, cells) or columns
        columns = [i for i in columns if not lacking(question, *cells[i])]
        rest = [parts[i] for i in sorted(named.union(columns) - {0})]
        if not columns or not rest:
            return "", (one,)
        key, proof = _with_whole(cells[0][1], one, hits)
        return ", ".join([key, *rest]), proof
    for hit in hits:
        if hit.document != one.document or not FIELD.match(one.quote):
            continue
        for (_, start), row in rows_of(hit):
            value = cell_of(row.text)[1]
            if row.form and start != one.start and is_named(words(value), asked):
                said = hit.evidence(Span(start, start + len(row.text)))
                return f"{value}, {one.quote}", (said, one)
    return "", ()


def _of_thing(question: str, cells: Sequence[tuple[str, str]]) -> list[int]:
    """The column beside the first that is called as what is asked for: "from which platform"."""
    thing = set(map(stem, words(thing_asked(question)[0])))
    called = [i for i, (head, _) in enumerate(cells) if i and set(map(stem, words(head))) == thing]
    return called if thing and len(called) == 1 else []


def _with_whole(key: str, one: Evidence, hits: Sequence[Hit]) -> tuple[str, tuple[Evidence, ...]]:
    """The key of a row behind that of the row it is a part of, and the rows that prove it."""
    hit = next((hit for hit in hits if hit.holds(one)), None)
    rows = [(start, row) for (_, start), row in rows_of(hit) if not row.form] if hit else []
    at = next((place for place, (start, _) in enumerate(rows) if start == one.start), -1)
    whole = whole_of([row.cells[0][1] for _, row in rows], at) if at >= 0 else -1
    if hit is None or whole < 0:
        return key, (one,)
    start, row = rows[whole]
    return f"{row.cells[0][1]}, {key}", (hit.evidence(Span(start, start + len(row.text))), one)


def _alike(cells: Sequence[tuple[str, str]], marked: int, asked: Sequence[str]) -> list[int]:
    """The cells that a question may as well mean as the one marked, where it names no column.

    "How much will it cost?" may mean either of "Now: £45 | From October: £130".
    """
    looks = [_FIGURE.sub("0", value) for _, value in cells]
    stems = {stem(word) for word in asked}
    alike = [
        place
        for place, (head, _) in enumerate(cells)
        if looks[place] == looks[marked] and stems.isdisjoint(map(stem, words(head)))
    ]
    return alike if marked in alike and "0" in looks[marked] and len(alike) <= _MOST else [marked]
