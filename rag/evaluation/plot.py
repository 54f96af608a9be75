"""The reliability diagram: confidence against correctness, as a PNG file.

Draws without a display. Knows only the report.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.evaluation.metrics import Bin, wilson
from rag.evaluation.report import Calibration, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot(report: Report, path: Path) -> None:
    """Write the reliability diagram of a report.

    Raises:
        RagError: The file cannot be written.
    """
    # Figure without pyplot: no window, no global state, whatever the backend of the process
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 6.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _curve(upper, report)
    _counts(lower, report)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png")
    except OSError as error:
        why = error.strerror or str(error)
        raise RagError(f"{path} cannot be written: {why}. Choose another place.") from error


def _curve(axes: Axes, report: Report) -> None:
    confidence = report.confidence
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1, label="perfect")
    filled, everything = _filled(confidence.answered), _filled(confidence.all)
    axes.errorbar(
        *_points(filled),
        _reach(filled),
        fmt="o-",
        color="tab:blue",
        capsize=3,
        label=_label("answered", confidence.answered),
    )
    axes.plot(
        *_points(everything),
        "s--",
        color="tab:orange",
        markerfacecolor="none",
        linewidth=1,
        label=_label("with refused", confidence.all),
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right", title=_title(report))
    axes.legend(loc="upper left", frameon=False)


def _counts(axes: Axes, report: Report) -> None:
    answered, everything = report.confidence.answered.bins, report.confidence.all.bins
    lows, width = [b.low for b in everything], 1 / len(everything)
    axes.bar(
        lows, [b.n for b in everything], width, align="edge", fill=False, edgecolor="tab:orange"
    )
    axes.bar(lows, [b.n for b in answered], width, align="edge", color="tab:blue", alpha=0.6)
    for b, total in zip(answered, everything, strict=True):
        axes.annotate(
            f"{b.n}/{total.n}", ((b.low + b.high) / 2, total.n), ha="center", va="bottom", size=7
        )
    axes.margins(y=0.25)
    axes.set(xlabel="confidence", ylabel="questions")


def _filled(calibration: Calibration) -> list[Bin]:
    return [b for b in calibration.bins if b.n]


def _points(bins: list[Bin]) -> tuple[list[float], list[float]]:
    return [b.confidence or 0.0 for b in bins], [b.correct or 0.0 for b in bins]


def _reach(bins: list[Bin]) -> tuple[list[float], list[float]]:
    ends = [wilson(round((b.correct or 0.0) * b.n), b.n) or (0.0, 0.0) for b in bins]
    down = [max(0.0, (b.correct or 0.0) - low) for b, (low, _) in zip(bins, ends, strict=True)]
    up = [max(0.0, high - (b.correct or 0.0)) for b, (_, high) in zip(bins, ends, strict=True)]
    return down, up


def _label(name: str, calibration: Calibration) -> str:
    error = calibration.error
    gap = "-" if error.value is None else f"{error.value:.3f}"
    return f"{name}: {error.n} questions, calibration error {gap}"


def _title(report: Report) -> str:
    # a dollar sign would start a formula
    return f"{report.set}: is it right as often as it says?".replace("$", r"\$")
