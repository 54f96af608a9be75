"""Bundles of pairs that differ in one thing, so that the reader must see that thing.

Made from a pair with an answer: a word, name or figure of the question is exchanged for another,
in the question, in the passage, and in both. It answers where the two agree (both as they were,
or both exchanged), so neither the question alone nor the passage alone gives the answer away. The
training then ranks those that answer above those that do not (counterfactual pairs after Kaushik
et al. 2020, https://arxiv.org/abs/1909.12434; instances in bundles after Dua et al. 2021,
https://arxiv.org/abs/2104.08735).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from rag.schema import Span
from rag.words import STOP, stem
from training.reader_data import Pair
from training.wordnet import WordNet

Bundle = tuple[Pair, ...]
AROUND = 2  # sentences kept on each side of those that answer
_WORD = re.compile(r"\d[\d,.]*\d|\d+|[^\W\d_][\w’'-]*[^\W_]|[^\W\d_]")
_NAME = re.compile(
    r"\b[A-Z][\w’'-]+(?:(?: (?:of|the|de|von|van|al|and the))? [A-Z][\w’'-]+)*", re.UNICODE
)
_ASKS = frozenset(
    "who whom whose what which when where why how many much long old far year kind type name named "
    "called year's often city country percentage percent number amount did does do".split()
)
_DOER = re.compile(r"^(who|what) ([a-z]+) ((?:the |an? )?[\w’' -]+?)( (?:in|at|from|during|after|"
                   r"before|by|with|on) .+)?\?*$", re.I)  # fmt: skip
_HELPING = re.compile(r"(?<=\w )(was|were|is|are|had|has|have|can|could|would|did|does)\b", re.I)
_AMONG = re.compile(r"\b(?:and|or|between|versus|vs)\b", re.I)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Two texts that take each other's place, as whole words, whatever their case.

    >>> Exchange("Rollo", "Oslo")("In Oslo, Rollo's men rested.")
    "In Rollo, Oslo's men rested."
    """

    old: str
    new: str

    def __call__(self, text: str) -> str:
        other = {self.old.lower(): self.new, self.new.lower(): self.old}
        either = "|".join(re.escape(t) for t in sorted(other, key=len, reverse=True))
        whole = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.I)
        return whole.sub(lambda match: other[match[0].lower()], text)


class Contrasts:
    """Makes bundles from pairs that answer."""

    def __init__(self, wordnet: WordNet) -> None:
        self.wordnet = wordnet

    def of(self, pair: Pair, names: Sequence[str], rng: random.Random) -> Bundle | None:
        """A bundle around a pair, the pair first; `None` where nothing can be exchanged."""
        if rng.random() < 0.6:
            pair = cropped(pair, rng)
        ways: list[tuple[float, Callable[[], Bundle | None]]] = [
            (3.0, lambda: self._around(pair, self._name(pair, names, rng))),
            (3.0, lambda: self._around(pair, self._word(pair, rng))),
            (1.0, lambda: self._around(pair, self._two(pair, rng))),
            (1.0, lambda: self._around(pair, _figure(pair, rng))),
            (0.7, lambda: self._turned(pair)),
            (0.4, lambda: _denied(pair)),
            (0.5, lambda: _narrowed(pair, names, rng)),
        ]
        while ways:
            at = rng.choices(range(len(ways)), [w for w, _ in ways])[0]
            if bundle := ways.pop(at)[1]():
                return bundle
        return None

    def reworded(self, pair: Pair, rng: random.Random) -> Pair | None:
        """The pair with a word of its question changed to one that means the same."""
        for word in _shuffled(_content(pair.question), rng):
            base = self.base(word.lower())
            parts = self.wordnet.parts(base)
            if len(parts) == 1 and not _named(pair.text, word):
                same = [w for w in self.wordnet.synonyms(base, *parts) if len(w) > 2]
                if same:
                    new = inflected(word.lower(), base, same[0])
                    return replace(pair, question=Exchange(word, new)(pair.question))
        return None

    def _around(self, pair: Pair, exchange: Exchange | None) -> Bundle | None:
        """As it is; question changed; passage changed; both changed."""
        if not exchange:
            return None
        question = exchange(pair.question)
        other = exchanged(pair, exchange)
        answer = pair.span and pair.text[pair.span.start : pair.span.end].lower()
        if question == pair.question or (answer and _among(exchange, answer)):
            return None
        lost = replace(pair, question=question, gold=(), span=None)
        if other.text == pair.text:
            return (pair, lost)
        mistaken = replace(other, gold=(), span=None)
        return (pair, lost, mistaken, replace(other, question=question))

    def _name(self, pair: Pair, names: Sequence[str], rng: random.Random) -> Exchange | None:
        """A name of the question, for another of the passage or of the set."""
        within = self.names(pair.text)
        asked = pair.question.lower()
        own = [n for n in within if has(asked, n.lower())] or [
            w for n in within for w in n.split() if len(w) > 3 and has(asked, w.lower())
        ]
        if not own:
            return None
        old = rng.choice(own)
        others = [n for n in within if not shares(n, old) and not has(asked, n.lower())]
        pool = others if others and rng.random() < 0.6 else list(names)
        fresh = [n for n in rng.sample(pool, min(len(pool), 20)) if not shares(n, old)]
        return Exchange(old, rng.choice(fresh)) if fresh else None

    def _two(self, pair: Pair, rng: random.Random) -> Exchange | None:
        """Two names or nouns of the question, each for the other."""
        asked = pair.question.lower()
        own = {n for n in self.names(pair.text) if has(asked, n.lower())}
        two = rng.sample(sorted(own), 2) if len(own) > 1 else []
        if not two or shares(*two) or _AMONG.search(pair.question):
            return None
        return Exchange(*two)

    def _word(self, pair: Pair, rng: random.Random) -> Exchange | None:
        """A word of both, for its opposite, one of its kind, or the passage's of the same form."""
        have = {w.lower() for w in _WORD.findall(pair.text) if not _named(pair.text, w)}
        stems = {stem(w) for w in have}
        said = [w for w in _content(pair.question) if stem(w.lower()) in stems]
        for word in _shuffled(said, rng):
            options = self.others(word.lower(), self.wordnet.opposites)
            if not options or rng.random() < 0.6:
                alike = [w for w in self.alike(word.lower(), have) if not has(pair.question, w)]
                near = self.others(word.lower(), self.wordnet.siblings)
                options = alike if alike and rng.random() < 0.6 else near or alike or options
            if options:
                return Exchange(word, rng.choice(sorted(options)))
        return None

    def others(self, word: str, of: Callable[[str, str], list[str]]) -> list[str]:
        """What WordNet has for a word in each part of speech, in the word's own form."""
        base = self.base(word)
        parts = self.wordnet.parts(base)
        return [inflected(word, base, other) for part in parts for other in of(base, part)]

    def alike(self, word: str, words: set[str]) -> list[str]:
        """Those words that end as a word does and can be the same part of speech."""
        parts = self.wordnet.parts(self.base(word))
        return [
            w
            for w in words - STOP
            if w.isalpha() and len(w) > 3 and w[-2:] == word[-2:] and stem(w) != stem(word)
            and parts & self.wordnet.parts(self.base(w))
        ]  # fmt: skip

    def _turned(self, pair: Pair) -> Bundle | None:
        """Who did it, for to whom it was done: `Who led the army?`, `Who did the army lead?`."""
        match = _DOER.match(pair.question.strip())
        if not match:
            return None
        who, verb, whom, rest = match.groups()
        base = self.base(verb.lower())
        if base == verb.lower() or "verb" not in self.wordnet.parts(base):
            return None
        question = f"{who} did {whom} {base}{rest or ''}?"
        return (pair, replace(pair, question=question, gold=(), span=None))

    def names(self, text: str) -> list[str]:
        """The names in a text, without words that only begin a sentence."""
        return [n for n in _NAME.findall(text) if self.is_name(n)]

    def is_name(self, words: str) -> bool:
        """Whether it is no single common word."""
        if not words[0].isupper() or len(words) < 3:
            return False
        word = words.lower()
        parts = self.wordnet.parts(self.base(word))
        return " " in words or (word not in STOP and parts <= {"noun"})

    def base(self, word: str) -> str:
        """The base form that WordNet knows, or the word."""
        for end, stems in _ENDINGS:
            if word.endswith(end):
                for form in (word[: -len(end)] + s for s in stems):
                    if self.wordnet.parts(form):
                        return form
                rest = word[: -len(end)]
                if len(rest) > 3 and rest[-1] == rest[-2] and self.wordnet.parts(rest[:-1]):
                    return rest[:-1]
        return word


_ENDINGS = (
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("ing", ("", "e")),
    ("ed", ("", "e")),
    ("es", ("", "e")),
    ("s", ("",)),
)


def paired(unanswerable: Pair, answerable: Sequence[Pair]) -> Bundle | None:
    """A question that its passage does not answer, with the nearest one that this passage does."""
    words = {stem(w.lower()) for w in _WORD.findall(unanswerable.question)}
    same = [p for p in answerable if p.text == unanswerable.text and p.gold]
    if not same:
        return None

    def near(pair: Pair) -> float:
        theirs = {stem(w.lower()) for w in _WORD.findall(pair.question)}
        return len(words & theirs) / len(words | theirs)

    return (max(same, key=near), unanswerable)


def cropped(pair: Pair, rng: random.Random) -> Pair:
    """The pair with some sentences on each side of those that answer."""
    first = max(0, min(pair.gold) - rng.randint(0, AROUND))
    last = min(len(pair.sentences) - 1, max(pair.gold) + rng.randint(0, AROUND))
    start, end = pair.sentences[first].start, pair.sentences[last].end
    kept = pair.sentences[first : last + 1]
    sentences = tuple(Span(s.start - start, s.end - start) for s in kept)
    span = pair.span and Span(pair.span.start - start, pair.span.end - start)
    gold = tuple(i - first for i in pair.gold)
    return replace(pair, text=pair.text[start:end], sentences=sentences, gold=gold, span=span)


def exchanged(pair: Pair, exchange: Exchange) -> Pair:
    """The pair with title and passage changed, its sentences and answer where they are now."""
    spans = [*pair.sentences, *([pair.span] if pair.span else [])]
    edges = sorted({0, len(pair.text), *(edge for span in spans for edge in span)})
    pieces = [exchange(pair.text[start:end]) for start, end in pairwise(edges)]
    place = dict(zip(edges, accumulate(map(len, pieces), initial=0), strict=True))
    sentences, span = [Span(place[s.start], place[s.end]) for s in pair.sentences], pair.span
    return replace(
        pair,
        title=exchange(pair.title),
        text="".join(pieces),
        sentences=tuple(sentences),
        span=span and Span(place[span.start], place[span.end]),
    )


def _figure(pair: Pair, rng: random.Random) -> Exchange | None:
    """A figure of the question, for another of the passage or one near it."""
    own = [w for w in _WORD.findall(pair.question) if w[0].isdigit() and has(pair.text, w)]
    if not own:
        return None
    old = rng.choice(own)
    within = [w for w in _WORD.findall(pair.text) if w[0].isdigit() and len(w) == len(old)]
    others = [w for w in within if w != old]
    if others and rng.random() < 0.6:
        return Exchange(old, rng.choice(others))
    digits = list(old)
    places = [i for i, d in enumerate(digits) if d.isdigit() and (i or len(digits) < 3)]
    place = rng.choice(places)
    digits[place] = rng.choice([d for d in "123456789" if d != digits[place]])
    return Exchange(old, "".join(digits))


def _denied(pair: Pair) -> Bundle | None:
    question = _HELPING.sub(r"\1 not", pair.question, count=1)
    if question == pair.question:
        return None
    return (pair, replace(pair, question=question, gold=(), span=None))


def _narrowed(pair: Pair, names: Sequence[str], rng: random.Random) -> Bundle | None:
    """With a condition that the passage does not hold, beside one with a year that it does."""
    bare = pair.question.rstrip(" ?")
    said = " ".join(pair.text[pair.sentences[i].start : pair.sentences[i].end] for i in pair.gold)
    answer = pair.text[pair.span.start : pair.span.end] if pair.span else said
    lacks = [n for n in rng.sample(list(names), min(20, len(names))) if not has(pair.text, n)]
    holds = [w for w in re.findall(r"\b1\d{3}\b|\b20\d\d\b", said) if not has(answer, w)]
    if not lacks:
        return None
    word = rng.choice(("in", "after", "by", "with", "for"))
    lost = replace(pair, question=f"{bare} {word} {rng.choice(lacks)}?", gold=(), span=None)
    if holds and not re.match(r"when|.*\byear", bare, re.I):
        pair = replace(pair, question=f"{bare} in {rng.choice(holds)}?")
    return (pair, lost)


def _content(question: str) -> list[str]:
    words = _WORD.findall(question)
    return [w for w in words if w.isalpha() and len(w) > 2 and w.lower() not in STOP | _ASKS]


def inflected(word: str, base: str, other: str) -> str:
    """Another word in the form that a word has."""
    end = word[len(base) :] if word.startswith(base) else ""
    if word.endswith("ed") and word != base:
        return other + ("d" if other.endswith("e") else "ed")
    if word.endswith("ing") and word != base:
        return (other[:-1] if other.endswith("e") else other) + "ing"
    return other + "s" if end in ("s", "es") else other


def has(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.I) is not None


def _named(text: str, word: str) -> bool:
    """Whether a text holds the word only with a capital."""
    return re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", text) is None


def shares(one: str, other: str) -> bool:
    return bool({stem(w.lower()) for w in one.split()} & {stem(w.lower()) for w in other.split()})


def _among(exchange: Exchange, answer: str) -> bool:
    return has(answer, exchange.old) or has(answer, exchange.new)


def _shuffled(words: Sequence[str], rng: random.Random) -> list[str]:
    return rng.sample(list(words), len(words))


def bundles(
    pairs: Sequence[Pair], contrasts: Contrasts, names: Sequence[str], rng: random.Random
) -> Iterator[Bundle]:
    """A bundle for each pair that answers, some with a reworded question as well."""
    names = [name for name in names if contrasts.is_name(name)]
    for pair in pairs:
        bundle = contrasts.of(pair, names, rng)
        if not bundle:
            continue
        if rng.random() < 0.35 and (other := contrasts.reworded(bundle[0], rng)):
            bundle = (*bundle, other)
        yield bundle
