"""The shape of a report: every figure of one evaluation by name, and its JSON.

Knows nothing of how a figure is come by; that is in `summary`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from rag.evaluation.metrics import Bin
from rag.evaluation.record import Record
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over `n` cases; `low` and `high` are the ends of its 95 % interval."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class LibrarySize:
    """What was searched, and how many files could not be read."""

    documents: int
    passages: int
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """How many questions were asked, by kind.

    `untaken` ones raised an error and count as refused. `whole` are the answerable ones whose
    gold is whole documents: figures over them do not compare with figures over spans.
    """

    answerable: int
    unanswerable: int
    undecided: int
    untaken: int
    whole: int


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How high the search ranks the gold; answerable questions with gold."""

    recall_at_1: Figure
    recall_at_3: Figure
    recall_at_5: Figure
    mrr_at_10: Figure
    reference_documents_at_5: Figure


@dataclass(frozen=True, slots=True)
class Answers:
    """How right the answers are; answerable questions, but the two of words over all answers."""

    hit: Figure
    token_f1: Figure
    rouge_l: Figure
    words: Figure
    words_median: Figure


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """How much answers say of what they should; `n` counts facts, for `whole` questions.

    `whole` is the share of questions whose answer holds all their facts.
    """

    recall: Figure
    whole: Figure


@dataclass(frozen=True, slots=True)
class Writing:
    """Claims that the model wrote, and claims that a judge finds in their quotes.

    `open` is `written` over questions with key facts; `supported_written` is `supported` over
    written claims.
    """

    written: Figure
    open: Figure
    supported: Figure
    supported_written: Figure


@dataclass(frozen=True, slots=True)
class Citations:
    """Whether the citations point at the gold; answerable questions with gold."""

    recall: Figure
    precision: Figure


@dataclass(frozen=True, slots=True)
class Refusals:
    """Shares of questions refused, by kind."""

    unanswerable: Figure
    answerable: Figure
    undecided: Figure
    balanced_accuracy: Figure


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well confidence tells right from wrong over a group of questions."""

    auroc: Figure
    error: Figure
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Confidence:
    """How well it tells the two kinds of questions apart, and right from wrong.

    `refused_at_10` is the share of unanswerable questions below the line that would refuse a tenth
    of the answerable ones; `refused_at_20` likewise.
    """

    answerable: Figure
    refused_at_10: Figure
    refused_at_20: Figure
    answered: Calibration
    all: Calibration


@dataclass(frozen=True, slots=True)
class Checks:
    """Counts of what must not be; all but `claims` and `citations` are faults.

    `examples` are claims with the figures and names that their quotes lack.
    """

    claims: int
    citations: int
    ungrounded_claims: int
    inexact_citations: int
    claims_without_citation: int
    markers_without_citation: int
    numbers_with_two_citations: int
    examples: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds over `n` questions."""

    median: float | None
    p95: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from the question until each event, as a caller sees them."""

    evidence: Delay
    first_claim: Delay
    total: Delay


@dataclass(frozen=True, slots=True)
class ByDocument:
    """The main figures over the questions asked about one document."""

    document: str
    hit: Figure
    citation_recall: Figure
    refused_unanswerable: Figure
    refused_answerable: Figure


@dataclass(frozen=True, slots=True)
class ByIntent:
    """The main figures over the questions of one kind."""

    intent: str
    facts: KeyFacts
    words_median: Figure
    refused_unanswerable: Figure
    refused_answerable: Figure


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation, what it was run on, and the records behind it."""

    set: str
    limit: int | None
    seed: int
    settings: Settings
    library: LibrarySize
    questions: Asked
    retrieval: Retrieval
    answers: Answers
    facts: KeyFacts
    writing: Writing
    citations: Citations
    refusals: Refusals
    confidence: Confidence
    checks: Checks
    seconds: Delays
    by_document: tuple[ByDocument, ...]
    by_intent: tuple[ByIntent, ...]
    records: tuple[Record, ...] = field(repr=False)

    def to_json(self, *, records: bool = False) -> dict[str, Any]:
        """The report as plain values for `json.dumps`; with every record if asked for."""
        plain = asdict(self)
        if not records:
            del plain["records"]
        return {key: _rounded(value) for key, value in plain.items()}


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(held) for held in value]
    return value
