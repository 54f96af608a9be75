"""Records to figures: which questions count for what.

Knows nothing of the assistant; every formula is in `metrics`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.evaluation import metrics
from rag.evaluation.record import Record
from rag.evaluation.report import (
    Answers,
    ByDocument,
    ByIntent,
    CalibrationFit,
    Checks,
    Citations,
    Confidence,
    Delay,
    Delays,
    Estimate,
    KeyFacts,
    LibrarySize,
    QuestionCounts,
    Refusals,
    Report,
    Retrieval,
    Writing,
)
from rag.settings import Settings

FEW_DOCUMENTS = 12  # sets with at most so many are told apart by document
EXAMPLES = 20


def summarise(
    records: Sequence[Record],
    *,
    set_name: str,
    limit: int | None,
    seed: int,
    settings: Settings,
    library: LibrarySize,
) -> Report:
    """The report over the records of one run."""
    return Report(
        set=set_name,
        limit=limit,
        seed=seed,
        settings=settings,
        library=library,
        questions=_asked(records),
        retrieval=_retrieval(records),
        answers=_answers(records),
        facts=_facts(records),
        writing=_writing(records),
        citations=_citations(records),
        refusals=_refusals(records),
        confidence=_confidence(records),
        checks=_checks(records),
        seconds=_seconds(records),
        by_document=_by_document(records),
        by_intent=_by_intent(records),
        records=tuple(records),
    )


def share(cases: Iterable[bool]) -> Estimate:
    """The share of cases that hold, with its interval."""
    held = list(cases)
    ends = metrics.wilson(sum(held), len(held))
    low, high = ends if ends else (None, None)
    return Estimate(metrics.mean(held), len(held), low, high)


def _mean(values: Iterable[float]) -> Estimate:
    kept = list(values)
    return Estimate(metrics.mean(kept), len(kept))


def _median(values: Sequence[float]) -> Estimate:
    return Estimate(metrics.quantile(values, 0.5), len(values))


def _kind(records: Iterable[Record], answerable: bool | None) -> list[Record]:
    return [r for r in records if r.question.answerable is answerable]


def _asked(records: Sequence[Record]) -> QuestionCounts:
    return QuestionCounts(
        answerable=len(_kind(records, True)),
        unanswerable=len(_kind(records, False)),
        undecided=len(_kind(records, None)),
        untaken=sum(bool(r.error) for r in records),
        whole=sum(r.question.whole for r in _kind(records, True)),
    )


def _retrieval(records: Sequence[Record]) -> Retrieval:
    found = [r.found for r in _kind(records, True) if r.found is not None]
    ranks = [f.rank for f in found]
    return Retrieval(
        recall_at_1=share(metrics.found_within(1, ranks)),
        recall_at_3=share(metrics.found_within(3, ranks)),
        recall_at_5=share(metrics.found_within(5, ranks)),
        mrr_at_10=Estimate(metrics.mean_reciprocal_rank(ranks), len(ranks)),
        reference_documents_at_5=_mean(f.references for f in found if f.references is not None),
    )


def _answers(records: Sequence[Record]) -> Answers:
    judged = [r for r in _kind(records, True) if r.question.answers]
    return Answers(
        hit=share(r.hit for r in judged),
        token_f1=_mean(r.f1 for r in judged),
        rouge_l=_mean(r.rouge_l for r in judged),
        words=_mean(_words(records)),
        words_median=_median(_words(records)),
    )


def _words(records: Iterable[Record]) -> list[float]:
    return [float(len(r.text.split())) for r in records if not r.refused]


def _facts(records: Iterable[Record]) -> KeyFacts:
    judged = [r.facts for r in records if r.facts]
    return KeyFacts(
        recall=share(held for facts in judged for held in facts),
        whole=share(all(facts) for facts in judged),
    )


def _writing(records: Sequence[Record]) -> Writing:
    claims = [claim for r in records for claim in r.claims]
    judged = [claim for claim in claims if claim.supported is not None]
    return Writing(
        written=share(claim.written for claim in claims),
        open=share(claim.written for r in records if r.facts for claim in r.claims),
        supported=share(bool(claim.supported) for claim in judged),
        supported_written=share(bool(claim.supported) for claim in judged if claim.written),
    )


def _citations(records: Sequence[Record]) -> Citations:
    judged = [r for r in _kind(records, True) if r.question.gold]
    cited, on_gold = sum(r.citations for r in judged), sum(r.citations_on_gold for r in judged)
    return Citations(
        recall=share(r.citations_on_gold > 0 and not r.refused for r in judged),
        precision=share(i < on_gold for i in range(cited)),
    )


def _refusals(records: Sequence[Record]) -> Refusals:
    right = share(r.refused for r in _kind(records, False))
    wrong = share(r.refused for r in _kind(records, True))
    return Refusals(
        unanswerable=right,
        answerable=wrong,
        undecided=share(r.refused for r in _kind(records, None)),
        balanced_accuracy=_balanced(right, wrong),
    )


def _balanced(right: Estimate, wrong: Estimate) -> Estimate:
    n = right.n + wrong.n
    if right.value is None or wrong.value is None:
        return Estimate(None, n)
    ends = metrics.mean_of_two(
        right.value,
        metrics.Interval(right.low or 0.0, right.high or 0.0),
        1.0 - wrong.value,
        metrics.Interval(1.0 - (wrong.high or 0.0), 1.0 - (wrong.low or 0.0)),
    )
    return Estimate(metrics.balanced_accuracy(right.value, wrong.value), n, *ends)


def _confidence(records: Sequence[Record]) -> Confidence:
    rated = [r for r in records if r.confidence is not None]
    judged = [r for r in rated if r.right is not None]
    positives, negatives = (_confidences(_kind(rated, kind)) for kind in (True, False))
    return Confidence(
        answerable=_auroc(_kind(rated, True), _kind(rated, False)),
        refused_at_10=share(metrics.below_line(0.1, positives, negatives)),
        refused_at_20=share(metrics.below_line(0.2, positives, negatives)),
        answered=_calibration([r for r in judged if not r.refused]),
        all=_calibration(judged),
    )


def _calibration(records: Sequence[Record]) -> CalibrationFit:
    right = [bool(r.right) for r in records]
    bins = metrics.reliability(_confidences(records), right)
    return CalibrationFit(
        auroc=_auroc([r for r in records if r.right], [r for r in records if not r.right]),
        error=Estimate(metrics.calibration_error(bins), len(records)),
        bins=bins,
    )


def _auroc(positives: Sequence[Record], negatives: Sequence[Record]) -> Estimate:
    high, low = _confidences(positives), _confidences(negatives)
    return Estimate(metrics.auroc(high, low), len(high) + len(low))


def _confidences(records: Sequence[Record]) -> list[float]:
    """Those of questions that the confidence is calibrated for."""
    return [r.confidence for r in records if r.confidence is not None]


def _checks(records: Sequence[Record]) -> Checks:
    unheld = [example for r in records for example in r.ungrounded]
    return Checks(
        claims=sum(len(r.claims) for r in records),
        citations=sum(r.citations for r in records),
        ungrounded_claims=len(unheld),
        inexact_citations=sum(r.broken.citations for r in records),
        claims_without_citation=sum(r.broken.claims for r in records),
        markers_without_citation=sum(r.broken.markers for r in records),
        numbers_with_two_citations=sum(r.broken.numbers for r in records),
        examples=tuple(unheld[:EXAMPLES]),
    )


def _seconds(records: Sequence[Record]) -> Delays:
    taken = [r.seconds for r in records if not r.error]
    return Delays(
        evidence=_delay(s.evidence for s in taken),
        first_claim=_delay(s.first_claim for s in taken),
        total=_delay(s.total for s in taken),
    )


def _delay(seconds: Iterable[float | None]) -> Delay:
    known = [s for s in seconds if s is not None]
    return Delay(metrics.quantile(known, 0.5), metrics.quantile(known, 0.95), len(known))


def _by_document(records: Sequence[Record]) -> tuple[ByDocument, ...]:
    names = sorted({r.question.document for r in records if r.question.document})
    if not 2 <= len(names) <= FEW_DOCUMENTS:
        return ()
    return tuple(_one_document(name, records) for name in names)


def _one_document(name: str, records: Sequence[Record]) -> ByDocument:
    mine = [r for r in records if r.question.document == name]
    refusals = _refusals(mine)
    return ByDocument(
        document=name,
        hit=_answers(mine).hit,
        citation_recall=_citations(mine).recall,
        refused_unanswerable=refusals.unanswerable,
        refused_answerable=refusals.answerable,
    )


def _by_intent(records: Sequence[Record]) -> tuple[ByIntent, ...]:
    intents = sorted({r.question.intent for r in records if r.question.intent})
    return tuple(
        _one_intent(intent, [r for r in records if r.question.intent == intent])
        for intent in intents
    )


def _one_intent(intent: str, mine: Sequence[Record]) -> ByIntent:
    refusals = _refusals(mine)
    return ByIntent(
        intent=intent,
        facts=_facts(mine),
        words_median=_median(_words(mine)),
        refused_unanswerable=refusals.unanswerable,
        refused_answerable=refusals.answerable,
    )
