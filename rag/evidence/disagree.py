"""Two articles that say different things of the same: figures, dates or names that cannot all hold.

Told conservatively, since a false alarm costs more than a missed one: of two sentences from
different articles, nearly all but the thing asked for must be the same, and of that each has one.
Knows nothing of how sentences were found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from rag.query.periods import moments
from rag.schema import Evidence
from rag.values.figures import figures, without_figures
from rag.words import MONTHS, STOP, stem, tokens

_ALIKE = 0.75  # share of the shorter sentence's other words that the longer must have
_FEWEST = 3  # other words that must be shared; one in articles that share a whole sentence too
_WHEN = re.compile(r"\b(?:when|how long ago|how old|year|date|day|month)\b", re.I)
_WHO = re.compile(r"^\W*who\b", re.I)
_NAME = re.compile(r"\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
Moment = tuple[int, int, int]


def disagreement(
    question: str, evidence: Sequence[Evidence], beside: Iterable[tuple[str, str]] = ()
) -> tuple[Evidence, ...]:
    """The sentences of different articles that answer differently, newest first; mostly none.

    Args:
        question: As it was asked.
        evidence: The sentences that may answer it.
        beside: What was found with them, each sentence with its article, which tells what articles
            are copies: in those a short one, as "It was founded in 1891.", is of the same thing.

    >>> old, new = (
    ...     Evidence(f"{n}.md", "", None, 0, 9, f"The bridge over the Lund cost {n} crowns.", 0.9)
    ...     for n in (400, 500)
    ... )
    >>> len(disagreement("How much did the bridge cost?", [old, new]))
    2
    >>> disagreement("Who built the bridge?", [old, new])
    ()
    """
    found: list[Evidence] = []
    copies = _copies(beside)
    for one, other in combinations(evidence, 2):
        copied = frozenset((one.document, other.document)) in copies
        if one.document != other.document and _differ(question, one, other, copied=copied):
            found += [e for e in (one, other) if e not in found]
    return tuple(sorted(found, key=lambda e: e.date.toordinal() if e.date else 0, reverse=True))


def _copies(found: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    """Each two articles that have a sentence of several words in common."""
    said: dict[str, set[str]] = {}
    for article, sentence in found:
        said.setdefault(sentence, set()).add(article)
    return {
        frozenset(pair)
        for quote, articles in said.items()
        if len(articles) > 1 and len(_rest(quote)) >= _FEWEST
        for pair in combinations(articles, 2)
    }


def _differ(question: str, one: Evidence, other: Evidence, *, copied: bool) -> bool:
    """Whether two sentences that were both found for a question answer it differently.

    Who asks for a name or a day is told of another one; whatever else is asked, sentences that are
    the same but for a figure cannot both be right, however it was put. So it is with a date in
    copies of an article, unless one is read to answer by something else; in other articles, since
    things happen again, where both are read to answer by it.
    """
    mine, theirs = one.quote, other.quote
    fewest = 1 if copied else _FEWEST
    who = bool(_WHO.search(question))
    marked = [bool(moments(words)) for e in (one, other) if (words := _marked(e))]
    dated = bool(_WHEN.search(question)) or (
        all(marked) and (len(marked) == 2 or (copied and not who))
    )
    if dated and _dates_differ(question, mine, theirs) and _alike(mine, theirs, fewest):
        return True
    if who:
        return _names_differ(question, mine, theirs)
    return _figures_differ(question, mine, theirs) and _alike(mine, theirs, fewest)


def _marked(one: Evidence) -> str:
    """The words that most likely are the answer, where that can be told."""
    return one.quote[one.words.start - one.start : one.words.end - one.start] if one.words else ""


def _dates_differ(question: str, one: str, other: str) -> bool:
    asked = moments(question)
    mine, theirs = ([m for m in moments(text) if m not in asked] for text in (one, other))
    return len(mine) == len(theirs) == 1 and _apart(mine[0], theirs[0])


def _apart(one: Moment, other: Moment) -> bool:
    """Whether two dates cannot be the same; 1932 and May 1932 can."""
    return any(a and b and a != b for a, b in zip(one, other, strict=True))


def _figures_differ(question: str, one: str, other: str) -> bool:
    """One figure of the same unit each, and another value; at the same time, as far as is said."""
    if any(_apart(a, b) for a in moments(one) for b in moments(other)):
        return False
    asked = {f.value for f in figures(question)}
    mine, theirs = (
        [f for f in figures(text) if f.value not in asked and not _of_date(f.value, text)]
        for text in (one, other)
    )
    if len(mine) != 1 or len(theirs) != 1:
        return False
    (a,), (b,) = mine, theirs
    bounded = {a.bound, b.bound} & {"at least", "at most", "about"}
    return a.unit == b.unit and a.value != b.value and not bounded


def _names_differ(question: str, one: str, other: str) -> bool:
    """One name each that question and other sentence lack, in sentences otherwise the same."""
    mine, theirs = _own_names(question, one, other), _own_names(question, other, one)
    if len(mine) != 1 or len(theirs) != 1:
        return False
    if set(tokens(mine[0])) & set(tokens(theirs[0])):  # Rehn, Ada Rehn
        return False
    if any(_apart(a, b) for a in moments(one) for b in moments(other)):
        return False
    return _alike(one.replace(mine[0], " "), other.replace(theirs[0], " "))


def _own_names(question: str, text: str, other: str) -> list[str]:
    """The names of a text that neither question nor other text has, its first word left out."""
    found = [m[0] for m in _NAME.finditer(text) if m.start() or " " in m[0]]
    return [name for name in found if not _held(name, question) and not _held(name, other)]


def _held(name: str, text: str) -> bool:
    return bool(set(tokens(name)) & set(tokens(text)))


def _of_date(value: float, text: str) -> bool:
    return any(value in moment for moment in moments(text))


def _alike(one: str, other: str, fewest: int = _FEWEST) -> bool:
    """Whether two sentences, without their figures and dates, say nearly the same of the same."""
    mine, theirs = _rest(one), _rest(other)
    shared = len(mine & theirs)
    return shared >= fewest and shared >= _ALIKE * max(len(mine), len(theirs))


def _rest(text: str) -> set[str]:
    words = tokens(without_figures(text))
    return {stem(w) for w in words if w not in STOP and w not in MONTHS and not w[0].isdigit()}
