"""A calibration in words, for the page and the command line. Owns the wording."""

from __future__ import annotations

from rag.calibration.calibration import Calibration
from rag.calibration.interval import Rate
from rag.showing import day_in_words

# measured by benchmarks/calibration.py; the tables are in docs/evaluation.md
CAUTION = (
    "Your own questions differ from these. In trials, the shares of questions asked in earnest "
    "were up to 9 points away, and of unanswerable questions written to mislead up to 31 points "
    "more were answered."
)


def refused_in_words(calibration: Calibration, line: float) -> str:
    """How many answerable questions a line refuses."""
    rate = calibration.refused(line)
    return f"About {_percent(rate)} of answerable questions are refused ({_ends(rate)})."


def answered_in_words(calibration: Calibration, line: float) -> str:
    """How many unanswerable questions a line lets through."""
    rate = calibration.answered(line)
    return f"About {_percent(rate)} of unanswerable questions are answered ({_ends(rate)})."


def basis_in_words(calibration: Calibration) -> str:
    """What the figures stand on."""
    made = calibration.origins
    return (
        f"Measured on {day_in_words(made.made)} with {len(calibration.answerable)} answerable and "
        f"{len(calibration.unanswerable)} unanswerable questions made out of the articles, 95 % "
        f"intervals in brackets. {CAUTION}"
    )


def _percent(rate: Rate) -> str:
    return f"{100 * rate.share:.0f} %"


def _ends(rate: Rate) -> str:
    """The interval in words.

    >>> _ends(Rate(3, 20))
    '3 to 38 %'
    """
    return f"{100 * rate.low:.0f} to {100 * rate.high:.0f} %"
