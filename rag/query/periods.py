"""Dates in questions and sentences: which days "last month" means, and when something happened.

"Today" is always given by the caller. A year or a full date in a question is content ("What
happened in 1944?") and is not read as a period of publication, but for "since" a year that is not
long ago; what is counted from today is.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from rag.query.query import Moment
from rag.schema import Period
from rag.words import MONTHS, OLD_LETTERS

_ISO = re.compile(
    r"(?<![\w-])(?P<y>[12]\d{3})-(?P<m>0[1-9]|1[0-2])-(?P<d>0?[1-9]|[12]\d|3[01])(?![\w-])"
)
_MONTH = "|".join(MONTHS)
NUMBERS = {
    w: n for n, w in enumerate("one two three four five six seven eight nine ten".split(), 1)
}
_SPAN = re.compile(
    rf"\b(?:in|over|during|within) the (?:last|past) (?:(\d{{1,3}}|{'|'.join(NUMBERS)}) )?"
    r"(day|week|month|year)s?\b(?! (?:of|before)\b)",
    re.I,
)
_RELATIVE = re.compile(r"\b(this|last|past|previous) (week|month|year)\b(?! (?:of|before)\b)", re.I)
_LAST_YEARS = re.compile(rf"\b(?:in |during )?({_MONTH}) (?:of )?(this|last) year\b", re.I)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_FAR = 20  # years after which "since 1990" is no more about when an article was written
_DAY = re.compile(r"\b(today|yesterday)\b", re.I)
_SINCE = re.compile(
    rf"\bsince (?:the (?:start|beginning) of )?(?:(\d{{1,2}}) )?(?:({_MONTH}),? )?((?:19|20)\d\d)\b"
    rf"|\bsince (?P<last>last )?(?P<month>{_MONTH})\b(?! \d)",
    re.I,
)
_IN_MONTH = re.compile(
    rf"\b(?:in|during|this|last) ({_MONTH})\b(?!,? (?:of )?(?:\d|that year|the year))", re.I
)
_SHORT = "|".join(f"{month[:3]}\\.?" for month in MONTHS) + r"|sept\.?"
_FULL = re.compile(
    rf"\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)? )?(?P<m>{_MONTH}|{_SHORT})"
    r"(?: (?P<e>\d{1,2})(?:st|nd|rd|th)?,?)?,? (?P<y>1\d{3}|20\d\d)\b"
    r"|\b(?P<only>1\d{3}|20\d\d)\b",
    re.I,
)

_WRITTEN_IN = re.compile(
    r"\b(?P<sign>from|in|during|of|before|after|since|until) (?:the year )?"
    rf"(?P<when>{_FULL.pattern})",
    re.I,
)

_BEFORE_YEAR = re.compile(
    r"\b(?:in|by|since|until|before|after|during|early|late|fiscal|year) $", re.I
)  # of others a number may be one of things


def period(question: str, today: date, *, dated: tuple[date, ...] = ()) -> Period | None:
    """The days that a question's words count out from today, or `None` where none do.

    Args:
        question: As asked.
        today: The day that it is asked on.
        dated: Dates of the articles: a month without a year is the last one that any is from.

    >>> str(period("What did Rollo do last month?", date(2026, 9, 10)))
    '1 to 31 August 2026'
    >>> str(period("What has changed since March 2023?", date(2026, 9, 10)))
    'since 1 March 2023'
    >>> period("What happened in 1944?", date(2026, 9, 10))
    """
    question = question.translate(OLD_LETTERS)
    if match := _SPAN.search(question):
        return _back(today, _count(match[1]), match[2].lower())
    if match := _LAST_YEARS.search(question):
        year, number = today.year - (match[2].lower() == "last"), _number(match[1])
        return Period(date(year, number, 1), date(year, number, _last(year, number)))
    if match := _RELATIVE.search(question):
        return _calendar(today, match[2].lower(), this=match[1].lower() == "this")
    if match := _DAY.search(question):
        day = today if match[1].lower() == "today" else today - timedelta(1)
        return Period(day, day)
    if match := _SINCE.search(question):
        since = _since(match, today)
        return since if since and since.start and today.year - since.start.year <= _FAR else None
    if (match := _IN_MONTH.search(question)) and not _YEAR.search(question):
        return _month_of(match[1], today, dated)
    return None


def happened(text: str, otherwise: date | None) -> Moment:
    """The first date that a sentence names, else another one, to sort by; zeros for what is open.

    >>> happened("It opened on 4 May 1932.", None)
    (1932, 5, 4)
    >>> happened("It opened in Sept. 1932, two years after 1930.", None)
    (1932, 9, 0)
    """
    match = _FULL.search(_plain(text))
    if match is None:
        return (otherwise.year, otherwise.month, otherwise.day) if otherwise else (0, 0, 0)
    if match["only"]:
        return int(match["only"]), 0, 0
    return int(match["y"]), _number(match["m"]), int(match["d"] or match["e"] or 0)


def moments(text: str) -> list[Moment]:
    """Every date that a text names, as `happened` gives them."""
    return [happened(match[0], None) for match in _FULL.finditer(_plain(text))]


def days_in(text: str) -> list[tuple[Moment, int, int]]:
    """Every date that a text names, with where it begins and ends.

    >>> days_in("before May 1932")
    [((1932, 5, 0), 7, 15)]
    """
    return [
        (happened(match[0], None), match.start(), match.end()) for match in _FULL.finditer(text)
    ]


def moment(text: str) -> Moment | None:
    """The date that a text is and nothing else.

    >>> moment("May 1932"), moment("Rouen in May 1932")
    ((1932, 5, 0), None)
    """
    return happened(text, None) if _FULL.fullmatch(_plain(text)) else None


def written_in(question: str) -> tuple[str, str] | None:
    """The date that articles are asked for by, as it is said, and the word before it.

    >>> written_in("How many articles are from March 2024?"), written_in("Which mention 2022?")
    (('from', 'March 2024'), None)
    """
    found = _WRITTEN_IN.search(_plain(question))
    return (found["sign"].lower(), found["when"]) if found else None


def falls_in(sentence: str, when: Moment) -> bool:
    """Whether a sentence names a date that is, or lies in, a day, month or year.

    >>> falls_in("It opened on 4 May 1932.", (1932, 5, 0)), falls_in("In 1932.", (1932, 5, 0))
    (True, False)
    """
    known = tuple(part for part in when if part)
    return any(named[: len(known)] == known for named in moments(sentence))


def asked_in(question: str) -> Moment | None:
    """The one day, month or year in which something is asked for, or `None`.

    >>> asked_in("What happened to the mill in May 1932?"), asked_in("What came after 1932?")
    ((1932, 5, 0), None)
    """
    sign, when = written_in(question) or ("", "")
    only = len(_FULL.findall(_plain(question))) == 1
    return happened(when, None) if only and sign in ("in", "during", "of") else None


def of_another_time(text: str, asked: Moment) -> bool:
    """Whether a text says when something was, and none of it may be in a day, month or year.

    >>> [of_another_time(told, (1932, 5, 0)) for told in ("It rose in 1931.", "1931 men left.")]
    [True, False]
    """
    plain = _plain(text)
    named = [
        happened(match[0], None)
        for match in _FULL.finditer(plain)
        if match["m"] or _BEFORE_YEAR.search(plain, 0, match.start())
    ]
    return bool(named) and not any(
        all(one == other for one, other in zip(each, asked, strict=True) if one and other)
        for each in named
    )


def spelt_out(text: str) -> str:
    """The text with each `2024-05-05` written `5 May 2024`.

    >>> spelt_out("It opened on 2024-05-05.")
    'It opened on 5 May 2024.'
    """
    return _ISO.sub(
        lambda m: f"{int(m['d'])} {MONTHS[int(m['m']) - 1].capitalize()} {m['y']}", text
    )


def _plain(text: str) -> str:
    return spelt_out(text).translate(OLD_LETTERS)


def _back(today: date, count: int, unit: str) -> Period:
    if unit in ("day", "week"):
        return Period(today - timedelta(count * (7 if unit == "week" else 1)), today)
    months = count * (12 if unit == "year" else 1)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return Period(
        date(max(year, 1), month + 1, min(today.day, _last(max(year, 1), month + 1))), today
    )


def _calendar(today: date, unit: str, *, this: bool) -> Period:
    """The whole week, month or year that today is in, or the one before it."""
    if unit == "week":
        monday = today - timedelta(today.weekday() + (0 if this else 7))
        return Period(monday, monday + timedelta(6))
    if unit == "month":
        first = today.replace(day=1)
        first = first if this else (first - timedelta(1)).replace(day=1)
        return Period(first, first.replace(day=_last(first.year, first.month)))
    year = today.year - (0 if this else 1)
    return Period(date(year, 1, 1), date(year, 12, 31))


def _since(match: re.Match[str], today: date) -> Period | None:
    if month := match["month"]:
        last = _month_of(month, today, ())
        return Period(last.start, None) if last else None
    try:
        number = _number(match[2]) if match[2] else 1
        return Period(date(int(match[3]), number, int(match[1] or 1)), None)
    except ValueError:  # 31 February
        return None


def _month_of(name: str, today: date, dated: tuple[date, ...]) -> Period | None:
    """The last such month, no later than today, that any article is from, else the last one."""
    number = _number(name)
    years = [day.year for day in dated if day.month == number and day <= today]
    year = max(years, default=today.year if number <= today.month else today.year - 1)
    return Period(date(year, number, 1), date(year, number, _last(year, number)))


def _last(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(1)).day


def _number(month: str) -> int:
    return next(n for n, m in enumerate(MONTHS, 1) if m.startswith(month[:3].lower()))


def _count(text: str | None) -> int:
    return NUMBERS.get((text or "one").lower()) or int(text or 1)
