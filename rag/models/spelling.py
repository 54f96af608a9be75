"""One spelling for figures, dates and initials, so that the judge need not learn that they vary.

Only for the judge's eyes: what is shown or quoted stays as it is written.
"""

from __future__ import annotations

import re
from functools import partial

from rag.words import MONTHS

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "mn": 10**6, "m": 10**6,
    "billion": 10**9, "bn": 10**9, "trillion": 10**12, "tn": 10**12,
}  # fmt: skip
_TWO_WORDS = re.compile(rf"\b({'|'.join(_TENS)})[- ]({'|'.join(_SMALL[1:10])})\b", re.I)
_ONE_WORD = re.compile(rf"\b({'|'.join([*_SMALL, *_TENS])})\b", re.I)
_COMMAS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SCALED = re.compile(
    r"\b(\d+(?:\.\d+)?) (hundred|thousand|million|billion|trillion|mn|bn|tn)\b"
    r"|(?<=[$€£])(\d+(?:\.\d+)?) ?(m|mn|bn|tn)\b",
    re.I,
)
_SUM = re.compile(r"(?:US)?([$€£]) ?(\d[\d.]*\d|\d)")
_COINS = {"$": "dollars", "€": "euros", "£": "pounds"}
_MONTHS = [month.capitalize() for month in MONTHS]
_MONTH = "|".join(_MONTHS)
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b(?!,?\d)(?:,? (\d{{4}}))?")
_ISO = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-([0-2]\d|3[01])\b")
_CAPITALS = re.compile(r"\b[A-Z]{2,6}\b")
_NAMED = re.compile(r"\b[A-Z][\w’'-]*(?: (?:of|the|and|for|on|de|in|[A-Z][\w’'-]*))+")


def plain(text: str) -> str:
    """A text with its figures and dates written one way.

    >>> plain("It paid $2.1m, or twenty-three per cent, on August 9, 2034.")
    'It paid 2100000 dollars, or 23 %, on 9 August 2034.'
    """
    text = _ISO.sub(lambda m: f"{int(m[3])} {_MONTHS[int(m[2]) - 1]} {m[1]}", text)
    text = _MONTH_FIRST.sub(lambda m: f"{m[2]} {m[1]}" + (f" {m[3]}" if m[3] else ""), text)
    text = _TWO_WORDS.sub(lambda m: str(_value(m[1]) + _value(m[2])), text)
    text = _ONE_WORD.sub(lambda m: str(_value(m[1])), text)
    text = _SCALED.sub(_whole, _COMMAS.sub("", text))
    text = _SUM.sub(lambda m: f"{m[2]} {_COINS[m[1]]}", text)
    return re.sub(r" ?%| per ?cent\b", " %", text)


def spelt_alike(premise: str, claim: str) -> tuple[str, str]:
    """Both texts made plain, and a name of the premise with the initials that the claim uses.

    >>> spelt_alike("The United Nations left.", "The UN left.")[0]
    'The United Nations (UN) left.'
    """
    for short in dict.fromkeys(_CAPITALS.findall(claim)):
        if not re.search(rf"\b{short}\b", premise):
            premise = _NAMED.sub(partial(_with, short=short), premise)
    return plain(premise), plain(claim)


def _with(match: re.Match[str], short: str) -> str:
    """A name followed by its initials, where the last words of it have these."""
    name = match[0]
    large = [word for word in re.split(r"[ -]", name) if word[:1].isupper()]
    ends = name.split(" ")[-1][:1].isupper()
    initials = "".join(word[0] for word in large)
    return f"{name} ({short})" if ends and initials.endswith(short) else name


def _value(word: str) -> int:
    word = word.lower()
    return _SMALL.index(word) if word in _SMALL else 20 + 10 * _TENS.index(word)


def _whole(match: re.Match[str]) -> str:
    number, scale = (match[1], match[2]) if match[1] else (match[3], match[4])
    return f"{float(number) * _SCALES[scale.lower()]:.15g}"
