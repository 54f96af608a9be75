"""The report as a table for the terminal. Knows only the report, in which figures have names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from rag.evaluation.report import Delay, Estimate, Report, labelled


def table(report: Report) -> Table:
    """All figures of a report, and those by document and by intent where there are some."""
    whole = Table.grid(padding=(1, 0))
    whole.add_row(_figures(report))
    for rows in (report.by_document, report.by_intent):
        if rows:
            whole.add_row(_by(rows))
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
    said = (report.facts, report.writing)
    for section in (
        (report.retrieval,),
        (report.answers,),
        said,
        (report.citations,),
        (report.refusals,),
        (report.confidence,),
        (report.seconds,),
    ):
        for label, figure in (pair for part in section for pair in labelled(part)):
            if figure.n:
                shown.add_row(label, _value(figure), _interval(figure), str(figure.n))
        shown.add_section()
    _add_faults(shown, report)
    return shown


def _add_faults(shown: Table, report: Report) -> None:
    """What must be zero, and what was left out."""
    asked, checks = report.questions, report.checks
    for label, count in labelled(checks):
        out_of = checks.claims if label.startswith("Claims") else checks.citations
        shown.add_row(label, str(count), "", str(out_of), style="bold red" if count else "")
    shown.add_row("Questions not taken", str(asked.untaken), "", str(len(report.records)))
    if asked.whole:
        label = "Gold is whole articles, not spans"
        shown.add_row(label, str(asked.whole), "", str(asked.answerable))
    shown.add_row("Files not read", str(report.library.unread), "", "")


def _by(rows: Sequence[Any]) -> Table:
    """One line for each part of the questions; the first column names it."""
    (part, _), *columns = labelled(rows[0])
    shown = Table(title=f"By {part.lower()}", title_justify="left")
    shown.add_column(part)
    for name, _ in columns:
        shown.add_column(name, justify="right")
    for row in rows:
        (_, name), *figures = labelled(row)
        shown.add_row(Text(name), *(f"{_value(figure)} of {figure.n}" for _, figure in figures))
    return shown


def _value(figure: Estimate | Delay) -> str:
    if isinstance(figure, Delay):
        known = figure.median is not None and figure.p95 is not None
        return f"{figure.median:.3f} / {figure.p95:.3f} s" if known else "-"
    if figure.value is None:
        return "-"
    return f"{figure.value:.3f}" if figure.value <= 1 else f"{figure.value:.1f}"


def _interval(figure: Estimate | Delay) -> str:
    if isinstance(figure, Delay) or figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.3f} to {figure.high:.3f}"
