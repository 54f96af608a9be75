"""What stands under the strictness slider: figures that move with it, and measuring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.calibration import FILE
from rag.page import opening
from rag.page.strictness import measuring_line
from rag.service.background import Measured, Measuring
from rag.service.engine import Engine
from rag.service.jobs import Run
from tests.calibration.world import lives
from tests.page.test_models import PIECE, SECONDS, field, run, texts
from tests.world import opened


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with lives(tmp_path) as assistant:
        yield assistant


@pytest.fixture
def piece(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return tab(assistant, monkeypatch)


def tab(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    engine = Engine(lambda: assistant)
    engine.start()
    assert engine.wait(SECONDS)
    monkeypatch.setattr("rag.page.opening.engine", lambda: engine)
    return run(AppTest.from_string(PIECE, default_timeout=SECONDS))


def measuring() -> Measuring:
    """That of the engine in the tab."""
    return opening.engine().measuring


def figures(tab: AppTest) -> list[str]:
    shown = [element.value.replace("\\", "") for element in tab.markdown]
    return [text for text in shown if text.startswith("About ")]


def test_without_a_calibration_there_is_one_line_and_a_button(piece: AppTest) -> None:
    assert not figures(piece)
    assert "has not been measured" in texts(piece.caption)
    assert field(piece.button, "Measure on my articles")


def test_measuring_brings_the_figures(piece: AppTest, assistant: Assistant) -> None:
    field(piece.button, "Measure on my articles").click()
    piece.run()
    assert measuring().wait(SECONDS)
    run(piece)
    assert len(figures(piece)) == 2
    assert "answerable questions are refused" in figures(piece)[0]
    assert "unanswerable questions are answered" in figures(piece)[1]
    assert "Your own questions differ" in texts(piece.caption)
    assert field(piece.button, "Measure again")
    assert (assistant.index / FILE).exists()


def test_the_figures_move_with_the_slider_before_saving(
    piece: AppTest, assistant: Assistant
) -> None:
    assistant.calibrate()
    before = assistant.settings.strictness
    run(piece)
    shown = figures(piece)
    field(piece.slider, "Strictness").set_value(1.0)
    run(piece)
    assert figures(piece)[0].startswith("About 100 % of answerable questions are refused")
    assert figures(piece)[1].startswith("About 0 % of unanswerable questions are answered")
    assert figures(piece) != shown
    assert assistant.settings.strictness == before


def test_what_is_stale_or_broken_is_told(piece: AppTest, assistant: Assistant) -> None:
    assistant.line.problem = "The fitted refusal line is broken. <b>"
    run(piece)
    assert "The fitted refusal line is broken. <b>" in texts(piece.warning)
    assert "\\<b\\>" in piece.warning[0].value


def test_too_small_a_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "small") as assistant:
        piece = tab(assistant, monkeypatch)
        field(piece.button, "Measure on my articles").click()
        piece.run()
        assert measuring().wait(SECONDS)
        run(piece)
        assert "too little to measure on" in texts(piece.warning)
        assert field(piece.button, "Measure on my articles")


def test_progress_is_shown_with_a_way_to_stop(piece: AppTest) -> None:
    measuring().state = Run(busy=True, progress=Measured(30, 300, 200.0))
    piece.run()
    assert field(piece.button, "Stop")
    assert "Measure on my articles" not in [button.label for button in piece.button]
    line = measuring_line(measuring().state.progress)
    assert line == "30 of 300 questions, about 3 minutes left"
    assert measuring_line(None) == "Making questions out of the articles …"
