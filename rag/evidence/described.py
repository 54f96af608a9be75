"""Articles by what is known of them: who wrote them, when they are from, their language.

Tells which part of what a question is about that is, and which part the articles are to mention.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rag.languages import NAMES
from rag.listing import DocumentInfo
from rag.query.periods import moment, written_in
from rag.words import terms, tokens

_LOOSE = ("in", "of")  # "sales in 2022" is no more about when articles were written
_SIGNS = {
    "before": operator.lt,
    "until": operator.le,
    "after": operator.gt,
    "since": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Described:
    """Some articles.

    Attributes:
        infos: Those that are as it is asked.
        words: How they are, as in `by Anna Berg from 2022`; "" where nothing is asked of that.
        topic: The rest of what is asked about.
    """

    infos: Sequence[DocumentInfo]
    words: str = ""
    topic: str = ""


def described(question: str, topic: str, infos: Sequence[DocumentInfo]) -> Described:
    """The articles that a question describes."""
    found, words = list(infos), list[str]()
    rest = topic.split()
    if author := _author(rest, infos):
        found = [info for info in found if _names(author) <= _names(info.author)]
        words.append(f"by {author}")
        rest = [word for word in rest if not _names(word) & _names(author)]
    if asked := written_in(question):
        sign, when = asked
        alone = not terms(" ".join(word for word in rest if word.strip(",.?") not in when.split()))
        if alone or sign not in _LOOSE:
            found = [info for info in found if info.date and _within(info.date, when, sign)]
            words.append(f"{'from' if sign in _LOOSE else sign} {when}")
            rest = [word for word in rest if word.strip(",.?") not in when.split()]
    for code, name in NAMES.items():
        if name in rest and f"in {name}" in question:
            found = [info for info in found if info.language == code]
            words.append(f"in {name}")
            rest = [word for word in rest if word != name]
    return Described(found, " ".join(words), " ".join(rest) if terms(" ".join(rest)) else "")


def _author(words: Sequence[str], infos: Iterable[DocumentInfo]) -> str:
    """The words that name an author of one of the articles; "" where none do."""
    authors = [_names(info.author) for info in infos if info.author]
    known = set().union(*authors)
    named = [word for word in words if _names(word) and _names(word) <= known]
    whole = any(_names(" ".join(named)) <= author for author in authors)
    return " ".join(named) if named and whole else ""


def _names(text: str) -> set[str]:
    return set(tokens(text))


def _within(day: date, when: str, sign: str) -> bool:
    """Whether a day is in a year, month or day, or before or after it."""
    asked = tuple(part for part in moment(when) or () if part)
    own = (day.year, day.month, day.day)[: len(asked)]
    return bool(_SIGNS.get(sign, operator.eq)(own, asked))
