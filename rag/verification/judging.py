"""The judge as the pipeline uses it: nothing is entailed that the written rules speak against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.verification.rules import against
from rag.verification.values import plain

SURE = 0.5  # of the judge, from which one sentence entails another; docs/decisions/0017
SURER = 0.75  # and from which several do together: the more is joined, the more it can go wrong


class Entails(Protocol):
    """Says how likely a text entails a sentence; `rag.models.judge.Judge` is one."""

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """A probability for each (text, sentence)."""
        ...


@dataclass(frozen=True, slots=True)
class RuledJudge:
    """A judge with the rules' veto."""

    judge: Entails

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """As the judge, but 0 for what a rule speaks against."""
        return [
            0.0 if odds >= SURE and against(plain(claim), plain(premise)) else odds
            for (premise, claim), odds in zip(pairs, self.judge.entails(pairs), strict=True)
        ]
