"""Words that bend what follows them: "not", "may", "is expected to", "most", "the second".

What a source says bent, a claim must not say straight, and what a claim denies or leaves open its
source must too. A word bends what stands behind it in its part of the sentence; the first of that,
its head, is what is compared. So "It closed in May and did not reopen" bears out "It closed in
May", but not "It reopened". Knows nothing of figures and names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise, takewhile

from rag.verification.rules.clauses import Word


class Kind(Enum):
    """How a word bends another."""

    DENIED = "denied"
    POSSIBLE = "possible"
    COMING = "coming"
    DUE = "due"
    SUPPOSED = "supposed"
    PARTLY = "partly"
    RANKED = "ranked"


_NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot hardly barely unable".split()
)
_OF_ALL = frozenset("none neither nor nobody nothing never".split())
_REFUSALS = frozenset("refus declin fail".split())  # to do something
_DENIALS = frozenset("denies deny denied lack lacks lacked".split())
_BOUNDS = frozenset("more less fewer later earlier only least just".split())  # no more than
_MODALS = {
    **dict.fromkeys("may might can could cannot".split(), Kind.POSSIBLE),
    **dict.fromkeys(["will", "would", "shall"], Kind.COMING),
    **dict.fromkeys(["must", "should", "ought"], Kind.DUE),
}
_ADVERBS = frozenset(
    """reportedly allegedly alleged perhaps possibly probably maybe apparently presumably
    supposedly likely unlikely rumoured rumored potential potentially""".split()
)
_INTENDED = frozenset(  # to do something
    """plan expect intend hope aim want seek tri threaten propos believ think suspect alleg rumour
    suppos seem appear consid say report understand agre promis offer pledg vow decid set due
    readi prepar ask urg vote wish like feel""".split()
)
_UNPROVEN = frozenset(
    "claim alleg believ think fear suspect argu suppos specul estim".split()
)  # that
_SEEMING = frozenset("look sound feel seem appear".split())  # like something
_EXPECTED = frozenset("expect predict forecast propos consid suspect threaten envisag".split())
_ACCUSED = {"accus": "of", "suspect": "of", "charg": "with"}
_OPINIONS = frozenset("thinks think believes believe doubts doubt whether".split())
_PARTLY = frozenset(
    "most mostly mainly partly partially largely half few some nearly almost".split()
)
_ORDINALS = frozenset("second third fourth fifth sixth seventh eighth ninth tenth".split())
_CONDITIONS = frozenset("if unless provided".split())
_LONGEST = 400  # words in which a condition is looked for
_FAR = 40  # words that a bend reaches at most
_ENDS = frozenset("and or".split())
_EMPTY = frozenset("longer ever yet like".split())  # of what stands behind a bending word


@dataclass(frozen=True, slots=True)
class Bend:
    """A bending word, the place of its head and the places of all that it bends."""

    kind: Kind
    word: str
    head: int
    scope: frozenset[int]
    backwards: bool


def bent(claim: Sequence[Word], source: Sequence[Word]) -> str | None:
    """What a source says bent and a claim straight, or the other way round, in words.

    >>> from rag.verification.rules.clauses import words
    >>> bent(words("The shop reopened."), words("The shop closed and did not reopen."))
    'The cited sentence denies it: not reopen.'
    >>> bent(words("The shop closed."), words("The shop closed and did not reopen."))
    >>> bent(words("It will be sold."), words("It may be sold."))
    'The cited sentence leaves it open: may.'
    """
    said, held = list(bends(claim)), list(bends(source))
    said_words = {word.word for word in claim}
    for kind in Kind:
        there, here = _covered(held, kind), _covered(said, kind)
        straight = {word.root for i, word in enumerate(source) if i not in there}
        straightened = {word.root for i, word in enumerate(claim) if i not in here}
        straightened -= straight | {claim[i].root for i in here}
        for bend in held:
            if kind is Kind.SUPPOSED and bend.word in said_words:
                continue  # "agreed in May to sell"
            if bend.kind is kind and source[bend.head].root in straightened:
                return _REASONS[kind].format(bend.word, source[bend.head].word)
        bent_there = {source[i].root for i in there}
        if kind is Kind.COMING:  # "ordered to pay" bears out "is to pay"
            bent_there |= {b.root for a, b in pairwise(source) if a.word == "to"}
        for bend in said:
            if bend.kind is kind and kind in _ADDED:
                anywhere = bend.backwards or bend.word in _OF_ALL
                looked_at = bend.scope if anywhere else {bend.head}
                if bent_there.isdisjoint(claim[i].root for i in looked_at):
                    return _ADDED[kind].format(bend.word)
    return None


_OPEN = "The cited sentence leaves it open: {}."
_REASONS = {
    Kind.DENIED: "The cited sentence denies it: {} {}.",
    Kind.POSSIBLE: _OPEN,
    Kind.COMING: _OPEN,
    Kind.DUE: _OPEN,
    Kind.SUPPOSED: _OPEN,
    Kind.PARTLY: "The cited sentence says it only in part: {} {}.",
    Kind.RANKED: "The cited sentence ranks it otherwise: {} {}.",
}
_ADDED = {
    Kind.DENIED: "It denies what the cited sentence does not: {}.",
    Kind.POSSIBLE: "The cited sentence does not say: {}.",
    Kind.COMING: "The cited sentence does not say: {}.",
    Kind.DUE: "The cited sentence does not say: {}.",
}


def unconditional(claim: Sequence[Word], source: Sequence[Word]) -> str | None:
    """What a source says only on a condition that the claim leaves out, in words.

    >>> from rag.verification.rules.clauses import words
    >>> unconditional(words("It will close in May."), words("It will close in May unless it pays."))
    'The cited sentence says so only on a condition: unless.'
    """
    if any(word.word in _CONDITIONS for word in claim):
        return None
    said = {word.root for word in claim if word.content}
    by_part: dict[tuple[int, int], set[str]] = defaultdict(set)
    for word in source:
        if word.content:
            by_part[word.clause, word.part].add(word.root)
    for i, word in enumerate(source[:_LONGEST]):
        before = source[i - 1].word if i else ""
        if word.word not in _CONDITIONS or before in ("as", "even", "what"):
            continue
        leads = not before or word.opens or before in ("and", "or", "but")
        main = set[str]()
        for (clause, part), roots in by_part.items():
            same = clause == word.clause and part > word.part
            main |= roots if (same if leads else clause == word.clause - 1) else set()
        if len(said & main) * 2 > len(main) and len(said & main) * 4 > len(said) * 3:
            return f"The cited sentence says so only on a condition: {word.word}."
    return None


def bends(words: Sequence[Word]) -> Iterator[Bend]:
    """All bending words of a text with what they bend; those that bend nothing are left out."""
    for place in range(len(words)):
        for kind in _kinds(words, place):
            if bend := _reach(words, place, kind):
                yield bend


def _kinds(words: Sequence[Word], place: int) -> Iterator[Kind]:
    word = words[place].word
    following = words[place + 1].word if place + 1 < len(words) else ""
    if _denies(words[place], following):
        yield Kind.DENIED
    if word in _MODALS and not words[place].capital:
        yield _MODALS[word]
    elif word.endswith("'ll") or (word in ("is", "are", "was", "were") and following == "to"):
        yield Kind.COMING
    elif _supposes(words[place], following):
        yield Kind.SUPPOSED
    elif (word in _PARTLY and not words[place].figure) or _chooses(words, place):
        yield Kind.PARTLY
    elif word in _ORDINALS and (following.endswith("est") or following in ("most", "best")):
        yield Kind.RANKED


def _denies(word: Word, following: str) -> bool:
    if word.word in _NEGATIONS or word.word.endswith("n't"):
        return following not in _BOUNDS and not following.isdigit()
    if word.word in ("instead", "rather"):
        return following in ("of", "than")
    return word.word in _DENIALS or (word.root in _REFUSALS and following == "to")


def _chooses(words: Sequence[Word], place: int) -> bool:
    """Whether a word is the "either" of a choice, or its "or"."""
    before = words[max(0, place - 8) : place]
    return words[place].word == "either" or (
        words[place].word == "or" and any(w.word == "either" for w in before)
    )


def _supposes(word: Word, following: str) -> bool:
    if word.word in _ADVERBS | _OPINIONS or (word.root in _EXPECTED and not word.capital):
        return True
    return (
        (following == "to" and word.root in _INTENDED)
        or (following in ("like", "as") and word.root in _SEEMING)
        or word.root == "seem"
        or (following == "that" and word.root in _UNPROVEN)
        or following == _ACCUSED.get(word.root)
    )


def _reach(words: Sequence[Word], place: int, kind: Kind) -> Bend | None:
    """What the word at a place bends: what follows in its part, else (a denial) what precedes."""
    part = words[place].part
    near = range(place + 1, min(len(words), place + _FAR))
    after = takewhile(lambda i: words[i].part == part, near)
    scope = [i for i in after if _bendable(words[i])]
    backwards = not scope
    if backwards and kind is Kind.DENIED:
        before = takewhile(
            lambda i: words[i].part == part and words[i].word not in _ENDS,
            range(place - 1, max(-1, place - _FAR), -1),
        )
        scope = [i for i in before if _bendable(words[i])]
    if not scope:
        return None
    return Bend(kind, words[place].word, scope[0], frozenset(scope), backwards)


def _bendable(word: Word) -> bool:
    return (word.content or word.word[0].isdigit()) and word.word not in _EMPTY


def _covered(found: Sequence[Bend], kind: Kind) -> set[int]:
    return {i for bend in found if bend.kind is kind for i in bend.scope}
