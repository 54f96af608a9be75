"""Surroundings: what stands around a figure, a name or a word of a sentence.

They are the nearest words on both sides that say something, and what ties them to it ("of",
"from"). A passive counts as the active that it stands for, so that "Rouen was sold by Rollo" and
"Rollo sold Rouen" have the same ones. Knows nothing of comparing them; see `places`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from rag.values.figures import Figure
from rag.verification.rules.clauses import Word
from rag.verification.rules.lemmas import is_participle, is_past
from rag.words import MONTHS

Feature = tuple[str, str, str]  # which side, the nearest word there, and what ties it
_MARKERS = frozenset(
    """from to in of at for with on over after before against than off into by between as under
    through behind near since until without about during despite among across along within
    beyond per via like unlike following according""".split()
)
_FAR = 12  # words that a surrounding may be away
_YEAR = re.compile(r"(?:1\d|20)\d\d")
_BE = frozenset("is are was were be been being".split())
_WITHIN = frozenset("of in at from near".split())
_RELATIVE = frozenset("who which that".split())
_MONTHS_AND_DAYS = frozenset(MONTHS) | frozenset(
    "monday tuesday wednesday thursday friday saturday sunday".split()
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A figure, a name or a word, and what stands around it.

    Attributes:
        same: What it is, however written; units that share any of it are the same.
        sort: A unit can only be put where another of its sort belongs.
        text: What a person may read of it.
        around: Its surroundings.
        home: Surroundings that it may have beside them.
    """

    same: frozenset[str]
    sort: str
    text: str
    around: frozenset[Feature]
    home: frozenset[Feature] = frozenset()


def untied(feature: Feature) -> Feature:
    """A side of it without what ties it."""
    return feature if feature[0] == "tie" else (*feature[:2], "")


def figure_units(words: Sequence[Word], found: Sequence[Figure], text: str) -> list[Unit]:
    """The figures of a text with their surroundings; see `rag.verification.rules.clauses.words`."""
    places: dict[int, tuple[int, int]] = {}
    at = 0
    for i, word in enumerate(words):
        while at < len(found) and found[at].end <= word.start:
            at += 1
        if at < len(found) and found[at].start <= word.start:
            first, _ = places.get(at, (i, i))
            places[at] = (first, i)
    units: list[Unit] = []
    for at, (first, last) in places.items():
        figure = found[at]
        if {w.word for w in words[max(0, first - 1) : last + 2]} & _MONTHS_AND_DAYS:
            continue  # of a date, which is checked as one
        around = set(_around(words, first, last))
        if figure.bound in ("to", "by", "in"):
            around.add(("tie", "", words[first].word))
        shown = text[figure.start : figure.end].strip()
        sort = _unit(found, at) or ("year" if _YEAR.fullmatch(shown[-4:]) else "number")
        home = {untied(f) for f in around if f[0] == "after" and f[2] == "of"}
        if units and (last + 1 == len(words) or not _counts(words, last)):
            counted = {f for f in units[-1].around if f[0] == "after"}
            home |= units[-1].home or counted  # "five of 18 shops shut and nine are empty"
        same = frozenset({str(figure.value)})
        units.append(Unit(same, sort, shown, frozenset(around), frozenset(home)))
    return units


def _counts(words: Sequence[Word], last: int) -> bool:
    """Whether a figure is followed by what it counts, and not by "of them" or nothing."""
    following = words[last + 1]
    verb = is_participle(following.word) or is_past(following.word)
    return following.part == words[last].part and following.content and not verb


def _unit(found: Sequence[Figure], at: int) -> str:
    """A figure's unit, which "from 10 to 25 percent" says once."""
    figure = found[at]
    follows = at + 1 < len(found) and found[at + 1].start - figure.end <= len(" and ")
    return figure.unit or (found[at + 1].unit if follows else "")


def name_units(words: Sequence[Word], known: Container[str]) -> list[Unit]:
    """The runs of capitalised words with who does what to whom around them.

    Args:
        words: The words of a text.
        known: Words that have a capital within a sentence.
    """
    found: list[Unit] = []
    i = 0
    while i < len(words):
        last = i
        while _named(words, i) and last + 1 < len(words) and _joined(words, last):
            last += 1
        if _named(words, i) and (last > i or not words[i].opens or words[i].word in known):
            run = words[i : last + 1]
            shown = " ".join(word.shown for word in run)
            home = set(_titled(words, i, last))
            if found and i and words[i - 1].word in ("and", "or", "but"):
                home |= {f for f in found[-1].around if f[0] != "after"}
            around = frozenset(_voiced(words, i, last))
            same = frozenset(word.word for word in run)
            found.append(Unit(same, "name", shown, around, frozenset(home)))
        i = last + 1
    return found


def word_units(words: Sequence[Word], wanted: Callable[[str], bool]) -> list[Unit]:
    """The wanted words of a text with their surroundings."""
    return [
        Unit(frozenset({word.root}), "word", word.shown, frozenset(_around(words, i, i)))
        for i, word in enumerate(words)
        if wanted(word.word)
    ]


def _named(words: Sequence[Word], i: int) -> bool:
    word = words[i]
    common = word.word in _MONTHS_AND_DAYS or word.word in _MARKERS
    return word.capital and word.content and not common


def _joined(words: Sequence[Word], last: int) -> bool:
    return words[last].part == words[last + 1].part and _named(words, last + 1)


def _around(words: Sequence[Word], first: int, last: int) -> Iterator[Feature]:
    """The nearest words on both sides that say something, with what ties them to it."""
    before = _nearest(words, first, -1)
    after = _nearest(words, last, 1)
    start = first - 3 if before is None else before
    tie = _tie([w for w in words[max(0, start) : first] if w.clause == words[first].clause])
    if before is not None:
        yield ("before", words[before].root, tie)
    if tie:
        yield ("tie", "", tie)
    if after is not None:
        yield ("after", words[after].root, _tie(words[last + 1 : after + 1]))


def _tie(between: Sequence[Word]) -> str:
    """The last word of a stretch that ties things, "and" only where it joins no list."""
    for i in range(len(between) - 1, -1, -1):
        word = between[i].word
        if word in _MARKERS:
            return word
        if word in ("and", "or") and i + 1 < len(between) and not _listed(between[i + 1]):
            return word
    return ""


def _nearest(words: Sequence[Word], place: int, step: int) -> int | None:
    """The nearest word in a direction that says something and is no name.

    It may be in another part only along a list ("Oslo, Bergen and Tromsø").
    """
    for i in range(place + step, place + step * _FAR, step):
        if not 0 <= i < len(words) or words[i].clause != words[place].clause:
            return None
        if words[i].part != words[i - step].part and not _in_list(words, max(i, i - step)):
            return None
        if words[i].content and not words[i].capital:
            return i
    return None


def _in_list(words: Sequence[Word], i: int) -> bool:
    """Whether the comma before a word parts the items of a list of names or figures."""
    right = list(takewhile(_listed, words[i : i + _FAR]))
    left = list(takewhile(_listed, reversed(words[max(0, i - _FAR) : i])))
    joined = any(word.word in ("and", "or") for word in (*left, *right))
    items = [any(w.capital or w.figure for w in side) for side in (left, right)]
    return joined and all(items)


def _listed(word: Word) -> bool:
    return word.capital or word.figure or word.word in ("and", "or")


def _voiced(words: Sequence[Word], first: int, last: int) -> Iterator[Feature]:
    """As `_around`, with the doer of a passive before its verb and what it is done to behind."""
    agent = _passive_before(words, first)
    if agent is not None:
        yield ("after", words[agent].root, "")
    after = _nearest(words, last, 1)
    if after is None and last + 2 < len(words) and words[last + 1].word in _RELATIVE:
        after = _nearest(words, last + 1, 1)
        if after is not None:
            yield ("after", words[after].root, "")
    if _within_name(words, first):
        after = None  # in "Kiptoo of Kenya won" it is Kiptoo who won
    passive = after is not None and _is_passive(words, after)
    if after is not None and passive:
        yield ("before", words[after].root, "")
    for feature in _around(words, first, last):
        if (after is not None and not passive) if feature[0] == "after" else agent is None:
            yield feature
    owner = last + 2 < len(words) and words[last + 1].word in _WITHIN and _named(words, last + 2)
    if owner and after is not None and not passive:
        yield ("after", words[after].root, "")
    yield from _apposed(words, first)


def _within_name(words: Sequence[Word], first: int) -> bool:
    """Whether a name belongs to another one: "Kiptoo of Kenya", "Ek of the firm Holt"."""
    for i in range(first - 1, max(0, first - 5), -1):
        if words[i].word in _MARKERS:
            return words[i].word in _WITHIN and _named(words, i - 1)
    return False


def _apposed(words: Sequence[Word], first: int) -> Iterator[Feature]:
    """What stands before the noun that a name stands in for: "sacked its coach, Henrik Dahl,"."""
    if first and words[first - 1].part == words[first].part - 1 and _is_title(words[first - 1]):
        yield from (f for f in _around(words, first - 1, first - 1) if f[0] != "after")


def _titled(words: Sequence[Word], first: int, last: int) -> Iterator[Feature]:
    """What stands before a name's common noun: "the firm Holt" stands where the firm does."""
    if first and _is_title(words[first - 1]) and words[first - 1].part == words[first].part:
        yield from (f for f in _around(words, first - 1, last) if f[0] != "after")


def _is_title(word: Word) -> bool:
    """Whether a word can be a name's common noun: "the firm Holt" stands where the firm does."""
    verb = is_participle(word.word) or is_past(word.word)
    return word.content and not word.capital and not verb


def _is_passive(words: Sequence[Word], i: int) -> bool:
    if not is_participle(words[i].word):
        return False
    return any(w.word in _BE for w in words[max(0, i - 3) : i])


def _passive_before(words: Sequence[Word], first: int) -> int | None:
    """The participle whose doer the name at a place is ("sold by Rollo")."""
    part = words[first].part
    near = range(first - 1, max(-1, first - _FAR), -1)
    by = next((i for i in near if words[i].word in _MARKERS or words[i].part != part), -1)
    if by < 0 or words[by].word != "by" or words[by].part != part:
        return None
    for i in range(by - 1, max(-1, by - _FAR), -1):
        if words[i].clause != words[by].clause:
            return None
        if is_participle(words[i].word) and (i == by - 1 or _is_passive(words, i)):
            return i
    return None
