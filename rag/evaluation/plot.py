"""The reliability diagram: confidence against correctness, as a PNG file.

Draws without a display. Knows only the report.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import RagError
from rag.evaluation.metrics import wilson
from rag.evaluation.report import CalibrationFit, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot(report: Report, path: Path) -> None:
    """Write the reliability diagram of a report. Raises `RagError`: the file cannot be written."""
    # Figure without pyplot: no window, no global state, whatever the backend of the process
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 6.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1, label="perfect")
    confidence = report.confidence
    faint: dict[str, Any] = {"color": "tab:orange", "alpha": 0.5}
    _draw(upper, lower, confidence.all, "with refused", fmt="s--", markerfacecolor="none", **faint)
    _draw(upper, lower, confidence.answered, "answered", fmt="o-", color="tab:blue", alpha=0.9)
    # a dollar sign would start a formula
    title = f"{report.set}: is it right as often as it says?".replace("$", r"\$")
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right", title=title)
    upper.legend(loc="upper left", frameon=False)
    lower.margins(y=0.15)
    lower.set(xlabel="confidence", ylabel="questions")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png")
    except OSError as error:
        why = error.strerror or str(error)
        raise RagError(f"{path} cannot be written: {why}. Choose another place.") from error


def _draw(upper: Axes, lower: Axes, calibration: CalibrationFit, name: str, **style: Any) -> None:
    """One group of questions: its curve with 95 % intervals above, how many there are below."""
    filled = [b for b in calibration.bins if b.confidence is not None and b.correct is not None]
    right = [b.correct or 0.0 for b in filled]
    ends = [wilson(round(share * b.n), b.n) for b, share in zip(filled, right, strict=True)]
    lows, highs = zip(*(end or (0.0, 0.0) for end in ends), strict=True) if ends else ((), ())
    reach = np.abs(np.array([lows, highs]) - right)
    error = calibration.error
    gap = "-" if error.value is None else f"{error.value:.3f}"
    label = f"{name}: {error.n} questions, calibration error {gap}"
    said = [b.confidence or 0.0 for b in filled]
    upper.errorbar(said, right, reach, capsize=3, label=label, **style)
    bars = lower.bar(
        [b.low for b in calibration.bins],
        [b.n for b in calibration.bins],
        1 / len(calibration.bins),
        align="edge",
        color=style["color"],
        alpha=style["alpha"],
    )
    lower.bar_label(bars, size=7)
