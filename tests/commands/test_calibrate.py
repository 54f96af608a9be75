"""`calibrate`: fits, shows, keeps, goes back, and says what it cannot do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rag.assistant import Assistant
from rag.calibration import FILE
from rag.cli import app
from tests.calibration.world import lives

Run = Callable[..., Result]


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with lives(tmp_path) as assistant:
        yield assistant


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, assistant: Assistant) -> Run:
    return running(monkeypatch, assistant)


def running(monkeypatch: pytest.MonkeyPatch, assistant: Assistant) -> Run:
    """Runs the command over an open assistant."""
    monkeypatch.setattr("rag.opening.open", lambda *_, **__: assistant)
    monkeypatch.setattr(assistant, "close", lambda: None)
    index = str(assistant.index)

    def run(*options: str) -> Result:
        return CliRunner().invoke(app, ["calibrate", "--index", index, *options])

    return run


def test_it_fits_and_shows_the_rates_at_some_levels(run: Run, assistant: Assistant) -> None:
    done = run()
    assert done.exit_code == 0
    for level in ("lenient, strictness 0.25", "balanced, strictness 0.5", "strict, strictness"):
        assert level in done.stdout
    assert "now, strictness 0.5" in done.stdout
    assert done.stdout.count("of answerable questions are refused (") == 4
    assert done.stdout.count("of unanswerable questions are answered (") == 4
    assert "Your own questions differ" in done.stdout
    assert (assistant.index / FILE).exists()
    assert assistant.refuse_below == assistant.line.at(0.5)


def test_json(run: Run, assistant: Assistant) -> None:
    done = run("--json", "--seed", "3", "--refuse", "0.2")
    told: dict[str, Any] = json.loads(done.stdout)
    assert [level["name"] for level in told["levels"]] == ["lenient", "balanced", "strict", "now"]
    assert told["line"] == assistant.refuse_below
    assert told["origins"]["seed"] == 3
    balanced = told["levels"][1]["answerable_refused"]
    assert balanced["value"] <= 0.2
    assert balanced["low"] <= balanced["value"] <= balanced["high"]


def test_going_back(run: Run, assistant: Assistant) -> None:
    run()
    done = run("--reset")
    assert done.exit_code == 0
    assert "The fitted line is gone" in done.stderr
    assert not (assistant.index / FILE).exists()
    assert "No line was fitted" in run("--reset").stderr


def test_a_stale_or_broken_line_is_told_before(run: Run, assistant: Assistant) -> None:
    assistant.line.problem = "The fitted refusal line is broken."
    assert "The fitted refusal line is broken." in run().stderr
    assert "broken" not in run().stderr


def test_ctrl_c_leaves_all_as_it_was(
    run: Run, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = assistant.refuse_below
    monkeypatch.setattr("rag.calibration.measure.find", interrupted)
    done = run()
    assert done.exit_code == 130
    assert "Stopped." in done.stderr
    assert assistant.refuse_below == before
    assert not (assistant.index / FILE).exists()


@pytest.mark.parametrize("refuse", ["1.5", "-1", "much"])
def test_a_share_that_is_none(run: Run, refuse: str) -> None:
    done = run("--refuse", refuse)
    assert done.exit_code == 1
    assert "--refuse" in done.stderr
