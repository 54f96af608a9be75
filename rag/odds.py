"""Probabilities and their log odds, which add where independent hints come together."""

from __future__ import annotations

import math

_FARTHEST = 30.0  # log odds


def log_odds(probability: float, *, nearest: float = 1e-6) -> float:
    """The natural logarithm of a probability over its opposite, so near to 0 and 1 at most.

    >>> round(log_odds(0.9), 2), round(log_odds(1.0, nearest=1e-4), 2)
    (2.2, 9.21)
    """
    inside = min(1 - nearest, max(nearest, probability))
    return math.log(inside / (1 - inside))


def probability(odds: float) -> float:
    """The probability that some log odds stand for; beyond 30 they are taken for 30.

    >>> probability(0.0), round(probability(2.2), 2)
    (0.5, 0.9)
    """
    return 1.0 / (1.0 + math.exp(-max(-_FARTHEST, min(_FARTHEST, odds))))
