"""The smallest set of evidence sentences that proves a written sentence.

Support is looked for after writing, whatever numbers the model put. A set proves a sentence where
every figure, date, name and quotation of it stands in the set, and the judge says that the set
entails it. One sentence is tried before two, two before three. Knows nothing of models that write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.schema import Evidence, Verdict
from rag.verification.judging import SURE, SURER, Entails
from rag.verification.values import lost_value
from rag.words import STOP, stem, tokens

MOST = 3  # sentences of a proof
_TRIED = (8, 5, 4)  # nearest sentences that sets of one, two and three are made of
_REPLY = re.compile(r"^(?:yes|no)\b[,.:;–—-]*\s*", re.I)
SAME = Verdict(True, "It is the source's own sentence.", 1.0)


@dataclass(frozen=True, slots=True)
class Proof:
    """What checking a sentence said, and the evidence that proves it; none where nothing does."""

    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()


@dataclass(slots=True)
class Prover:
    """Proves sentences from the evidence of one question.

    Args:
        evidence: What there is to prove from, best first.
        judge: Says what entails what.
        weight: Inverse document frequency of a stem.
        asked: The question, whose names a sentence may repeat where they only stand for what the
            sentences speak of.
    """

    evidence: Sequence[Evidence]
    judge: Entails
    weight: Callable[[str], float]

    def prove(self, sentence: str) -> Proof:
        """The smallest set that entails a sentence, of those the surest; why not, where none does.

        >>> from rag.testing import FakeJudge
        >>> one = Evidence("a.md", "", None, 0, 19, "Rollo led 20 ships.", 0.9)
        >>> prover = Prover([one], FakeJudge(), lambda stem: 1.0)
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
        near = self._near(claim)
        if not near:
            return Proof(Verdict(False, "No sentence found speaks of this.", 0.0))
        why = ""
        surest: float | None = None
        for size in range(1, MOST + 1):
            sets = list(_sets(near, size))
            reasons = [lost_value(claim, " ".join(e.quote for e in chosen)) for chosen in sets]
            fit = [chosen for chosen, reason in zip(sets, reasons, strict=True) if reason is None]
            why = why or next((reason for reason in reasons if reason), "")
            if not fit:
                continue
            odds = self.judge.entails([(premise(chosen), claim) for chosen in fit])
            best = max(range(len(fit)), key=lambda place: odds[place])
            surest = max(surest or 0.0, odds[best])
            if odds[best] >= (SURE if size == 1 else SURER):
                reason = "The quotes say so." if size > 1 else "The quote says so."
                return Proof(Verdict(True, reason, odds[best]), fit[best])
        if surest is not None or not why:
            why = "The sentences found do not say this."
        return Proof(Verdict(False, why, surest or 0.0))

    def nearest(self, sentence: str) -> Evidence | None:
        """The evidence that says most of what a sentence says; `None` where none does."""
        return next(iter(self._near(sentence)), None)

    def _near(self, claim: str) -> list[Evidence]:
        """The evidence that shares most words with a sentence, by weight, best first."""
        wanted = {stem(word) for word in tokens(claim) if word not in STOP}

        def shared(one: Evidence) -> float:
            have = {stem(word) for word in tokens(one.quote)}
            return sum(max(self.weight(word), 0.1) for word in wanted & have)

        rated = [(shared(one), place, one) for place, one in enumerate(self.evidence)]
        rated.sort(key=lambda item: (-item[0], item[1]))
        return [one for share, _, one in rated if share > 0]


def premise(chosen: Sequence[Evidence]) -> str:
    """What the judge reads: the quotes in their order, the title of their article before them."""
    titles = dict.fromkeys(one.title for one in chosen if one.title)
    return ". ".join([*titles, " ".join(" ".join(one.quote.split()) for one in chosen)])


def _sets(near: Sequence[Evidence], size: int) -> Iterator[tuple[Evidence, ...]]:
    """Sets of some of the nearest sentences of one article, each in its order."""
    for chosen in combinations(near[: _TRIED[size - 1]], size):
        if len({one.document for one in chosen}) == 1:
            yield tuple(sorted(chosen, key=lambda one: (one.document, one.start)))
