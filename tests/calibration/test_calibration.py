"""The fit, the rates at a line, and what strictness does to the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.calibration import Calibration, Origins, line_at
from rag.calibration.calibration import fitted_line
from rag.calibration.told import answered_in_words, basis_in_words, refused_in_words

ORIGINS = Origins(6, 30, "reader", "weights", 0, date(2026, 11, 24))
FOUND = Calibration(
    line=0.5,
    answerable=(0.0, 0.4, *(0.8,) * 18),
    unanswerable=(*(0.1,) * 15, *(0.6,) * 5),
    wanted=None,
    origins=ORIGINS,
)
confidences = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_rates_at_a_line() -> None:
    refused, answered = FOUND.refused(0.5), FOUND.answered(0.5)
    assert (refused.hits, refused.n) == (2, 20)
    assert (answered.hits, answered.n) == (5, 20)


def test_what_found_nothing_is_refused_at_every_line() -> None:
    assert FOUND.refused(0.0).hits == 1
    assert FOUND.answered(0.0).hits == 20


def test_a_question_at_the_line_is_answered() -> None:
    assert FOUND.refused(0.4).hits == 1
    assert FOUND.refused(0.41).hits == 2


@given(confidences, confidences)
def test_no_line_has_a_better_balance_than_the_fitted_one(
    answerable: list[float], unanswerable: list[float]
) -> None:
    found = replace(FOUND, answerable=tuple(answerable), unanswerable=tuple(unanswerable))

    def balance(line: float) -> float:
        return 1 - found.refused(line).share - found.answered(line).share

    best = balance(fitted_line(answerable, unanswerable))
    assert all(best >= balance(line) - 1e-9 for line in (*answerable, *unanswerable, 0.5))


@given(confidences, st.floats(0, 0.99))
def test_no_more_are_refused_than_wanted_and_one_more_would_be_too_many(
    answerable: list[float], wanted: float
) -> None:
    answerable = [max(c, 0.01) for c in answerable]
    found = replace(FOUND, answerable=tuple(answerable))
    line = fitted_line(answerable, [0.5], wanted)
    assert found.refused(line).share <= wanted + 1e-9
    stricter = [c for c in answerable if c > line]
    if stricter:
        assert found.refused(min(stricter)).share > wanted - 1e-9


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_strictness_never_lowers_the_line(neutral: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert line_at(0.0, neutral) == 0.0
    assert line_at(0.5, neutral) == neutral
    assert line_at(1.0, neutral) == 1.0
    assert line_at(low, neutral) <= line_at(high, neutral) + 1e-12


@pytest.mark.parametrize(
    "wrong",
    [
        {"line": 1.5},
        {"line": float("nan")},
        {"answerable": (0.2, 7.0)},
        {"unanswerable": (float("inf"),)},
        {"answerable": ()},
        {"unanswerable": ()},
        {"wanted": -0.1},
    ],
)
def test_what_is_no_calibration(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no questions|outside 0 to 1"):
        replace(FOUND, **wrong)  # type: ignore[arg-type]


def test_the_words() -> None:
    assert refused_in_words(FOUND, 0.5) == (
        "About 10 % of answerable questions are refused (1 to 32 %)."
    )
    assert answered_in_words(FOUND, 0.5) == (
        "About 25 % of unanswerable questions are answered (9 to 49 %)."
    )
    basis = basis_in_words(FOUND)
    assert "24 November 2026" in basis
    assert "20 answerable and 20 unanswerable questions" in basis
    assert "Your own questions differ" in basis
