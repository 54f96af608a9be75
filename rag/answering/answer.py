"""The way of a question, from evidence to the whole answer, as events.

Evidence is shown first; then the refusal, or claims as they are verified. The model's claim must
pass the check against one sentence; what it does not cover stands verbatim.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from rag.answering.compose import compose, split_marker, unmarked
from rag.answering.evidence import Finding
from rag.answering.features import Question
from rag.answering.verify import strays, verify
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

SHORT = 20  # words of a sentence that is given as it is
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
        back: A question back and its choices, where the question is too vague to be answered.
    """
    asks, choices = back
    refused = bool(asks) or not finding.used or finding.confidence < parts.refuse
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
            reason=(asks or _refusal(searched, finding)) if refused else "",
            rejected=tuple(rejected),
            searched=searched,
            timings=Timings(at_evidence, first, time.monotonic() - began),
            choices=choices,
        )
    )


def _claims(
    query: str, used: Sequence[Evidence], parts: Parts
) -> Iterator[Claim | Draft | ClaimRejected]:
    """The model's claim where it holds, else the best sentence; then the other chosen ones.

    A short sentence is the shortest claim there is, so no model is asked to shorten it.
    """
    best, *others = used
    llm = parts.llm if len(tokens(best.quote)) > SHORT else None
    composed = llm is not None and (yield from _composed(query, best, llm, parts))
    for number, evidence in enumerate(others if composed else used, 2 if composed else 1):
        text = unmarked(evidence.quote)
        yield Claim(text, (_cite(evidence, number),), _VERBATIM, Origin.VERBATIM)


def _composed(
    query: str, best: Evidence, llm: LLM, parts: Parts
) -> Generator[Claim | Draft | ClaimRejected, None, bool]:
    """The model's claim about the best sentence, or its rejection; whether it stands.

    A draft is given up at its first word that cannot stand, so that the sentence need not wait.
    """
    draft, verdict = "", None
    with closing(compose(query, [best], llm)) as pieces:
        for piece in pieces:
            draft += piece.text
            yield piece
            if verdict := strays(draft, best.quote, asked=query):
                break
    text = f"{unmarked(draft).strip()} …" if verdict else split_marker(draft)
    verdict = verdict or _judge(text, query, best, parts)
    citations = (_cite(best, 1),) if verdict.supported else ()
    claim = Claim(text, citations, verdict, Origin.COMPOSED)
    if verdict.supported:
        yield claim
    elif text:
        yield ClaimRejected(claim)
    return verdict.supported


def _judge(text: str, query: str, source: Evidence, parts: Parts) -> Verdict:
    """Whether the sentence proves the text, and the text says what was asked for."""
    verdict = verify(text, [source.quote], weight=parts.weight, asked=query)
    if verdict.supported and (why := _says_little(text, query, source, parts)):
        return Verdict(False, why, verdict.coverage)
    return verdict


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


def _cite(evidence: Evidence, number: int) -> Citation:
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
