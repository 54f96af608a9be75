"""The exact 95 % interval of a share, after Clopper and Pearson 1934.

Its ends are the shares at which so many hits or more, or so many or fewer, still come up in one
sample of forty. Found by halving, so that no statistics package is loaded for two numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

_TAIL = 0.025
_HALVINGS = 40  # finds an end to within 1e-12


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, as a share with its 95 % interval.

    Raises:
        ValueError: There are no cases, or more hits than cases.

    >>> rate = Rate(3, 20)
    >>> rate.share, round(rate.low, 4), round(rate.high, 4)
    (0.15, 0.0321, 0.3789)
    """

    hits: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.n or not self.n:
            raise ValueError(f"{self.hits} of {self.n} is no share")

    @property
    def share(self) -> float:
        return self.hits / self.n

    @property
    def low(self) -> float:
        """The share at which this many hits or more have a chance of 2.5 %."""
        return 1.0 - _high(self.n - self.hits, self.n)

    @property
    def high(self) -> float:
        """The share at which this many hits or fewer have a chance of 2.5 %."""
        return _high(self.hits, self.n)


@lru_cache(maxsize=1000)
def _high(hits: int, n: int) -> float:
    if hits == n:
        return 1.0
    low, high = hits / n, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _or_fewer(hits, n, middle) > _TAIL:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _or_fewer(hits: int, n: int, share: float) -> float:
    """The chance of so many hits or fewer where each case hits with this chance, 0 < share < 1."""
    yes, no = math.log(share), math.log1p(-share)
    whole = math.lgamma(n + 1)
    return math.fsum(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * yes + (n - k) * no)
        for k in range(hits + 1)
    )
