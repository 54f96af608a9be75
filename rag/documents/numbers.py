"""Values of a spreadsheet as its number formats show them: percent, currencies, units, dates.

Follows ECMA-376, part 1, 18.8.30 and 18.8.31. A format that is not understood leaves the plain
value; so do the two dates (14, 22) that each computer shows in its own way.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from functools import lru_cache
from typing import Any

BUILT_IN = {
    **{"1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "9": "0%", "10": "0.00%"},
    **{"11": "0.00E+00", "15": "d-mmm-yy", "16": "d-mmm", "17": "mmm-yy", "18": "h:mm AM/PM"},
    **{"19": "h:mm:ss AM/PM", "20": "h:mm", "21": "h:mm:ss", "37": "#,##0 ;(#,##0)"},
    **{"38": "#,##0 ;(#,##0)", "39": "#,##0.00;(#,##0.00)", "40": "#,##0.00;(#,##0.00)"},
    **{"45": "mm:ss", "46": "[h]:mm:ss"},
}
_TOKEN = re.compile(
    r"\"(?P<said>[^\"]*)\"|\\(?P<one>.)|_.|\*.|\[\$(?P<money>[^\]-]*)[^\]]*\]"
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]|(?P<half>AM/PM|A/P)|(?P<whole>General)"
    r"|(?P<power>E[+-]0+)|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*)?,*|\.[0#?]+)|(?P<day>y+|m+|d+|h+|s+)"
    r"|(?P<sign>[%@])|(?P<other>.)",
    re.I | re.S,
)
_SECTION = re.compile(r"((?:\"[^\"]*\"|\\.|\[[^\]]*\]|[^;])*)(?:;|$)")
_CONDITION = re.compile(r"\[[<>=]")
_MONTHS = "January February March April May June July August September October November December"
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_LONGEST = 255  # characters of a format
_MOST = 30  # digits behind the point
Token = tuple[str, str]


def shown(value: Any, code: str = "") -> str:
    """A cell's value as its format shows it, or as people write it.

    >>> shown(0.185, "0.0%"), shown(1250000.0, '#,##0" crowns"'), shown(-3.0, "0.00;(0.00)")
    ('18.5%', '1,250,000 crowns', '(3.00)')
    >>> shown(datetime(2024, 3, 6), "d mmmm yyyy"), shown(datetime(2024, 3, 6))
    ('6 March 2024', '2024-03-06')
    >>> shown(4.0), shown(0.1 + 0.2), shown(True)
    ('4', '0.3', 'yes')
    """
    if not code or isinstance(value, bool | str) or value is None or len(code) > _LONGEST:
        return _plain(value)
    found = (_number if isinstance(value, int | float) else _day)(value, code)
    words = " ".join(found.split())
    return words if any(letter.isdigit() for letter in words) else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return " ".join(str(value).split())


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[tuple[Token, ...], ...]:
    """What each section of a format puts in order: words, digits, parts of a date."""
    if _CONDITION.search(code):
        return ()
    sections = []
    for section in _SECTION.findall(code)[:4]:
        tokens: list[Token] = []
        for found in _TOKEN.finditer(section):
            kind = found.lastgroup
            if kind is not None:
                said = kind in ("said", "one", "money", "other")
                tokens.append(("said" if said else kind, found[kind]))
            elif found[0][0] == "_":
                tokens.append(("said", " "))
        sections.append(tuple(tokens))
    return tuple(sections)


def _number(value: float, code: str) -> str:
    """A number; "" where its format is not understood."""
    sections = _sections(code)
    which = 1 if value < 0 else 2 if value == 0 else 0
    negative = value < 0 and (len(sections) < 2 or not sections[1])
    tokens = sections[which] if which < len(sections) and sections[which] else ()
    tokens = tokens or (sections[0] if sections else ())
    kinds = [kind for kind, _ in tokens]
    signs = kinds.count("sign")
    if kinds.count("digits") != 1 or "day" in kinds or ("said", "/") in tokens or signs > 1:
        return _plain(value) if kinds == ["whole"] else ""
    power = next((text for kind, text in tokens if kind == "power"), "")
    parts = ["-"] if negative else []
    for kind, text in tokens:
        if kind == "digits":
            percent = ("sign", "%") in tokens
            parts.append(_digits(abs(value), text, percent=percent, power=bool(power)))
        elif kind in ("said", "sign"):
            parts.append(text)
    return "".join(parts)


def _digits(value: float, pattern: str, *, percent: bool, power: bool) -> str:
    if not value and "0" not in pattern:
        return ""
    whole, _, rest = pattern.rstrip(",").partition(".")
    if power:
        return f"{value:.{min(len(rest), _MOST)}E}"
    try:
        number = Decimal(repr(value)) * (100 if percent else 1)
        number = number.scaleb(-3 * (len(pattern) - len(pattern.rstrip(","))))
        least = Decimal(1).scaleb(-min(len(rest), _MOST))
        text = f"{number.quantize(least, ROUND_HALF_UP):{',' if ',' in whole else ''}f}"
    except DecimalException:
        return _plain(value)
    front, _, behind = text.partition(".")
    behind = behind[: rest.count("0")] + behind[rest.count("0") :].rstrip("0")
    front = front.zfill(min(whole.count("0"), _MOST)) if "," not in whole else front
    return f"{front}.{behind}" if behind else front


def _day(value: Any, code: str) -> str:
    """A date, a time or a length of time; "" where its format is not understood."""
    tokens = next(iter(_sections(code)), ())
    kinds = [(kind, text.lower()[:1]) for kind, text in tokens if kind in ("day", "elapsed")]
    if not kinds or (isinstance(value, timedelta) and kinds[0][0] != "elapsed"):
        return ""
    parts, at = [], 0
    for kind, text in tokens:
        if kind in ("day", "elapsed"):
            before = kinds[at - 1][1] if at else ""
            after = kinds[at + 1][1] if at + 1 < len(kinds) else ""
            minutes = text[0] in "mM" and (before == "h" or after == "s") and len(text) < 3
            half = any(kind == "half" for kind, _ in tokens)
            parts.append(_part(value, "n" * len(text) if minutes else text.lower(), kind, half))
            at += 1
        elif kind == "half":
            parts.append("AM" if getattr(value, "hour", 0) < 12 else "PM")
        elif kind == "said":
            parts.append(text)
    return "" if None in parts else "".join(str(part) for part in parts)


def _part(value: Any, part: str, kind: str, half: bool) -> str | None:
    """One part of a date or a time; `None` where the value has no such part."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        if kind == "elapsed":
            return str(seconds // {"h": 3600, "m": 60, "n": 60, "s": 1}[part[0]])
        count = {"h": seconds // 3600 % 24, "n": seconds // 60 % 60, "s": seconds % 60}.get(part[0])
        return None if count is None else f"{count:0{min(len(part), 2)}d}"
    try:
        if part[0] == "y":
            return f"{value.year:04d}" if len(part) > 2 else f"{value.year % 100:02d}"
        if part[0] in "md" and len(part) > 2:
            month = part[0] == "m"
            names = (_MONTHS if month else _DAYS).split()
            name = names[int(value.month - 1 if month else value.weekday())]
            return name if len(part) == 4 else name[: 1 if len(part) == 5 else 3]
        count = getattr(
            value, {"m": "month", "d": "day", "h": "hour", "n": "minute"}.get(part[0], "second")
        )
    except AttributeError:
        return None
    assert isinstance(count, int)
    count = (count + 11) % 12 + 1 if part[0] == "h" and half else count
    return f"{count:0{min(len(part), 2)}d}"
