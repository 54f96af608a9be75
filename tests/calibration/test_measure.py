"""The whole way from articles to a fitted line, with fakes in place of the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.calibration import FILE, LEAST
from rag.errors import CalibrationError, Cancelled
from tests.calibration.world import lives
from tests.world import opened


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with lives(tmp_path) as assistant:
        yield assistant


def test_the_line_tells_questions_with_an_answer_from_those_without(assistant: Assistant) -> None:
    found = assistant.calibrate()
    assert found.origins.articles == 6
    assert len(found.answerable) == len(found.unanswerable) >= LEAST
    assert found.refused(found.line).share + found.answered(found.line).share < 0.5


def test_it_is_in_force_at_once_and_after_opening_again(
    assistant: Assistant, tmp_path: Path
) -> None:
    before = assistant.refuse_below
    found = assistant.calibrate(refuse=0.5)
    assert assistant.refuse_below == found.line != before
    with lives(tmp_path) as again:
        assert again.refuse_below == found.line
        assert again.line.calibration == found
        again.line.forget()
        assert again.refuse_below == before


def test_the_same_seed_gives_the_same(assistant: Assistant) -> None:
    found = assistant.calibrate(seed=1)
    assert assistant.calibrate(seed=1) == found
    assert assistant.calibrate(seed=2) != found


def test_few_enough_are_refused_where_that_is_wanted(assistant: Assistant) -> None:
    for refuse in (0.0, 0.1, 0.3):
        found = assistant.calibrate(refuse=refuse)
        assert found.wanted == refuse
        assert found.refused(found.line).share <= refuse


def test_it_tells_how_far_it_is(assistant: Assistant) -> None:
    told: list[tuple[int, int]] = []
    found = assistant.calibrate(progress=lambda done, total: told.append((done, total)))
    total = 2 * len(found.answerable)
    assert told == [(done, total) for done in range(total)]


def test_a_stop_leaves_all_as_it_was(assistant: Assistant) -> None:
    before = assistant.refuse_below
    left = 5

    def cancelled() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    with pytest.raises(Cancelled, match="as it was"):
        assistant.calibrate(cancelled=cancelled)
    assert assistant.refuse_below == before
    assert not (assistant.index / FILE).exists()


@pytest.mark.parametrize(
    "articles",
    [{}, {"a.txt": "A note\n\nAda Rehn sold the ferry in 1932. It was old. Nobody cared.\n"}],
    ids=["none", "one"],
)
def test_too_small_a_folder(tmp_path: Path, articles: dict[str, str]) -> None:
    (tmp_path / "articles").mkdir()
    with opened(tmp_path, articles=articles) as assistant:
        with pytest.raises(CalibrationError, match=r"too little to measure on.*Add articles"):
            assistant.calibrate()
        assert assistant.line.calibration is None


@pytest.mark.parametrize("refuse", [-0.1, 1.0, float("nan")])
def test_a_share_that_is_none(assistant: Assistant, refuse: float) -> None:
    with pytest.raises(ValueError, match="refuse is"):
        assistant.calibrate(refuse=refuse)
