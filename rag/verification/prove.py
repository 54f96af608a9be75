"""The smallest set of evidence sentences that proves a written sentence.

Support is looked for after writing, whatever numbers the model put. A set proves a sentence where
every figure, date, name and quotation of it stands in the set, and judge and model together say
that the set entails it. The judge, which is quick, looks at all sets; the model at the likeliest.
Knows nothing of how sentences are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.models.judge import Judge
from rag.models.llm import LLM
from rag.odds import log_odds
from rag.schema import Evidence, Verdict
from rag.values.names import in_small
from rag.verification.judging import NEAREST, SURE, supported
from rag.verification.naming import named
from rag.verification.values import lost_value
from rag.words import STOP, stem, tokens

MOST = 3  # sentences of a proof
_TRIED = (8, 5, 4)  # nearest sentences that sets of one, two and three are made of
_GAP = 3  # characters between two neighbouring sentences, at most
_FURTHER = 2.0  # log odds that a further sentence must add
_ENOUGH = 2.0  # log odds from which a sentence needs no other beside it
_COVERED = 10.0  # log odds that a set with all words of a sentence has before one with none
_NAMED = 6  # sets with most of its words for which what they lack is looked for
_REPLY = re.compile(r"^(?:yes|no)\b[,.:;–—-]*\s*", re.I)
SAME = Verdict(True, "It is the source's own sentence.", 1.0)


@dataclass(frozen=True, slots=True)
class Proof:
    """What checking a sentence said, and the evidence that proves it; none where nothing does."""

    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()


def no_heads(document: str) -> Sequence[Evidence]:
    """Of an article of which nothing but its sentences is known."""
    return ()


@dataclass(slots=True)
class Prover:
    """Proves what a model wrote from the evidence of one question, which comes best first.

    The judge looks at every set, the model at the likeliest.

    Attributes:
        evidence: The sentences that a proof is made of.
        judge: Says what entails what.
        llm: The model, which says it too.
        weight: Inverse document frequency of a stem.
        question: What was asked; a word that it has in small letters is no name.
        heads: The lines of a document that say what stands below them.
    """

    evidence: Sequence[Evidence]
    judge: Judge
    llm: LLM
    weight: Callable[[str], float]
    question: str = ""
    heads: Callable[[str], Sequence[Evidence]] = no_heads

    def prove(self, sentence: str) -> Proof:
        """The smallest set that entails a sentence; why not, where none does.

        >>> from rag.testing import FakeJudge, FakeLLM
        >>> one = Evidence("a.md", "", None, 0, 19, "Rollo led 20 ships.", 0.9)
        >>> prover = Prover([one], FakeJudge(), FakeLLM(), lambda stem: 1.0)
        >>> prover.prove("Rollo led 30 ships.").verdict.reason
        'The quotes do not say: 30.'
        """
        plain = " ".join(sentence.split())
        said = tokens(plain)
        for one in self.evidence:
            if said and tokens(one.quote) == said:
                return Proof(SAME, (one,))
        claim = _REPLY.sub("", plain)
        if not tokens(claim):
            return Proof(Verdict(False, "It says nothing.", 0.0))
        chosen, odds, why = self.likeliest(claim)
        if not chosen:
            return Proof(Verdict(False, why, 0.0))
        likely = supported(self.llm, premise(chosen), claim, odds)
        if likely < SURE:
            return Proof(Verdict(False, "The sentences found do not say this.", likely))
        reason = "The quotes say so." if len(chosen) > 1 else "The quote says so."
        return Proof(Verdict(True, reason, likely), chosen)

    def likeliest(self, claim: str) -> tuple[tuple[Evidence, ...], float, str]:
        """The set that likeliest entails a claim, the judge's log odds for it, else why none.

        Only sets that have all of its values are looked at; one that lacks a value is tried with
        the line or sentence of its article that has it. The judge takes a small change for a
        falsehood, so that how much of the claim a set says counts as well. A further sentence must
        make it likelier, since what is joined can go wrong.
        """
        near = self._near(claim)
        if not near:
            return (), 0.0, "No sentence found speaks of this."
        fit, lost = self._fit(claim, near)
        if not fit:
            return (), 0.0, lost
        likely = self.judge.entails([(premise(chosen), claim) for chosen in fit])
        odds = [log_odds(one, nearest=NEAREST) for one in likely]
        alone = [place for place, chosen in enumerate(fit) if len(chosen) == 1]
        enough = [place for place in alone if odds[place] >= _ENOUGH]

        def likeliness(place: int) -> float:
            covered = _COVERED * self._covered(fit[place], claim)
            return odds[place] + covered - _FURTHER * len(fit[place])

        best = max(enough or range(len(fit)), key=likeliness)
        return fit[best], odds[best], ""

    def _fit(self, claim: str, near: Sequence[Evidence]) -> tuple[list[tuple[Evidence, ...]], str]:
        """The sets that have all values of a claim; what is lost where there is none."""
        leaning = (tuple(pair) for one in near[: _TRIED[0]] if len(pair := self._led(one)) > 1)
        covering = self._covering(near, claim)
        tried = dict.fromkeys(
            (*_sets(near, 1), *leaning, *_sets(near, 2), *_sets(near, 3), *covering)
        )
        known = in_small(" ".join((self.question, *(one.quote for one in self.evidence))))

        def lost(chosen: Sequence[Evidence]) -> str | None:
            return lost_value(claim, " ".join(one.quote for one in chosen), known)

        missing = {chosen: lost(chosen) for chosen in tried}
        fit = dict.fromkeys(chosen for chosen, why in missing.items() if why is None)
        most = sorted(tried, key=lambda chosen: -self._covered(chosen, claim))[:_NAMED]
        for chosen in most:
            if missing[chosen]:
                others = (*self.heads(chosen[0].document), *self.evidence)
                fit.update(dict.fromkeys(named(chosen, others, lost, MOST)))
        return list(fit), next(filter(None, missing.values()), "")

    def _led(self, one: Evidence) -> list[Evidence]:
        """A sentence with the one right before it, which may say what it speaks of."""
        before = (e for e in self.evidence if e.document == one.document)
        return [*(e for e in before if 0 <= one.start - e.end <= _GAP), one]

    def _covering(self, near: Sequence[Evidence], claim: str) -> Iterator[tuple[Evidence, ...]]:
        """Each of the nearest with those of its article that have most of what is still missing."""
        held = [(one, _stems(one)) for one in near]
        for first, has in held[: _TRIED[-1]]:
            chosen, left = [first], self._wanted(claim) - has
            same = [(e, stems) for e, stems in held if e.document == first.document]
            while len(chosen) < MOST:
                best, has = max(same, key=lambda both: self._sum(left & both[1]))
                if not left & has:
                    break
                chosen.append(best)
                left -= has
                yield tuple(sorted(chosen, key=lambda one: one.start))

    def _near(self, claim: str) -> list[Evidence]:
        """The evidence that shares most words with a sentence, by weight, best first."""
        wanted = self._wanted(claim)
        rated = [
            (self._sum(wanted & _stems(one)), place, one) for place, one in enumerate(self.evidence)
        ]
        rated.sort(key=lambda item: (-item[0], item[1]))
        return [one for share, _, one in rated if share > 0]

    def _covered(self, chosen: Sequence[Evidence], claim: str) -> float:
        """The share of a claim's words that some sentences have, by weight."""
        wanted = self._wanted(claim)
        held = set[str]().union(*map(_stems, chosen))
        return self._sum(wanted & held) / max(self._sum(wanted), 0.1)

    @staticmethod
    def _wanted(claim: str) -> set[str]:
        return {stem(word) for word in tokens(claim) if word not in STOP}

    def _sum(self, stems: Iterable[str]) -> float:
        return sum(max(self.weight(stem), 0.1) for stem in stems)


def _stems(one: Evidence) -> set[str]:
    return {stem(word) for word in tokens(one.quote)}


def premise(chosen: Sequence[Evidence]) -> str:
    """What the judge reads: the quotes in their order under their article's title and heading.

    >>> one = Evidence("a.md", "Walls", None, 0, 10, "It is wet.", 0.9, place="“Why they fall”")
    >>> premise([one])
    'Walls. Why they fall. It is wet.'
    """
    quoted = {one.quote for one in chosen}
    titles = dict.fromkeys(one.title for one in chosen if one.title and one.title not in quoted)
    return ". ".join([*titles, " ".join(_under_headings(chosen))])


def _under_headings(chosen: Sequence[Evidence]) -> Iterator[str]:
    before = ""
    for one in chosen:
        heading = one.place[1:-1] if one.place[:1] == "“" else ""
        if heading not in ("", before, one.title, one.quote):
            yield heading if heading.endswith((".", "?", "!")) else f"{heading}."
        before = heading
        yield " ".join(one.quote.split())


def _sets(near: Sequence[Evidence], size: int) -> Iterator[tuple[Evidence, ...]]:
    """Sets of some of the nearest sentences of one article, each in its order."""
    for chosen in combinations(near[: _TRIED[size - 1]], size):
        if len({one.document for one in chosen}) == 1:
            yield tuple(sorted(chosen, key=lambda one: (one.document, one.start)))
