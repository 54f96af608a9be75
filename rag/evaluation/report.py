"""The shape of a report: every figure of one evaluation by name, in words too, and its JSON.

Knows nothing of how a figure is come by, which is in `summary`, or of how it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Annotated, Any, get_type_hints

from rag.evaluation.metrics import Bin
from rag.evaluation.record import Record
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Estimate:
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
class QuestionCounts:
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

    recall_at_1: Annotated[Estimate, "Answering passage is the first hit"]
    recall_at_3: Annotated[Estimate, "… among the first three"]
    recall_at_5: Annotated[Estimate, "… among the first five"]
    mrr_at_10: Annotated[Estimate, "Mean reciprocal rank"]
    reference_documents_at_5: Annotated[Estimate, "Reference articles among the first five"]


@dataclass(frozen=True, slots=True)
class Answers:
    """How right the answers are; answerable questions, but the two of words over all answers."""

    hit: Annotated[Estimate, "Answer holds a gold answer"]
    token_f1: Annotated[Estimate, "Word F1"]
    rouge_l: Annotated[Estimate, "ROUGE-L"]
    words: Annotated[Estimate, "Words an answer, mean"]
    words_median: Annotated[Estimate, "… median"]


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """How much answers say of what they should; `n` counts facts, for `whole` questions.

    `whole` is the share of questions whose answer holds all their facts.
    """

    recall: Annotated[Estimate, "Key facts that the answers hold"]
    whole: Annotated[Estimate, "Questions with all their key facts"]


@dataclass(frozen=True, slots=True)
class Writing:
    """Claims that the model wrote, and claims that a judge finds in their quotes.

    `open` is `written` over questions with key facts; `supported_written` is `supported` over
    written claims.
    """

    written: Annotated[Estimate, "Claims that the model wrote"]
    open: Annotated[Estimate, "… to questions with key facts"]
    supported: Annotated[Estimate, "Claims that their quotes entail"]
    supported_written: Annotated[Estimate, "… of those that the model wrote"]


@dataclass(frozen=True, slots=True)
class Citations:
    """Whether the citations point at the gold; answerable questions with gold."""

    recall: Annotated[Estimate, "Citation recall"]
    precision: Annotated[Estimate, "Citation precision"]


@dataclass(frozen=True, slots=True)
class Refusals:
    """Shares of questions refused, by kind."""

    unanswerable: Annotated[Estimate, "Unanswerable refused"]
    answerable: Annotated[Estimate, "Answerable refused"]
    undecided: Annotated[Estimate, "Undecided refused"]
    balanced_accuracy: Annotated[Estimate, "Refusal balanced accuracy"]


@dataclass(frozen=True, slots=True)
class CalibrationFit:
    """How well confidence tells right from wrong over a group of questions."""

    auroc: Annotated[Estimate, "right or wrong, AUROC"]
    error: Annotated[Estimate, "calibration error"]
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Confidence:
    """How well it tells the two kinds of questions apart, and right from wrong.

    `refused_at_10` is the share of unanswerable questions below the line that would refuse a tenth
    of the answerable ones; `refused_at_20` likewise.
    """

    answerable: Annotated[Estimate, "Confidence: answerable or not, AUROC"]
    refused_at_10: Annotated[Estimate, "… unanswerable refused at a tenth of answerable"]
    refused_at_20: Annotated[Estimate, "… unanswerable refused at a fifth of answerable"]
    answered: Annotated[CalibrationFit, "Confidence, answered"]
    all: Annotated[CalibrationFit, "Confidence, all"]


@dataclass(frozen=True, slots=True)
class Checks:
    """Counts of what must not be; all but `claims` and `citations` are faults.

    `examples` are claims with the figures and names that their quotes lack.
    """

    claims: int
    citations: int
    ungrounded_claims: Annotated[int, "Claims with a figure or name not in their quotes"]
    claims_without_citation: Annotated[int, "Claims without a citation"]
    inexact_citations: Annotated[int, "Citations that are not exact"]
    markers_without_citation: Annotated[int, "Markers without a citation"]
    numbers_with_two_citations: Annotated[int, "Markers with two citations"]
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

    evidence: Annotated[Delay, "Time to evidence, median / p95"]
    first_claim: Annotated[Delay, "Time to first claim, median / p95"]
    total: Annotated[Delay, "Time in all, median / p95"]


@dataclass(frozen=True, slots=True)
class ByDocument:
    """The main figures over the questions asked about one document."""

    document: Annotated[str, "Article"]
    hit: Annotated[Estimate, "Answer hit"]
    citation_recall: Annotated[Estimate, "Citation recall"]
    refused_unanswerable: Annotated[Estimate, "Unanswerable refused"]
    refused_answerable: Annotated[Estimate, "Answerable refused"]


@dataclass(frozen=True, slots=True)
class ByIntent:
    """The main figures over the questions of one kind."""

    intent: Annotated[str, "Intent"]
    facts: KeyFacts
    words_median: Annotated[Estimate, "Words, median"]
    refused_unanswerable: Annotated[Estimate, "Unanswerable refused"]
    refused_answerable: Annotated[Estimate, "Answerable refused"]


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation, what it was run on, and the records behind it."""

    set: str
    limit: int | None
    seed: int
    settings: Settings
    library: LibrarySize
    questions: QuestionCounts
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


def labelled(part: object, before: str = "") -> Iterator[tuple[str, Any]]:
    """The values in a part of a report that have a name for a person, with it."""
    for name, hint in get_type_hints(type(part), include_extras=True).items():
        value, (label, *_) = getattr(part, name), getattr(hint, "__metadata__", ("",))
        if is_dataclass(value) and not isinstance(value, Estimate | Delay):
            yield from labelled(value, f"{label}: " if label else "")
        elif label:
            yield f"{before}{label}", value


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(held) for held in value]
    return value
