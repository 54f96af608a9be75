"""Dates in a text as day, month and year, however they are written.

`5 May 2024`, `May 5th, 2024` and `2024-05-05` are one date, and a claim may leave the year out or
the day. Dates of figures alone with strokes (`5/6/2024`) are not read, since nobody can say which
is the month. Knows nothing of other figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.words import MONTHS

_MONTH = "|".join(f"{m.capitalize()}|{m[:3].capitalize()}\\.?" for m in MONTHS) + r"|Sept\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"[12]\d{3}"
_ISO = re.compile(rf"(?<![\w-])(?P<year>{_YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>{_DAY})(?![\w-])")
_DATE = re.compile(
    rf"(?<![^\W_])(?:(?P<first>{_DAY})(?:st|nd|rd|th)?(?: of)? )?(?P<month>{_MONTH})(?![^\W_])"
    rf"(?: (?:the )?(?P<second>{_DAY})(?:st|nd|rd|th)?(?![\d.,]*\d))?"
    rf"(?:,? (?:of )?(?P<year>{_YEAR})(?![\d.,]*\d))?"
)


@dataclass(frozen=True, slots=True)
class Date:
    """A month, with day and year where they are said (0 where not), as the text writes it."""

    year: int
    month: int
    day: int
    text: str


def spelt_out(text: str) -> str:
    """The text with each `2024-05-05` written `5 May 2024`.

    >>> spelt_out("It opened on 2024-05-05.")
    'It opened on 5 May 2024.'
    """
    return _ISO.sub(
        lambda m: f"{int(m['day'])} {MONTHS[int(m['month']) - 1].capitalize()} {m['year']}", text
    )


def lost_date(claim: str, source: str) -> str | None:
    """The first date of a claim that the source does not hold so, as the claim writes it.

    >>> lost_date("It shut on 3 May 2020.", "It opened on 3 May 2019 and shut on 4 May 2020.")
    '3 May 2020'
    >>> lost_date("It opened on May 3.", "It opened on 3 May 2019 and shut on 4 May 2020.")
    """
    held = list(dates(source))
    for date in dates(claim):
        if (date.day or date.year) and not any(_same(date, other) for other in held):
            return date.text
    return None


def dates(text: str) -> Iterator[Date]:
    """The dates of a text that name a month, in order."""
    for match in _DATE.finditer(text):
        month = next(i for i, m in enumerate(MONTHS, 1) if m.startswith(match["month"][:3].lower()))
        day = match["first"] or match["second"] or 0
        yield Date(int(match["year"] or 0), month, int(day), match[0].strip(" ,"))


def _same(claimed: Date, held: Date) -> bool:
    """Whether a held date bears a claimed one out; "between March and June 2019" says one year."""
    if claimed.month != held.month or (claimed.day and claimed.day != held.day and held.day):
        return False
    return not (claimed.year and held.year) or claimed.year == held.year
