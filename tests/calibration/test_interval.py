"""Intervals against published and otherwise known values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.calibration.interval import Rate


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.308497),  # 1 - 0.025 ** (1 / 10)
        (10, 10, 0.691503, 1.0),
        (1, 1, 0.025, 1.0),
        (3, 20, 0.032071, 0.378927),
        (8, 10, 0.443905, 0.974789),
    ],
)
def test_known_values(hits: int, n: int, low: float, high: float) -> None:
    rate = Rate(hits, n)
    assert rate.low == pytest.approx(low, abs=1e-6)
    assert rate.high == pytest.approx(high, abs=1e-6)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_inside_and_the_ends_mirror(case: tuple[int, int]) -> None:
    hits, n = case
    rate, mirrored = Rate(hits, n), Rate(n - hits, n)
    assert 0.0 <= rate.low <= rate.share <= rate.high <= 1.0
    assert rate.low == pytest.approx(1 - mirrored.high, abs=1e-9)


def test_it_agrees_with_the_beta_distribution() -> None:
    beta = pytest.importorskip("scipy.stats").beta
    for hits, n in ((2, 9), (17, 150), (80, 200), (199, 200)):
        rate = Rate(hits, n)
        assert rate.low == pytest.approx(beta.ppf(0.025, hits, n - hits + 1), abs=1e-9)
        assert rate.high == pytest.approx(beta.ppf(0.975, hits + 1, n - hits), abs=1e-9)


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (3, 2), (-1, 4)])
def test_what_is_no_share(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        Rate(hits, n)
