"""A second opinion on figures and names: does a claim hold one that its quotes lack.

Deliberately simple, and apart from the checks that the answers themselves pass, so that the
two do not share their mistakes. Knows nothing of how an answer was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal, InvalidOperation

_TOKEN = re.compile(r"\d[\d.,]*\d|[^\W_]+(?:['\u2019.&][^\W_]+)*")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "mn": 6, "bn": 9, "tn": 12}
_SCALE = re.compile(rf"[ \u00a0-]?({'|'.join(_SCALES)})\b", re.I)
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
_ENDS = re.compile(r"[.!?:][\"'\u201d\u2019)\]]*\s*$|^[\s\"'\u201c\u2018(\[]*$")
_LOWER = re.compile(r"\b[a-zß-öø-ÿ]+\b")
_SPELLED = {
    word: str(value)
    for value, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
            *("seventeen", "eighteen", "nineteen", "twenty"),
        )
    )
}


def ordinary_words(texts: Iterable[str]) -> frozenset[str]:
    """The words that occur in lower case, so that a capital at a sentence's start is no name.

    >>> sorted(ordinary_words(["Rollo led the Norse."]))
    ['led', 'the']
    """
    return frozenset(word for text in texts for word in _LOWER.findall(text))


def ungrounded(claim: str, quotes: Iterable[str], *, ordinary: frozenset[str]) -> tuple[str, ...]:
    """The figures and capitalised words of a claim that none of its quotes holds.

    Figures are compared without thousands separators and with "million" and the like multiplied
    out, names without case, marks of possession, dots of initials and plural endings. Capitals
    that only start a sentence are no names where the same word is `ordinary`.

    >>> quotes = ["Rollo's 3,500 men landed in Normandy."]
    >>> claim = "In 911 Rollo landed with 3500 men at Rouen."
    >>> ungrounded(claim, quotes, ordinary=frozenset({"in"}))
    ('911', 'Rouen')
    """
    source = " ".join(quotes)
    held = {piece for token in _TOKEN.findall(source) for piece in (_bare(token), *_letters(token))}
    figures = set(_figures(source)) | {_SPELLED[word] for word in held if word in _SPELLED}
    missing = []
    for match in _TOKEN.finditer(claim):
        token = match[0]
        if token[0].isdigit():
            scale = _SCALE.match(claim, match.end())
            written = token + (scale[0] if scale else "")
            found = figures.issuperset(_figures(written)[-1:] if scale else _figures(token))
        elif not any(c.isupper() or c.isdigit() for c in token):
            continue
        else:
            starts = bool(_ENDS.search(claim[: match.start()]))
            named = _bare(token) in held or (
                bool(letters := _letters(token)[:-1]) and held >= {*letters}
            )
            found = named or (starts and token.lower() in ordinary)
        if not found:
            missing.append(token)
    return tuple(missing)


def _figures(text: str) -> list[str]:
    """The figures as they are written, each that has a scale multiplied out as well.

    >>> _figures("some 1.2 million in 1,500 days")
    ['1.2', '1200000', '1500']
    """
    found = []
    for match in _NUMBER.finditer(text):
        found.append(figure := _figure(match[0]))
        if scale := _SCALE.match(text, match.end()):
            with suppress(InvalidOperation):  # 1.2.3 million
                value = Decimal(figure).scaleb(_SCALES[scale[1].lower()])
                found.append(f"{value.normalize():f}")
    return found


def _letters(token: str) -> list[str]:
    """The letters of initials, so that J. P. and JP are found in J.P."""
    if not _INITIALS.fullmatch(token):
        return []
    letters = token.casefold().split(".")
    return [*letters, "".join(letters)]


def _figure(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def _bare(token: str) -> str:
    word = re.sub(r"['\u2019]s?$|['\u2019]s\b", "", token.casefold())
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
