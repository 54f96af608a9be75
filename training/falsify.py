"""Changes of a sentence's wording that change what it says, each the exchange of two texts.

Applied to a claim alone, or to its premise alone, an exchange makes a false pair of a true one;
applied to both, a true one again. So neither text alone gives the label away. Some changes only
weaken or strengthen ("may", "all"): what is weaker still follows from what was said.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.words import STOP
from training.contrasts import Contrasts, Exchange, has, shares
from training.reader_data import opposite

Sense = Literal["differs", "weaker", "stronger"]
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])")
SMALL = "two three four five six seven eight nine ten eleven twelve".split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
# what is measured or counted in one unit is not so in another of its row
_UNITS = (
    "hundred thousand million billion trillion",
    "second minute hour day week month year decade",
    "seconds minutes hours days weeks months years decades centuries",
    "metres kilometres miles feet yards kilometers meters inches hectares acres",
    "tonnes tons kilograms pounds grams",
    "dollars euros pounds yen francs",
    "morning afternoon evening night",
    "spring summer autumn winter",
    "north south east west",
    "northern southern eastern western",
    "first second third fourth fifth last",
    "men women children",
    "half two-thirds three-quarters",
)
# (as it may stand, what it becomes, how the second relates to the first)
_SCOPES: tuple[tuple[str, str, Sense], ...] = (
    ("some", "all", "stronger"),
    ("some", "most", "stronger"),
    ("some", "no", "differs"),
    ("most", "all", "stronger"),
    ("most", "few", "differs"),
    ("many", "all", "stronger"),
    ("many", "few", "differs"),
    ("several", "most", "stronger"),
    ("all", "some", "weaker"),
    ("all", "none of the", "differs"),
    ("both", "neither of the", "differs"),
    ("each", "one", "weaker"),
    ("one of the", "the only one of the", "stronger"),
    ("is a", "is the only", "stronger"),
    ("is a", "is no longer a", "differs"),
    ("was a", "was the first", "stronger"),
    ("was a", "was never a", "differs"),
    ("are", "are all", "stronger"),
    ("were", "were all", "stronger"),
    ("often", "always", "stronger"),
    ("often", "rarely", "differs"),
    ("usually", "always", "stronger"),
    ("sometimes", "always", "stronger"),
    ("always", "never", "differs"),
    ("mainly", "only", "stronger"),
    ("also", "only", "differs"),
    ("only", "also", "differs"),
    ("at least", "at most", "differs"),
    ("at least", "exactly", "stronger"),
    ("more than", "less than", "differs"),
    ("more than", "fewer than", "differs"),
    ("over", "under", "differs"),
    ("up to", "more than", "differs"),
    ("nearly", "more than", "differs"),
    ("almost", "more than", "differs"),
    ("before", "after", "differs"),
    ("until", "since", "differs"),
    ("since", "until", "differs"),
    ("with", "without", "differs"),
    ("increase", "decrease", "differs"),
    ("increased", "fell", "differs"),
    ("rose", "fell", "differs"),
    ("grew", "shrank", "differs"),
    ("higher", "lower", "differs"),
    ("highest", "lowest", "differs"),
    ("larger", "smaller", "differs"),
    ("largest", "smallest", "differs"),
    ("largest", "second largest", "differs"),
    ("more", "less", "differs"),
    ("most", "least", "differs"),
    ("earlier", "later", "differs"),
    ("early", "late", "differs"),
    ("began", "ended", "differs"),
    ("opened", "closed", "differs"),
    ("won", "lost", "differs"),
    ("allowed", "forbade", "differs"),
    ("supported", "opposed", "differs"),
    ("accepted", "rejected", "differs"),
    ("include", "exclude", "differs"),
    ("because", "although", "differs"),
    ("because of", "despite", "differs"),
    ("and", "or", "weaker"),
    ("or", "and", "differs"),
    ("can", "must", "stronger"),
    ("can", "cannot", "differs"),
    ("must", "may", "weaker"),
    ("may", "must", "stronger"),
    ("may", "will", "stronger"),
    ("might", "will", "stronger"),
    ("could", "will", "differs"),
    ("will", "may", "weaker"),
    ("would", "will", "differs"),
    ("should", "will", "differs"),
    ("probably", "certainly", "stronger"),
    ("possibly", "certainly", "stronger"),
    ("about", "far more than", "differs"),
    ("no", "many", "differs"),
    ("none", "all", "differs"),
    ("never", "often", "differs"),
)
_HELPS = "was were is are had has have can could will would may might should must did does".split()
_HELPED = re.compile(rf"\b({'|'.join(_HELPS)}) (?!not\b)([a-z]+)\b")
_DENIED = re.compile(rf"\b({'|'.join(_HELPS)}) not ([a-z]+)\b")
_PAST = re.compile(r"(?<=\w )([a-z]{3,}ed)\b(?! by\b| to be\b)")
_ARTICLED = re.compile(r"\b(?:the|an?|its|his|their) [a-z]+(?: [a-z]+)??(?= |,|\.|$)")
_LISTED = re.compile(r"[\s,]*(?:(?:and|or|as well as|with|between)\b)?[\s,]*", re.I)
# ways to say less of what happened, or the contrary; {0} the base form, {1} the past participle
_DID: tuple[tuple[str, Sense], ...] = (
    ("did not {0}", "differs"),
    ("never {1}", "differs"),
    ("refused to {0}", "differs"),
    ("failed to {0}", "differs"),
    ("planned to {0}", "differs"),
    ("wanted to {0}", "differs"),
    ("promised to {0}", "differs"),
    ("tried to {0}", "differs"),
    ("was expected to {0}", "differs"),
    ("is expected to {0}", "differs"),
    ("will {0}", "differs"),
    ("almost {1}", "differs"),
    ("stopped short of what would have {1}", "differs"),
    ("was accused of having {1}", "differs"),
    ("denied having {1}", "differs"),
    ("may have {1}", "weaker"),
    ("could have {1}", "differs"),
    ("is said to have {1}", "weaker"),
    ("is alleged to have {1}", "weaker"),
    ("reportedly {1}", "weaker"),
    ("allegedly {1}", "weaker"),
    ("would have {1}", "differs"),
)
_BEING: tuple[tuple[str, str, Sense], ...] = (
    ("was", "may have been", "weaker"),
    ("was", "was reportedly", "weaker"),
    ("was", "was not", "differs"),
    ("was", "was never", "differs"),
    ("was", "was almost", "differs"),
    ("was", "was to be", "differs"),
    ("was", "was expected to be", "differs"),
    ("was", "will be", "differs"),
    ("was", "is said to have been", "weaker"),
    ("were", "may have been", "weaker"),
    ("were", "were reportedly", "weaker"),
    ("were", "were not", "differs"),
    ("were", "were to be", "differs"),
    ("were", "were not expected to be", "differs"),
    ("is", "may be", "weaker"),
    ("is", "could be", "weaker"),
    ("is", "is expected to be", "differs"),
    ("is", "is believed to be", "weaker"),
    ("is", "is not", "differs"),
    ("is", "is no longer", "differs"),
    ("is", "is not yet", "differs"),
    ("are", "may be", "weaker"),
    ("are", "are not", "differs"),
    ("are", "are no longer", "differs"),
    ("are", "are thought to be", "weaker"),
    ("has", "has not", "differs"),
    ("has", "is expected to have", "differs"),
    ("had", "had not", "differs"),
    ("have", "have not", "differs"),
    ("can", "cannot", "differs"),
    ("became", "did not become", "differs"),
    ("became", "wanted to become", "differs"),
    ("said", "denied", "differs"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """An exchange, what kind it is, and how what it makes relates to what was."""

    kind: str
    exchange: Exchange
    sense: Sense = "differs"


class Falsifier:
    """Finds changes for a claim."""

    def __init__(self, contrasts: Contrasts) -> None:
        self._words = contrasts

    def changes(
        self, claim: str, premise: str, elsewhere: str, rng: random.Random
    ) -> Iterator[Change]:
        """Changes of a claim, one of each kind in random order; those kept first are rarer.

        Args:
            claim: What is changed.
            premise: What the claim follows from.
            elsewhere: More of the same article, to take other names and figures from.
            rng: Chooses.
        """
        ways: list[tuple[float, Callable[[], Change | None]]] = [
            (1.6, lambda: _figure(claim, premise, elsewhere, rng)),
            (2.2, lambda: _two_figures(claim, rng)),
            (0.8, lambda: _dated(claim, rng)),
            (0.8, lambda: _unit(claim, rng)),
            (1.6, lambda: self._name(claim, premise, elsewhere, rng)),
            (2.0, lambda: self._two_names(claim, rng)),
            (1.6, lambda: _two_things(claim, rng)),
            (1.6, lambda: self._other(claim, "antonym", rng)),
            (0.9, lambda: self._other(claim, "sibling", rng)),
            (0.9, lambda: self._alike(claim, premise, rng)),
            (1.3, lambda: _negation(claim, rng)),
            (1.8, lambda: self._less(claim, rng)),
            (1.8, lambda: _scope(claim, rng)),
        ]
        while ways:
            at = rng.choices(range(len(ways)), [weight for weight, _ in ways])[0]
            change = ways.pop(at)[1]()
            if change and change.exchange(claim) != claim:
                yield change

    def _name(self, claim: str, premise: str, elsewhere: str, rng: random.Random) -> Change | None:
        own = self._words.names(claim)
        if not own:
            return None
        old = rng.choice(own)
        near = [n for n in self._words.names(premise) if not has(claim, n) and not shares(n, old)]
        far = [n for n in self._words.names(elsewhere) if not has(claim, n) and not shares(n, old)]
        pool = near if near and rng.random() < 0.55 else far or near
        return Change("name", Exchange(old, rng.choice(pool))) if pool else None

    def _two_names(self, claim: str, rng: random.Random) -> Change | None:
        names = sorted(set(self._words.names(claim)))
        return _two("role", claim, names, rng)

    def _other(
        self, claim: str, kind: Literal["antonym", "sibling"], rng: random.Random
    ) -> Change | None:
        wordnet = self._words.wordnet
        of = wordnet.opposites if kind == "antonym" else wordnet.siblings
        said = _lower_words(claim, rng)
        if kind == "antonym" and rng.random() < 0.6:
            for word in said:
                if other := opposite(word, rng):
                    return Change(kind, Exchange(word, other))
        for word in said:
            if options := self._words.others(word, of):
                return Change(kind, Exchange(word, rng.choice(sorted(options))))
        return None

    def _alike(self, claim: str, premise: str, rng: random.Random) -> Change | None:
        """A word, for one of the same form that the premise has elsewhere."""
        theirs = {w for w in _lower_words(premise, rng) if not has(claim, w)}
        for word in _lower_words(claim, rng):
            options = self._words.alike(word, theirs)
            if options:
                return Change("word", Exchange(word, rng.choice(sorted(options))))
        return None

    def _less(self, claim: str, rng: random.Random) -> Change | None:
        """What happened or is, for what may have, was planned, was denied."""
        options: list[Change] = []
        for match in _PAST.finditer(claim):
            verb, before = match[1], claim[: match.start()].split()[-1].lower()
            base = self._words.base(verb)
            if base == verb or before in {*_HELPS, "been", "be", "being", "not", "a", "an", "the"}:
                continue
            for form, sense in rng.sample(_DID, 3):
                old = f"{before} {verb}"
                options.append(
                    Change("hedge", Exchange(old, f"{before} {form.format(base, verb)}"), sense)
                )
        for old, new, sense in _BEING:
            if _once(claim, old):
                options.append(Change("hedge", Exchange(old, new), sense))
        return rng.choice(options) if options else None


def _figure(claim: str, premise: str, elsewhere: str, rng: random.Random) -> Change | None:
    own = _NUMBER.findall(claim) + [w for w in SMALL if has(claim, w)]
    if not own:
        return None
    old = rng.choice(own)
    if old in SMALL:
        return Change("number", Exchange(old, rng.choice([w for w in SMALL if w != old])))
    near = [n for n in _NUMBER.findall(premise) if n not in own]
    far = [n for n in _NUMBER.findall(elsewhere) if n not in own and len(n) == len(old)]
    dice = rng.random()
    if near and dice < 0.4:
        return Change("number", Exchange(old, rng.choice(near)))
    if far and dice < 0.6:
        return Change("number", Exchange(old, rng.choice(far)))
    digits = list(old)
    places = [i for i, d in enumerate(digits) if d.isdigit() and (i or len(digits) < 3)]
    place = rng.choice(places)
    digits[place] = rng.choice([d for d in "123456789" if d != digits[place]])
    return Change("number", Exchange(old, "".join(digits)))


def _two_figures(claim: str, rng: random.Random) -> Change | None:
    figures = {*_NUMBER.findall(claim), *(word for word in SMALL if _once(claim, word))}
    return _two("moved", claim, sorted(figures), rng)


def _dated(claim: str, rng: random.Random) -> Change | None:
    for row in rng.sample((MONTHS, DAYS), 2):
        own = [w for w in row if re.search(rf"\b{w}\b", claim)]
        if own:
            old = rng.choice(own)
            return Change("date", Exchange(old, rng.choice([w for w in row if w != old])))
    return None


def _unit(claim: str, rng: random.Random) -> Change | None:
    rows = [(w, row.split()) for row in _UNITS for w in row.split() if has(claim, w)]
    if not rows:
        return None
    old, row = rng.choice(rows)
    return Change("unit", Exchange(old, rng.choice([w for w in row if w != old])))


def _two_things(claim: str, rng: random.Random) -> Change | None:
    return _two("role", claim, sorted(set(_ARTICLED.findall(claim))), rng)


def _two(kind: str, claim: str, things: Sequence[str], rng: random.Random) -> Change | None:
    """Two things, each for the other, unless the sentence only lists them."""
    pairs = [(a, b) for a in things for b in things if a < b and not shares(a, b)]
    for one, other in rng.sample(pairs, len(pairs)):
        first, last = sorted((claim.find(one), claim.find(other)))
        between = claim[first:last][len(one if claim.find(one) == first else other) :]
        if not _LISTED.fullmatch(between):
            return Change(kind, Exchange(one, other))
    return None


def _negation(claim: str, rng: random.Random) -> Change | None:
    if denied := list(_DENIED.finditer(claim)):
        match = rng.choice(denied)
        return Change("negation", Exchange(match[0], f"{match[1]} {match[2]}"))
    if helped := list(_HELPED.finditer(claim)):
        match = rng.choice(helped)
        return Change("negation", Exchange(match[0], f"{match[1]} not {match[2]}"))
    return None


def _scope(claim: str, rng: random.Random) -> Change | None:
    options = [s for s in _SCOPES if _once(claim, s[0])]
    rare = [s for s in options if s[0] not in ("and", "is a", "was a", "are", "were", "with", "or")]
    if rare and rng.random() < 0.8:
        options = rare
    if not options:
        return None
    old, new, sense = rng.choice(options)
    return Change("scope", Exchange(old, new), sense)


def _lower_words(text: str, rng: random.Random) -> list[str]:
    words = re.findall(r"(?<![\w’'-])[a-z]{4,}(?![\w’'-])", text)
    words = [w for w in words if w not in STOP]
    return rng.sample(words, len(words))


def _once(claim: str, words: str) -> bool:
    return len(re.findall(rf"(?<!\w){re.escape(words)}(?!\w)", claim, re.I)) == 1
