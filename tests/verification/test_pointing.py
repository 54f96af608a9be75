"""Where a model points: at one of the sentences that it was shown, or at none."""

from __future__ import annotations

import math

import pytest

from rag.schema import Evidence
from rag.testing import FakeLLM
from rag.verification import point
from rag.writing import asked_of

ASKED = asked_of("Who won?")


def sheet(count: int) -> list[Evidence]:
    return [
        Evidence("a.md", "Rollo", None, n * 20, n * 20 + 9, "He won it.", 0) for n in range(count)
    ]


def pointing_at(shares: dict[str, float]) -> FakeLLM:
    def points(request: str, at: str) -> list[float]:
        left = (1 - sum(shares.values())) / max(1, len(at) - len(shares))
        return [math.log(shares.get(letter, left) or 1e-12) for letter in at]

    return FakeLLM(points=points, context=9000, taught=True)


def test_each_sentence_has_its_share_of_what_is_pointed_at_any() -> None:
    pointing = point(pointing_at({"A": 0.2, "B": 0.6, "0": 0.2}), ASKED, sheet(2))
    assert pointing is not None
    assert pointing.likely == pytest.approx((0.25, 0.75))
    assert pointing.odds == pytest.approx(math.log(4))
    assert [one.start for _, one in pointing.ranked] == [20, 0]


def test_what_is_surely_not_answered_has_odds_too() -> None:
    pointing = point(pointing_at({"A": 0.0, "0": 1.0}), ASKED, sheet(1))
    assert pointing is not None
    assert pointing.odds < -10


def test_as_many_sentences_are_shown_as_there_are_letters_and_room() -> None:
    llm = pointing_at({"0": 0.5})
    many = point(llm, ASKED, sheet(90))
    assert many is not None
    assert len(many.sheet) == 52
    llm.context = 600
    few = point(llm, ASKED, sheet(90))
    assert few is not None
    assert 10 < len(few.sheet) < 52
    llm.context = 100
    assert point(llm, ASKED, sheet(3)) is None


def test_a_model_that_cannot_tell_points_nowhere() -> None:
    unable = FakeLLM(points=lambda request, at: [], context=9000)
    assert point(unable, ASKED, sheet(2)) is None
    assert point(pointing_at({"0": 0.5}), ASKED, []) is None
