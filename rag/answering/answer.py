"""The way of a question, from evidence to the whole answer, as events.

Evidence is shown first; then the refusal, or claims as they are verified. The model's claim must
pass the check against one sentence; what it does not cover stands verbatim.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.compose import compose, split_marker, unmarked
from rag.answering.evidence import Finding
from rag.answering.features import Question
from rag.answering.verify import verify
from rag.models import LLM
from rag.schema import (
    Answer,
    Citation,
    Claim,
    ClaimRejected,
    ClaimVerified,
    Draft,
    Event,
    Evidence,
    EvidenceFound,
    Finished,
    Origin,
    Searched,
    Timings,
    Verdict,
)
from rag.words import STOP, stem, tokens

_VERBATIM = Verdict(True, "The source's own sentence.", 1.0)


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
) -> Iterator[Event]:
    """Answer from a finding, or refuse; the last event is `Finished`.

    Args:
        question: As the person asked it.
        query: The standalone question that was searched with.
        finding: Sentences and confidence.
        searched: How much was looked at.
        parts: Model, word weights, refusal line.
        began: `time.monotonic()` when the question came.
    """
    refused = not finding.used or finding.confidence < parts.refuse
    found = tuple(replace(e, used=e.used and not refused) for e in finding.evidence)
    at_evidence = time.monotonic() - began
    yield EvidenceFound(found, at_evidence)
    claims: list[Claim] = []
    rejected: list[Claim] = []
    first: float | None = None
    if not refused:
        for event in _claims(query, finding.used, parts):
            if isinstance(event, Claim):
                first = first if first is not None else time.monotonic() - began
                claims.append(event)
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
            claims=tuple(claims),
            evidence=found,
            reason=_refusal(searched, finding) if refused else "",
            rejected=tuple(rejected),
            searched=searched,
            timings=Timings(at_evidence, first, time.monotonic() - began),
        )
    )


def _claims(
    query: str, used: Sequence[Evidence], parts: Parts
) -> Iterator[Claim | Draft | ClaimRejected]:
    """The model's claim where it holds, then the chosen sentences that it does not stand for."""
    numbers: dict[Evidence, int] = {}
    covered: set[Evidence] = set()
    if parts.llm is not None:
        draft = ""
        for piece in compose(query, used, parts.llm):
            draft += piece.text
            yield piece
        text = split_marker(draft)
        verdict, source = _judge(text, query, used, parts)
        citations = (_cite(source, numbers),) if verdict.supported else ()
        claim = Claim(text, citations, verdict, Origin.COMPOSED)
        if verdict.supported:
            covered.add(source)
            yield claim
        elif text:
            yield ClaimRejected(claim)
    for evidence in used:
        if evidence not in covered:
            text = unmarked(evidence.quote)
            yield Claim(text, (_cite(evidence, numbers),), _VERBATIM, Origin.VERBATIM)


def _judge(
    text: str, query: str, used: Sequence[Evidence], parts: Parts
) -> tuple[Verdict, Evidence]:
    """The best verdict over the chosen sentences, and the sentence that earned it."""
    judged = [(verify(text, [e.quote], weight=parts.weight, asked=query), e) for e in used]
    verdict, source = max(judged, key=lambda pair: (pair[0].supported, pair[0].coverage))
    if verdict.supported and (why := _says_little(text, query, source, parts)):
        return Verdict(False, why, verdict.coverage), source
    return verdict, source


def _says_little(text: str, query: str, source: Evidence, parts: Parts) -> str | None:
    """Why a supported claim still does not answer: it only repeats, or lost what was asked."""
    asked = Question(query, parts.weight)
    fresh = {stem(t) for t in tokens(text) if t not in STOP} - set(asked.stems)
    if not fresh:
        return "It only repeats the question."
    wanted = asked.wanted
    if wanted and wanted.search(source.quote) and not wanted.search(text):
        return "It leaves out what was asked for."
    return None


def _cite(evidence: Evidence, numbers: dict[Evidence, int]) -> Citation:
    number = numbers.setdefault(evidence, len(numbers) + 1)
    return Citation(
        number=number,
        document=evidence.document,
        title=evidence.title,
        start=evidence.start,
        end=evidence.end,
        quote=evidence.quote,
        date=evidence.date,
    )


def _refusal(searched: Searched, finding: Finding) -> str:
    were = "was" if searched.passages == 1 else "were"
    looked = (
        f"{_many(searched.passages, 'passage')} in {_many(searched.documents, 'article')} "
        f"{were} searched"
    )
    if not finding.evidence:
        return f"The articles do not say. {looked}; none is near the question."
    return f"The articles do not say. {looked}; the nearest passages are shown."


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
