"""What can be measured about a question and a sentence.

Owns the features of `evidence` and their names. Weights of words are inverse document
frequencies, so that a rare name counts more than a common verb.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rag.words import STOP, stem, tokens

Weight = Callable[[str], float]

NAMES = (
    "reader_logit",
    "reader_passage",
    "fused",
    "coverage_sentence",
    "coverage_context",
    "coverage_passage",
    "pairs",
)

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_TIME = re.compile(
    rf"\b(?:1\d{{3}}|20\d{{2}})s?\b|\b{_MONTH}\b|\b\d+(?:st|nd|rd|th) century\b|\bcentur(?:y|ies)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:year|month|week|decade|day|hour)s?\b"
    r"|\b(?:today|yesterday|ago|bc|ad|bce)\b",
    re.I,
)
_WORD_NUMBERS = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion trillion dozen half third quarter single once twice
""".split()
_NUMBER = re.compile(rf"\d|\b(?:one|{'|'.join(_WORD_NUMBERS)})s?\b", re.I)
_MONEY = re.compile(r"[$€£¥]|\b(?:dollar|euro|pound|yen|yuan|cent|usd|million|billion)s?\b", re.I)
_NAME = re.compile(r"\b[A-Z][\w’'-]*[^\W_]")
_PLACE = re.compile(r"\b(?:in|at|from|near|to|of|between|across|through)\s+(?:the\s+)?[A-Z]")
_REASON = re.compile(
    r"\b(?:because|since|due|so that|in order|therefore|thus|caus\w+|reason\w*|as a result|owing"
    r"|lead\w*|led|result\w*|to (?:avoid|prevent|allow|make|protect|reduce|increase))\b",
    re.I,
)
_WHO = re.compile(r"\b(?:who|whom|whose|which (?:person|company|people|group|man|woman))\b", re.I)
_WHEN = re.compile(
    r"\b(?:when|(?:what|which|in what|in which)"
    r" (?:year|date|century|decade|month|day|time|period|era))\b",
    re.I,
)
_WHERE = re.compile(
    r"\b(?:where|(?:what|which)"
    r" (?:country|city|place|state|region|continent|location|town|area|river|part))\b",
    re.I,
)
_COUNT = re.compile(
    r"\bhow (?:many|long|old|far|tall|big|large|high|deep|fast|often|wide|heavy)\b"
    r"|\bwhat (?:percent\w*|number|amount|share|proportion|fraction)\b",
    re.I,
)
_COST = re.compile(r"\bhow much\b|\bwhat (?:price|cost)\b", re.I)
_WHY = re.compile(r"\bwhy\b|\bwhat (?:caused|reason)\b", re.I)

_END = re.compile(r"(?<=[.?!])\s+(?=\S)")
_DECIDES = re.compile(
    r"^\W*(?:(?:and|but|so|or|then)\s+)?(?:did|does|do|is|are|was|were|has|have|had|can|could|will"
    r"|would|should|may|might|must)(?:n['’]t)?\b|\w,? or \w",
    re.I,
)

_WANTS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (_WHEN, _TIME),
    (_COST, re.compile(f"{_MONEY.pattern}|{_NUMBER.pattern}", re.I)),
    (_COUNT, _NUMBER),
    (_WHERE, _PLACE),
    (_WHO, _NAME),
    (_WHY, _REASON),
)


@dataclass(frozen=True)
class Question:
    """A question taken apart once, for all sentences.

    >>> Question("When did Rollo land?", lambda stem: 1.0).stems
    ('rollo', 'land')
    """

    text: str
    weight: Weight

    @cached_property
    def stems(self) -> tuple[str, ...]:
        found = [stem(word) for word in tokens(self.text) if word not in STOP]
        return tuple(dict.fromkeys(found))

    @cached_property
    def weights(self) -> dict[str, float]:
        return {word: self.weight(word) for word in self.stems}

    @cached_property
    def total(self) -> float:
        return sum(self.weights.values()) or 1.0

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(_pairs(self.text))

    @cached_property
    def wanted(self) -> re.Pattern[str] | None:
        """What the answer must contain (a time, a number, a name …), where that can be told.

        Of a follow-up behind the question before it, the follow-up tells first.
        """
        parts = reversed(_END.split(self.text))
        return next((has for part in parts for asks, has in _WANTS if asks.search(part)), None)

    @property
    def asks_who(self) -> bool:
        """Whether a person is asked for."""
        return bool(_WHO.search(self.text))

    @cached_property
    def decides(self) -> bool:
        """Whether yes or no is asked, or which of two: its own words can be the answer."""
        return any(_DECIDES.search(part) for part in _END.split(self.text))

    def coverage(self, words: Iterable[str]) -> float:
        """The share of the question's weight that these stems hold, 0..1."""
        have = set(words)
        return sum(w for s, w in self.weights.items() if s in have) / self.total


@dataclass(frozen=True)
class Candidate:
    """A sentence with its surroundings: the passage's text, the one before, the title."""

    text: str
    before: str
    passage: str
    title: str
    reader_logit: float
    reader_passage: float
    fused: float

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(stem(word) for word in tokens(self.text))


def measure(question: Question, candidate: Candidate) -> list[float]:
    """The features of one sentence, in the order of `NAMES`."""
    own = set(candidate.stems)
    title = {stem(word) for word in tokens(candidate.title)}
    context = own | title | {stem(word) for word in tokens(candidate.before)}
    passage = title | {stem(word) for word in tokens(candidate.passage)}
    pairs = question.pairs
    return [
        candidate.reader_logit,
        candidate.reader_passage,
        candidate.fused,
        question.coverage(own),
        question.coverage(context),
        question.coverage(passage),
        len(pairs & set(_pairs(candidate.text))) / len(pairs) if pairs else 0.0,
    ]


def _pairs(text: str) -> list[tuple[str, str]]:
    words = [stem(word) for word in tokens(text) if word not in STOP]
    return list(pairwise(words))
