"""The smallest set of evidence sentences that proves a written sentence.

Support is looked for after writing, whatever numbers the model put. A set proves a sentence where
every figure, date, name and quotation of it stands in the set, and judge and model together say
that the set entails it. The judge, which is quick, looks at all sets; the model at the one that the
judge holds likeliest. Knows nothing of how sentences are written.
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
from rag.verification.judging import NEAREST, SURE, supported
from rag.verification.values import lost_value
from rag.words import STOP, stem, tokens

MOST = 3  # sentences of a proof
_TRIED = (8, 5, 4)  # nearest sentences that sets of one, two and three are made of
_GAP = 3  # characters between two neighbouring sentences, at most
_FURTHER = 0.7  # log odds that a further sentence must add
_ENOUGH = 2.0  # log odds from which a sentence needs no other beside it
_REPLY = re.compile(r"^(?:yes|no)\b[,.:;–—-]*\s*", re.I)
SAME = Verdict(True, "It is the source's own sentence.", 1.0)


@dataclass(frozen=True, slots=True)
class Proof:
    """What checking a sentence said, and the evidence that proves it; none where nothing does."""

    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()


@dataclass(slots=True)
class Prover:
    """Proves what a model wrote from the evidence of one question, which comes best first.

    The judge looks at every set, the model at what the judge holds likeliest.
    """

    evidence: Sequence[Evidence]
    judge: Judge
    llm: LLM
    weight: Callable[[str], float]

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
        """The set that the judge holds likeliest to entail a claim, its log odds, else why none.

        Only sets that have all of its values are looked at. A further sentence must make it
        likelier, since what is joined can go wrong.
        """
        near = self._near(claim)
        if not near:
            return (), 0.0, "No sentence found speaks of this."
        lost, fit = "", list[tuple[Evidence, ...]]()
        leaning = (tuple(pair) for one in near[: _TRIED[0]] if len(pair := self._led(one)) > 1)
        covering = self._covering(near, claim)
        tried = (*_sets(near, 1), *leaning, *_sets(near, 2), *_sets(near, 3), *covering)
        for chosen in dict.fromkeys(tried):
            reason = lost_value(claim, " ".join(one.quote for one in chosen))
            lost = lost or reason or ""
            if reason is None:
                fit.append(chosen)
        if not fit:
            return (), 0.0, lost
        likely = self.judge.entails([(premise(chosen), claim) for chosen in fit])
        odds = [log_odds(one, nearest=NEAREST) for one in likely]
        alone = [place for place, chosen in enumerate(fit) if len(chosen) == 1]
        enough = [place for place in alone if odds[place] >= _ENOUGH]
        best = max(
            enough or range(len(fit)), key=lambda place: odds[place] - _FURTHER * len(fit[place])
        )
        return fit[best], odds[best], ""

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

    @staticmethod
    def _wanted(claim: str) -> set[str]:
        return {stem(word) for word in tokens(claim) if word not in STOP}

    def _sum(self, stems: Iterable[str]) -> float:
        return sum(max(self.weight(stem), 0.1) for stem in stems)


def _stems(one: Evidence) -> set[str]:
    return {stem(word) for word in tokens(one.quote)}


def premise(chosen: Sequence[Evidence]) -> str:
    """What the judge reads: the quotes in their order, the title of their article before them."""
    titles = dict.fromkeys(one.title for one in chosen if one.title)
    return ". ".join([*titles, " ".join(" ".join(one.quote.split()) for one in chosen)])


def _sets(near: Sequence[Evidence], size: int) -> Iterator[tuple[Evidence, ...]]:
    """Sets of some of the nearest sentences of one article, each in its order."""
    for chosen in combinations(near[: _TRIED[size - 1]], size):
        if len({one.document for one in chosen}) == 1:
            yield tuple(sorted(chosen, key=lambda one: (one.document, one.start)))
