"""Judge and model together say what stands."""

from __future__ import annotations

import pytest

from rag.odds import log_odds
from rag.testing import FakeLLM
from rag.verification import answered
from rag.verification.judging import read, supported


@pytest.mark.parametrize("more", [0.5, 3.0])
def test_each_has_a_say(more: float) -> None:
    low, high = (supported(FakeLLM(yes=2.0), "He won.", "He won.", j) for j in (0.0, more))
    assert low < high
    low, high = (supported(FakeLLM(yes=y), "He won.", "He won.", 0.0) for y in (2.0, 2.0 + more))
    assert low < high
    low, high = (answered(FakeLLM(yes=y), "Who won?", "[1] He won.", 0.0) for y in (0.0, more))
    assert low < high


def test_the_model_reads_figures_in_one_spelling_and_nothing_without_end() -> None:
    asked: list[str] = []

    def yes(request: str) -> float:
        asked.append(request)
        return 0.0

    read(
        FakeLLM(yes=yes),
        "It cost 2.1 million crowns. " + "Rollo won. " * 2000,
        "It cost 2,100,000.",
    )
    assert "2100000" in asked[0].split("Claim:")[1]
    assert "2100000" in asked[0].split("Claim:")[0]
    assert len(asked[0]) < 3000


def test_certainty_has_ends() -> None:
    assert log_odds(0.0) == pytest.approx(-log_odds(1.0))
    assert log_odds(0.5) == 0
