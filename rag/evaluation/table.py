"""The report as a table for the terminal. Knows only the report."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from rag.evaluation.report import ByDocument, ByIntent, Checks, Delay, Figure, Report

_REFUSED = ("Unanswerable refused", "Answerable refused")


def table(report: Report) -> Table:
    """All figures of a report, and those by document and by intent where there are some."""
    whole = Table.grid(padding=(1, 0))
    whole.add_row(_figures(report))
    if report.by_document:
        whole.add_row(_by_document(report.by_document))
    if report.by_intent:
        whole.add_row(_by_intent(report.by_intent))
    return whole


def _figures(report: Report) -> Table:
    asked = report.questions
    shown = Table(
        title=Text(
            f"{report.set}: {asked.answerable} answerable and {asked.unanswerable} unanswerable "
            f"questions, {report.library.documents} articles, seed {report.seed}"
        ),
        title_justify="left",
    )
    shown.add_column("Figure")
    for name in ("Value", "95 % interval", "Cases"):
        shown.add_column(name, justify="right")
    for section in _sections(report):
        for label, figure in section:
            if figure.n:
                shown.add_row(label, _number(figure.value), _interval(figure), str(figure.n))
        shown.add_section()
    for label, delay in _delays(report):
        if delay.n:
            shown.add_row(label, _time(delay), "", str(delay.n))
    shown.add_section()
    for label, count, out_of in _faults(report.checks):
        shown.add_row(label, str(count), "", str(out_of), style="" if count == 0 else "bold red")
    shown.add_row("Questions not taken", str(asked.untaken), "", str(len(report.records)))
    if asked.whole:
        shown.add_row(
            "Gold is whole articles, not spans", str(asked.whole), "", str(asked.answerable)
        )
    shown.add_row("Files not read", str(report.library.unread), "", "")
    return shown


def _sections(report: Report) -> tuple[tuple[tuple[str, Figure], ...], ...]:
    found, answers, refusals = report.retrieval, report.answers, report.refusals
    confidence = report.confidence
    return (
        (
            ("Answering passage is the first hit", found.recall_at_1),
            ("… among the first three", found.recall_at_3),
            ("… among the first five", found.recall_at_5),
            ("Mean reciprocal rank", found.mrr_at_10),
            ("Reference articles among the first five", found.reference_documents_at_5),
        ),
        (
            ("Answer holds a gold answer", answers.hit),
            ("Word F1", answers.token_f1),
            ("ROUGE-L", answers.rouge_l),
            ("Words an answer, mean", answers.words),
            ("… median", answers.words_median),
        ),
        _said(report),
        (
            ("Citation recall", report.citations.recall),
            ("Citation precision", report.citations.precision),
        ),
        (
            ("Unanswerable refused", refusals.unanswerable),
            ("Answerable refused", refusals.answerable),
            ("Undecided refused", refusals.undecided),
            ("Refusal balanced accuracy", refusals.balanced_accuracy),
        ),
        (
            ("Confidence: answerable or not, AUROC", confidence.answerable),
            ("… unanswerable refused at a tenth of answerable", confidence.refused_at_10),
            ("… unanswerable refused at a fifth of answerable", confidence.refused_at_20),
            ("Confidence: right or wrong, answered, AUROC", confidence.answered.auroc),
            ("Confidence: calibration error, answered", confidence.answered.error),
            ("Confidence: calibration error, all", confidence.all.error),
        ),
    )


def _said(report: Report) -> tuple[tuple[str, Figure], ...]:
    facts, writing = report.facts, report.writing
    return (
        ("Key facts that the answers hold", facts.recall),
        ("Questions with all their key facts", facts.whole),
        ("Claims that the model wrote", writing.written),
        ("… to questions with key facts", writing.open),
        ("Claims that their quotes entail", writing.supported),
        ("… of those that the model wrote", writing.supported_written),
    )


def _delays(report: Report) -> tuple[tuple[str, Delay], ...]:
    return (
        ("Time to evidence, median / p95", report.seconds.evidence),
        ("Time to first claim, median / p95", report.seconds.first_claim),
        ("Time in all, median / p95", report.seconds.total),
    )


def _faults(checks: Checks) -> tuple[tuple[str, int, int], ...]:
    return (
        (
            "Claims with a figure or name not in their quotes",
            checks.ungrounded_claims,
            checks.claims,
        ),
        ("Claims without a citation", checks.claims_without_citation, checks.claims),
        ("Citations that are not exact", checks.inexact_citations, checks.citations),
        ("Markers without a citation", checks.markers_without_citation, checks.citations),
        ("Markers with two citations", checks.numbers_with_two_citations, checks.citations),
    )


def _by_document(rows: tuple[ByDocument, ...]) -> Table:
    shown = _parts("Article", "Answer hit", "Citation recall", *_REFUSED)
    for row in rows:
        figures = (row.hit, row.citation_recall, row.refused_unanswerable, row.refused_answerable)
        shown.add_row(Text(row.document), *map(_of, figures))
    return shown


def _by_intent(rows: tuple[ByIntent, ...]) -> Table:
    shown = _parts("Intent", "Key facts", "All of a question's", "Words, median", *_REFUSED)
    for row in rows:
        refused = (row.refused_unanswerable, row.refused_answerable)
        figures = (row.facts.recall, row.facts.whole, row.words_median, *refused)
        shown.add_row(Text(row.intent), *map(_of, figures))
    return shown


def _parts(part: str, *names: str) -> Table:
    shown = Table(title=f"By {part.lower()}", title_justify="left")
    shown.add_column(part)
    for name in names:
        shown.add_column(name, justify="right")
    return shown


def _of(figure: Figure) -> str:
    return f"{_number(figure.value)} of {figure.n}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if value <= 1 else f"{value:.1f}"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.3f} to {figure.high:.3f}"


def _time(delay: Delay) -> str:
    if delay.median is None or delay.p95 is None:
        return "-"
    return f"{delay.median:.3f} / {delay.p95:.3f} s"
