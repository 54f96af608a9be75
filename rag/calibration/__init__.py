"""Fitting the refusal line to a person's own articles, and how often it errs there.

Owns questions made out of articles, the rates that they give, and the file that keeps them. Knows
nothing of settings, nor of how an answer is composed.
"""

from rag.calibration.calibration import NEUTRAL, SETTINGS, Calibration, Origins, line_at
from rag.calibration.interval import Rate
from rag.calibration.line import FILE, RefusalLine
from rag.calibration.measure import LEAST, QUESTIONS, Means, calibrate

__all__ = [
    "FILE",
    "LEAST",
    "NEUTRAL",
    "QUESTIONS",
    "SETTINGS",
    "Calibration",
    "Means",
    "Origins",
    "Rate",
    "RefusalLine",
    "calibrate",
    "line_at",
]
