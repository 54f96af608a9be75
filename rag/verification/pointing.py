"""Where a model that was taught to points: at the sentences that answer a question, or at none.

It reads the sentences, each behind a letter, and the question, and what counts is how likely each
letter begins its reply (Reddy et al. 2024, https://arxiv.org/abs/2406.15657). So it compares all of
them with one another, and what it has read once serves all questions over the same sentences.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.models.llm import LLM
from rag.schema import Evidence
from rag.writing import LETTERS, Sheet, prompts

_NONE = "0"
_SPARE = 400  # tokens of a question, of what is wanted, and of an answer
_NEAREST = 1e-6


@dataclass(frozen=True, slots=True)
class Pointing:
    """How likely each sentence of a sheet answers best.

    Attributes:
        sheet: The sentences that were read, in order.
        likely: Of each, that it is the one that answers best if any does, 0..1; together 1.
        odds: The log odds that any of them answers.
    """

    sheet: tuple[Evidence, ...]
    likely: tuple[float, ...]
    odds: float

    @property
    def ranked(self) -> list[tuple[float, Evidence]]:
        """The sentences with their likelihoods, the likeliest first."""
        both = zip(self.likely, self.sheet, strict=True)
        return sorted(both, key=lambda one: -one[0])


def point(llm: LLM, asked: str, evidence: Sequence[Evidence]) -> Pointing | None:
    """Where the model points; nothing where it cannot tell or nothing fits its context.

    Args:
        llm: The model.
        asked: The question, as `rag.writing.asked_of` puts it.
        evidence: The sentences, in order.
    """
    room = llm.context - llm.count(prompts.HEAD) - llm.count(asked) - _SPARE
    sheet = Sheet.of(evidence[: len(LETTERS)], llm, room, lettered=True)
    request = prompts.POINT.format(sheet=sheet.lettered, asked=asked)
    if not sheet.evidence or llm.count(sheet.lettered) > room:
        return None
    letters = LETTERS[: len(sheet.evidence)]
    *each, none = llm.point(head=prompts.HEAD, request=request, at=letters + _NONE) or [0.0]
    if not each:
        return None
    any_ = max(_NEAREST, 1 - math.exp(none))
    likely = tuple(math.exp(one) / any_ for one in each)
    return Pointing(sheet.evidence, likely, math.log(any_) - max(none, math.log(_NEAREST)))
