"""What is told while a question is answered, in this order: evidence, drafts, claims, the answer.

Owns the shapes of these events alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.schema import Answer, Claim, Evidence


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The sentences that may answer, before any prose."""

    evidence: tuple[Evidence, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece of text from the model, not checked yet.

    While the question waits in line for the model, the piece is empty and `ahead` is how many
    requests come first.
    """

    text: str
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class ClaimVerified:
    """A claim that passed its check; it will stand in the answer."""

    claim: Claim
    seconds: float


@dataclass(frozen=True, slots=True)
class ClaimRejected:
    """A claim that failed its check; it will not stand in the answer."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; the last event of every stream."""

    answer: Answer


Event = EvidenceFound | Draft | ClaimVerified | ClaimRejected | Finished
