"""The way of a question, from evidence to the whole answer, as events.

Evidence is shown first; then the refusal, or claims as they are verified. Knows nothing of how
claims are made (`claims`) and sentences chosen (`select`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.claims import claims
from rag.answering.disagree import disagreement
from rag.answering.evidence import Finding
from rag.answering.kinds import Kind
from rag.answering.select import grouped
from rag.events import ClaimRejected, ClaimVerified, Event, EvidenceFound, Finished
from rag.models import LLM
from rag.schema import NOT_SAID, Answer, Claim, Evidence, Period, Searched, Timings, many


@dataclass(frozen=True, slots=True)
class Parts:
    """What answering works with: the model (or none), word weights and the refusal line."""

    llm: LLM | None
    weight: Callable[[str], float]
    refuse: float


def answer(
    question: str,
    query: str,
    finding: Finding,
    searched: Searched,
    parts: Parts,
    *,
    began: float,
    kind: Kind = Kind.DIRECT,
    period: Period | None = None,
    back: tuple[str, tuple[str, ...]] = ("", ()),
) -> Iterator[Event]:
    """Answer from a finding, or refuse; the last event is `Finished`.

    Args:
        question: As the person asked it.
        query: The standalone question that was searched with.
        finding: Sentences and confidence.
        searched: How much was looked at.
        parts: Model, word weights, refusal line.
        began: `time.monotonic()` when the question came.
        kind: How the question was read.
        period: The days that the question was read to mean.
        back: A question back and its choices, where the question is too vague to be answered.
    """
    asks, choices = back
    refused = bool(asks) or not finding.used or finding.confidence < parts.refuse
    found = tuple(replace(e, used=e.used and not refused) for e in finding.evidence)
    at_evidence = time.monotonic() - began
    yield EvidenceFound(found, at_evidence)
    made: list[Claim] = []
    rejected: list[Claim] = []
    first: float | None = None
    against = () if refused or kind is Kind.COURSE else disagreement(query, finding.used)
    if not refused:
        groups = grouped(finding.used, weight=parts.weight)
        short = kind is Kind.DIRECT and not against
        llm = None if against else parts.llm
        for event in claims(query, groups, llm, short=short, weight=parts.weight):
            if isinstance(event, Claim):
                first = first if first is not None else time.monotonic() - began
                made.append(event)
                yield ClaimVerified(event, time.monotonic() - began)
            else:
                if isinstance(event, ClaimRejected):
                    rejected.append(event.claim)
                yield event
    yield Finished(
        Answer(
            question=question,
            query=query,
            refused=refused,
            confidence=finding.confidence,
            claims=tuple(made),
            evidence=found,
            reason=(asks or _refusal(searched, finding)) if refused else "",
            rejected=tuple(rejected),
            searched=replace(searched, used_passages=0) if refused else searched,
            timings=Timings(at_evidence, first, time.monotonic() - began),
            differing=_numbers(made, against),
            period=period,
            choices=choices,
        )
    )


def _numbers(made: Sequence[Claim], sentences: Sequence[Evidence]) -> tuple[int, ...]:
    """The numbers under which some sentences are cited, in their order."""
    cited = {(c.document, c.start): c.number for claim in made for c in claim.citations}
    places = [(e.document, e.start) for e in sentences]
    return tuple(cited[place] for place in places if place in cited)


def _refusal(searched: Searched, finding: Finding) -> str:
    were = "was" if searched.passages == 1 else "were"
    looked = (
        f"{many(searched.passages, 'passage')} in {many(searched.documents, 'article')} "
        f"{were} searched"
    )
    if not finding.evidence:
        return f"{NOT_SAID} {looked}; none is near the question."
    return f"{NOT_SAID} {looked}; the nearest passages are shown."
