"""What a calibration found, the refusal line that fits it, and the rates at any line.

Owns the arithmetic. Knows nothing of how questions are made or asked, nor where it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from rag.calibration.interval import Rate

NEUTRAL = 0.5  # the strictness that means the line itself
SETTINGS = {"lenient": 0.25, "balanced": NEUTRAL, "strict": 0.75}


@dataclass(frozen=True, slots=True)
class Origins:
    """What a calibration was made from.

    `reader` and `weights` say by a digest which ones they were.
    """

    articles: int
    passages: int
    reader: str
    weights: str
    seed: int
    made: date


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fitted refusal line, with the confidences that it was fitted to.

    Attributes:
        line: The confidence below which a question is refused, at neutral strictness.
        answerable: The confidence of each made question that the articles answer, rising; 0 where
            nothing was found that could answer.
        unanswerable: The same of those that they do not answer.
        wanted: The largest share of answerable questions that may be refused, where that was
            asked for.
        origins: What it was made from.

    Raises:
        ValueError: A number is outside 0 to 1, or there are no questions of a kind.
    """

    line: float
    answerable: tuple[float, ...]
    unanswerable: tuple[float, ...]
    wanted: float | None
    origins: Origins

    def __post_init__(self) -> None:
        if not self.answerable or not self.unanswerable:
            raise ValueError("there are no questions")
        numbers = (self.line, self.wanted or 0.0, *self.answerable, *self.unanswerable)
        if not all(0.0 <= number <= 1.0 for number in numbers):
            raise ValueError("a number is outside 0 to 1")

    def refused(self, line: float) -> Rate:
        """The answerable questions that are refused at a line."""
        return Rate(_refused(self.answerable, line), len(self.answerable))

    def answered(self, line: float) -> Rate:
        """The unanswerable questions that are answered at a line."""
        count = len(self.unanswerable)
        return Rate(count - _refused(self.unanswerable, line), count)


def line_at(strictness: float, neutral: float) -> float:
    """The refusal line at a strictness: 0 at 0, the neutral line at 0.5, 1 at 1.

    >>> [round(line_at(strictness, 0.4), 2) for strictness in (0.0, 0.25, 0.5, 0.75, 1.0)]
    [0.0, 0.2, 0.4, 0.7, 1.0]
    """
    if strictness <= NEUTRAL:
        return neutral * strictness / NEUTRAL
    return neutral + (1 - neutral) * (strictness - NEUTRAL) / (1 - NEUTRAL)


def fitted_line(
    answerable: Sequence[float], unanswerable: Sequence[float], wanted: float | None = None
) -> float:
    """The line with the best balanced accuracy, or the strictest that refuses few enough.

    Where several lines do equally well, the middle one. At least one question of each kind.

    Args:
        answerable: Confidences of questions that are to be answered.
        unanswerable: Confidences of questions that are to be refused.
        wanted: The largest share of the answerable ones that may be refused.

    >>> fitted_line([0.6, 0.7, 0.9], [0.1, 0.2])
    0.4
    >>> fitted_line([0.6, 0.7, 0.9], [0.1, 0.2], wanted=0.4)
    0.7
    """
    if wanted is not None:
        allowed = min(int(wanted * len(answerable) + 1e-9), len(answerable) - 1)
        return sorted(answerable)[allowed]
    seen = sorted({0.0, *answerable, *unanswerable, 1.0})
    lines = [(low + high) / 2 for low, high in pairwise(seen)]
    gains = [_gain(answerable, unanswerable, line) for line in lines]
    best = max(gains)
    tied = [line for line, gain in zip(lines, gains, strict=True) if gain >= best - 1e-9]
    return tied[len(tied) // 2]


def _gain(answerable: Sequence[float], unanswerable: Sequence[float], line: float) -> float:
    """Balanced accuracy, twice and less one: unanswerable refused less answerable refused."""
    right = _refused(unanswerable, line) / len(unanswerable)
    return right - _refused(answerable, line) / len(answerable)


def _refused(confidences: Sequence[float], line: float) -> int:
    """How many are refused: below the line, or with nothing found at all."""
    return sum(not confidence or confidence < line for confidence in confidences)
