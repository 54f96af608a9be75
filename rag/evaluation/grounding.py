"""A second opinion on figures and names: does a claim hold one that its quotes lack.

Deliberately simple, and apart from the checks that the answers themselves pass, so that the
two do not share their mistakes. Knows nothing of how an answer was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"\d[\d.,]*\d|[^\W_]+(?:['\u2019.&][^\W_]+)*")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
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

    Figures are compared without thousands separators, names without case, accent marks of
    possession and plural endings. Capitals that only start a sentence are no names where the
    same word is `ordinary`.

    >>> quotes = ["Rollo's 3,500 men landed in Normandy."]
    >>> claim = "In 911 Rollo landed with 3500 men at Rouen."
    >>> ungrounded(claim, quotes, ordinary=frozenset({"in"}))
    ('911', 'Rouen')
    """
    source = " ".join(quotes)
    held = {_bare(token) for token in _TOKEN.findall(source)}
    figures = {_figure(number) for number in _NUMBER.findall(source)}
    figures |= {_SPELLED[word] for word in held if word in _SPELLED}
    missing = []
    for match in _TOKEN.finditer(claim):
        token = match[0]
        if token[0].isdigit():
            found = all(_figure(number) in figures for number in _NUMBER.findall(token))
        elif not any(c.isupper() or c.isdigit() for c in token):
            continue
        else:
            starts = bool(_ENDS.search(claim[: match.start()]))
            found = _bare(token) in held or (starts and token.lower() in ordinary)
        if not found:
            missing.append(token)
    return tuple(missing)


def _figure(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def _bare(token: str) -> str:
    word = re.sub(r"['\u2019]s?$|['\u2019]s\b", "", token.casefold())
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
