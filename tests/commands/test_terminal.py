"""What commands print: progress, JSON, the figures of `eval`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

import rag
import rag.evaluation
import rag.opening
from rag.commands.show import hits_table, show_remarks
from rag.commands.terminal import EVERY_SECONDS, Bar, duration, one_line, stdout
from rag.listing import Progress, Remark
from rag.schema import Hit, Span
from tests.commands.stand_in import failed, run


def test_eval(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}
    report = SimpleNamespace(to_json=lambda: {"set": "squad", "figure": float("nan")})

    def evaluate(folder: Path, **given: Any) -> SimpleNamespace:
        asked.update(given, folder=folder)
        given["progress"](0, 4)
        given["progress"](4, 4)
        return report

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rag.evaluation, "evaluate", evaluate)
    monkeypatch.setattr(rag.evaluation, "table", lambda given: f"table of {given.to_json()['set']}")
    monkeypatch.setattr(rag.evaluation, "plot", lambda _, path: asked.update(plot=path))
    result = run("eval", "x/squad", "--limit", "5", "--seed", "7", "--index", "y")
    assert result.exit_code == 0
    assert "table of squad" in result.stdout
    assert (asked["folder"], asked["limit"], asked["seed"]) == (Path("x/squad"), 5, 7)
    assert (asked["index"], asked["plot"]) == (
        Path("y"),
        Path("reports/squad-reliability.png"),
    )
    result = run("eval", "x/squad", "--json", "--plot", "p.png")
    assert json.loads(result.stdout) == {"set": "squad", "figure": None}
    assert asked["plot"] == Path("p.png")
    assert "p.png" in result.stderr


def test_eval_with_a_judge_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def evaluate(folder: Path, *, entails: Any, **_: Any) -> SimpleNamespace:
        asked.append(entails)
        return SimpleNamespace(to_json=dict)

    monkeypatch.setattr(rag.evaluation, "evaluate", evaluate)
    monkeypatch.setattr(rag.evaluation, "plot", lambda *_: None)
    monkeypatch.setattr(rag.evaluation, "bundled_judge", lambda: max)
    assert "No judge" not in run("eval", "x", "--json").stderr
    assert "No judge" not in run("eval", "x", "--json", "--support").stderr
    monkeypatch.setattr(rag.evaluation, "bundled_judge", lambda: None)
    assert "No judge" in run("eval", "x", "--json", "--support").stderr
    assert asked == [None, max, None]


def test_eval_of_what_is_no_question_set(tmp_path: Path) -> None:
    assert "not a question set" in failed(run("eval", str(tmp_path)))


def test_progress_without_a_terminal_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("rag.commands.terminal.time.monotonic", lambda: now)
    with Bar() as bar:
        bar.sync(Progress(1, 9, 10, 20.0, None, "a.md"))
        now = EVERY_SECONDS
        bar.sync(Progress(2, 9, 20, 20.0, 95.0, "b.md"))
        bar.sync(Progress(3, 9, 30, 20.0, 90.0, "c.md"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "2 of 9 articles, 20 passages a second, 2 minutes left\n"


def test_json_is_ascii_where_the_terminal_is_not_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.commands.terminal import print_json

    written = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", written)
    print_json({"a": "→"})
    written.flush()
    raw = written.buffer
    assert isinstance(raw, io.BytesIO)
    assert json.loads(raw.getvalue().decode("ascii")) == {"a": "→"}


def test_small_words() -> None:
    assert duration(59.6) == "60 seconds"
    assert one_line("a\r\n\tb\x00") == "a b"
    assert stdout().soft_wrap


def test_a_name_of_a_file_steers_no_terminal() -> None:
    odd = "\x1b[2J\u202eb\U000e0041.md"
    hit = Hit(odd, odd, None, 0, 4, "Text", (Span(0, 4),), 0.5, 0.5, 0.5)
    told = io.StringIO()
    console = Console(file=told, width=200)
    console.print(hits_table([hit]))
    show_remarks([Remark(odd, "1 hidden passage left out.")], console)
    shown = told.getvalue()
    assert shown.count("[2Jb") == 3
    assert not set(shown) & set("\x1b\u202e\U000e0041")
