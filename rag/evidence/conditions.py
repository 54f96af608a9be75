"""Conditions that a question sets on the rows of a table: "before 1945", "deeper than 60 m".

A condition is a figure or a day and the words before it that make it a bound. Which column it is
of is told by what the columns hold, their names, or nearness by meaning; a column of yes and no is
meant where its name is said ("Which are staffed?").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from rag.evidence.columns import (
    DAY,
    Table,
    column_meant,
    columns_named,
    is_day,
    is_year,
    without_total,
)
from rag.evidence.parts import words
from rag.evidence.rows import OF_ALL
from rag.query.periods import days_in
from rag.query.query import Moment
from rag.values.figures import figures
from rag.words import stem

Kind = Literal["least", "most", "over", "under", "within"]

_YES = frozenset("yes y true".split())
_NO = frozenset("no n false".split())
_NOT = frozenset("not no without".split())
_BEFORE_IT = 2  # words between a "not" and what it is said of
_ABOUT = 4  # words before a bound, and after it, that tell its column
_SIGNS = (
    r"\b(?:(?P<least>at least|(?:no|not) (?:less|fewer) than|since|a minimum of)"
    r"|(?P<most>at most|(?:no|not) more than|up to|until|till|a maximum of)"
    r"|(?P<over>more than|greater than|over|above|exceed(?:s|ed|ing)?|after)"
    r"|(?P<under>less than|under|below|before)"
    r"|(?P<within>in|during)|(?P<pair>between|from)|(?P<than>[a-z]+er) than)"
    r"\s+(?:the\s+)?(?:US)?[$€£¥]?\s*"
)
_SIGN = re.compile(_SIGNS + "$", re.I)
_LEAD = re.compile(rf"\s*(?:{_SIGNS}|to\s+)?", re.I)  # what `figures` has before the figure itself
_OF_DAYS = frozenset("since until till after before in during".split())
_JOINED = re.compile(r"\s*(?:and|to|–|-)\s*")
_AGES = frozenset(("older", "younger", "newer"))  # of years the older is the smaller


@dataclass(frozen=True, slots=True)
class _Value:
    """A figure, year or day of a question: the least and the greatest that it can be."""

    low: float
    high: float
    start: int
    end: int
    is_day: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """A bound on the values of a column, and where a question sets it.

    Attributes:
        kind: How it bounds.
        low, high: The least and the greatest that its figure can be; a day is written 19450603.
        days: Whether it is of days or years; `None` where it may be.
        start, end: Where it stands in the question.
        about: The words around it, which tell the column.
    """

    kind: Kind
    low: float
    high: float
    days: bool | None
    start: int
    end: int
    about: str

    def met(self, value: float | None) -> bool:
        """Whether a value is within the bound; a day is compared with a year by its year."""
        if value is None:
            return False
        low, high = self.low, self.high
        if self.days is not False and is_year(value) and not is_year(low):
            low, high = low // DAY, high // DAY
        elif self.days is not False and is_year(low) and is_day(value):
            value = value // DAY
        match self.kind:
            case "least":
                return value >= low
            case "most":
                return value <= high
            case "over":
                return value > high
            case "under":
                return value < low
        return low <= value <= high


def conditions(question: str) -> list[Condition]:
    """The bounds that a question sets, in order.

    >>> [(c.kind, c.low) for c in conditions("Which were dug since 1931 and are over 60 m deep?")]
    [('least', 1931.0), ('over', 60.0)]
    >>> [(c.low, c.high) for c in conditions("Which towns have between 200 and 4,000 people?")]
    [(200.0, 4000.0)]
    >>> [(c.kind, c.low) for c in conditions("Which ships are older than 1950?")]
    [('under', 1950.0)]
    """
    found: list[Condition] = []
    values = list(_values(question))
    for value, after in zip_longest(values, values[1:]):
        sign = _SIGN.search(question, found[-1].end if found else 0, value.start)
        kind = _kind(sign, value) if sign else None
        if sign is None or kind is None:
            continue
        low, high, end = value.low, value.high, value.end
        if sign["pair"]:
            if after is None or not _JOINED.fullmatch(question, value.end, after.start):
                continue
            high, end = after.high, after.end
        days = None if sign["pair"] or sign["than"] else words(sign[0])[0] in _OF_DAYS
        near = (*words(question[: sign.start()])[-_ABOUT:], *words(sign["than"] or ""))
        about = " ".join((*near, *words(question[end:])[:_ABOUT]))
        days = days if value.is_day else False
        found.append(Condition(kind, low, high, days, sign.start(), end, about))
    return found


def _kind(sign: re.Match[str], value: _Value) -> Kind | None:
    """How a sign bounds a value; `None` where it does not."""
    if sign["pair"]:
        return "within"
    if sign["within"]:
        return "within" if value.is_day else None
    if than := sign["than"]:
        compared = OF_ALL.get(f"{than[:-2].lower()}est")
        turned = than.lower() in _AGES and not value.is_day
        if compared not in ("most", "least"):
            return None
        return "over" if (compared == "most") is not turned else "under"
    kinds: tuple[Kind, ...] = ("least", "most", "over", "under")
    return next(kind for kind in kinds if sign[kind])


def _values(question: str) -> Iterator[_Value]:
    """The figures, years and days of a question, in order."""
    days = [(_day(when), start, end) for when, start, end in days_in(question)]
    found = [_Value(*both, start, end, True) for both, start, end in days]
    for figure in figures(question):
        decade = figure.unit == "decade"
        lead = _LEAD.match(question, figure.start)
        start = lead.end() if lead else figure.start
        if not any(start < end and begin < figure.end for _, begin, end in days):
            last = figure.value + 9 if decade else figure.value
            found.append(_Value(figure.value, last, start, figure.end, decade))
    yield from sorted(found, key=lambda value: value.start)


def _day(when: Moment) -> tuple[float, float]:
    """A year as it is, a day or month as the first and last day that it can be."""
    year, month, day = when
    if not month:
        return float(year), float(year)
    first = year * DAY + month * 100 + day
    return float(first), float(first if day else first + 99)


def without(question: str, bounds: Sequence[Condition]) -> str:
    """The question with blanks where its conditions stand."""
    rest = question
    for one in bounds:
        rest = rest[: one.start] + " " * (one.end - one.start) + rest[one.end :]
    return rest


def met_by(
    question: str, bounds: Sequence[Condition], table: Table
) -> tuple[list[int], list[str]] | None:
    """The places of the rows that meet the bounds of a question, and the columns these are on.

    `question` is without its conditions. `None` where a condition is of no column.
    """
    places, columns = list(range(len(table.rows))), []
    for one in bounds:
        like = [n for n, days in table.numeric.items() if one.days is None or days is one.days]
        column = like[0] if one.days and len(like) == 1 else column_meant(one.about, like)
        if not column:
            return None
        values = table.values(column)
        rows = set(range(len(values)) if table.numeric[column] else without_total(values))
        places = [at for at in places if at in rows and one.met(values[at])]
        columns.append(column)
    asked = words(question)
    for column in columns_named(asked, table.columns):
        cells = [cell.strip().lower() for cell in table.cells(column)]
        if column not in columns and _YES.union(_NO).issuperset(cells):
            wanted = _NO if _is_denied(asked, column) else _YES
            places = [at for at in places if cells[at] in wanted]
            columns.append(column)
    return places, columns


def _is_denied(asked: Sequence[str], column: str) -> bool:
    """Whether a "not" stands right before the name of a column."""
    stems = {stem(word) for word in words(column)}
    at = next(i for i, word in enumerate(asked) if stem(word) in stems)
    return not _NOT.isdisjoint(asked[max(0, at - _BEFORE_IT) : at])
