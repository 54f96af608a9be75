"""One question and its answer to one `Record`: every judgement that needs both.

Knows nothing of how the answer was made, and nothing of the other questions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.evaluation.facts import holds
from rag.evaluation.grounding import ungrounded
from rag.evaluation.metrics import (
    Located,
    answer_hit,
    best_of,
    first_rank,
    on_gold,
    reference_recall,
    rouge_l,
    token_f1,
)
from rag.evaluation.questions import EvalQuestion
from rag.evaluation.support import Entails, supported
from rag.schema import Answer, Citation, Claim, Hit, Origin

REFERENCE_DEPTH = 5
_MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Source:
    """What the judge knows of the library: its texts by id, and the ordinary words in them."""

    texts: Mapping[str, str]
    ordinary: frozenset[str]


@dataclass(frozen=True, slots=True)
class Seconds:
    """Seconds until each event arrived at the caller; `None` where it did not."""

    evidence: float | None
    first_claim: float | None
    total: float


@dataclass(frozen=True, slots=True)
class SearchRank:
    """How the search did: the rank of the first hit on gold, and reference documents found."""

    rank: int | None
    references: float | None


@dataclass(frozen=True, slots=True)
class Broken:
    """Promises that an answer broke; all of them must be 0 in every answer.

    Attributes:
        citations: Citations whose quote is not `document.text[start:end]`.
        claims: Claims without a citation.
        markers: Markers in the text that belong to no citation.
        numbers: Numbers that stand for two different citations.
    """

    citations: int = 0
    claims: int = 0
    markers: int = 0
    numbers: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A claim in short: whether the model wrote it, and whether a judge finds it in its quotes.

    `supported` is `None` where no judge was asked.
    """

    text: str
    quotes: tuple[str, ...]
    written: bool
    supported: bool | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One question, its answer in short, and how it was judged.

    `right` says whether the answer counts as right where that can be told: for an answer, one
    of its citations overlaps gold; for a refusal, the best evidence does. An answer to an
    unanswerable question is never right. `told` is the text with its markers, as the turns after
    it are told of it. `facts` says which key facts of the question the answer
    holds, in their order.
    """

    question: EvalQuestion
    refused: bool
    confidence: float | None
    seconds: Seconds
    text: str = ""
    told: str = ""
    claims: tuple[Said, ...] = ()
    facts: tuple[bool, ...] = ()
    found: SearchRank | None = None
    hit: bool = False
    f1: float = 0.0
    rouge_l: float = 0.0
    citations: int = 0
    citations_on_gold: int = 0
    right: bool | None = None
    ungrounded: tuple[tuple[str, tuple[str, ...]], ...] = ()
    broken: Broken = field(default_factory=Broken)
    error: str = ""


def judge(
    question: EvalQuestion,
    answer: Answer,
    *,
    found: SearchRank | None,
    seconds: Seconds,
    source: Source,
    entails: Entails | None = None,
) -> Record:
    """Compare an answer with what is known about its question."""
    text = " ".join(claim.text for claim in answer.claims)
    scored = "" if answer.refused else text
    golds, cited = question.answers, answer.citations
    return Record(
        question=question,
        refused=answer.refused,
        confidence=answer.confidence,
        text=text,
        told=answer.text if answer.claims else "",
        claims=_said(answer.claims, entails),
        facts=tuple(holds(scored, fact) for fact in question.facts),
        found=found,
        hit=answer_hit(scored, golds),
        f1=best_of(token_f1, scored, golds),
        rouge_l=best_of(rouge_l, scored, golds),
        citations=len(cited),
        citations_on_gold=sum(on_gold(_place(c), question.gold) for c in cited),
        right=_right(question, answer),
        ungrounded=_ungrounded(answer.claims, source.ordinary),
        broken=_broken(answer, source.texts),
        seconds=seconds,
    )


def failed(question: EvalQuestion, error: str, *, seconds: Seconds) -> Record:
    """The record of a question that the assistant would not take: refused, and nothing found."""
    nothing = SearchRank(None, 0.0 if question.references else None)
    return Record(
        question,
        refused=True,
        confidence=0.0,
        seconds=seconds,
        facts=tuple(False for _ in question.facts),
        found=nothing if question.gold else None,
        right=False if question.answerable is False else None,
        error=error,
    )


def locate(question: EvalQuestion, hits: Sequence[Hit], *, depth: int) -> SearchRank:
    """Where the question's gold stands among the hits, best first."""
    places = (Located(hit.document, hit.start, hit.end) for hit in hits[:depth])
    documents = (hit.document for hit in hits)
    return SearchRank(
        rank=first_rank(places, question.gold),
        references=reference_recall(documents, question.references, k=REFERENCE_DEPTH),
    )


def _said(claims: Sequence[Claim], entails: Entails | None) -> tuple[Said, ...]:
    judged = supported(claims, entails) if entails else [None] * len(claims)
    return tuple(
        Said(c.text, tuple(q.quote for q in c.citations), c.origin is Origin.COMPOSED, stands)
        for c, stands in zip(claims, judged, strict=True)
    )


def _right(question: EvalQuestion, answer: Answer) -> bool | None:
    if question.answerable is False:
        return False
    if question.answerable is None or not question.gold:
        return None
    if not answer.refused:
        return any(on_gold(_place(c), question.gold) for c in answer.citations)
    best = max(answer.evidence, key=lambda e: e.score, default=None)
    return best is not None and on_gold(Located(best.document, best.start, best.end), question.gold)


def _ungrounded(
    claims: Sequence[Claim], ordinary: frozenset[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    judged = (
        (claim.text, ungrounded(claim.text, [c.quote for c in claim.citations], ordinary=ordinary))
        for claim in claims
        if claim.origin is not Origin.LISTED  # titles and dates, which no quote need hold
    )
    return tuple((text, missing) for text, missing in judged if missing)


def _broken(answer: Answer, texts: Mapping[str, str]) -> Broken:
    every = [citation for claim in answer.claims for citation in claim.citations]
    meanings = {(c.number, _place(c)) for c in every}
    numbers = {number for number, _ in meanings}
    markers = {int(number) for number in _MARKER.findall(answer.text)}
    return Broken(
        citations=sum(texts.get(c.document, "")[c.start : c.end] != c.quote for c in every),
        claims=sum(not claim.citations for claim in answer.claims),
        markers=len(markers - numbers),
        numbers=len(meanings) - len(numbers),
    )


def _place(citation: Citation) -> Located:
    return Located(citation.document, citation.start, citation.end)
