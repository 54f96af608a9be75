"""The open questions: a set that is what it says, and a runner that keeps half b to itself."""

from __future__ import annotations

import json
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import rag
from benchmarks import open as runner
from rag.documents import read as read_document
from rag.evaluation.facts import holds, tokens

from .conftest import TEXTS, Script, StubAssistant, lines

NEAR, SHORT = runner.OPEN.with_name("near.jsonl"), runner.OPEN.with_name("short.jsonl")
TALKS = runner.OPEN.with_name("talks.jsonl")
SETS = [runner.OPEN, runner.OPEN.with_name("seeds.jsonl"), NEAR, SHORT, TALKS]


@pytest.mark.parametrize("file", SETS, ids=lambda file: file.stem)
def test_a_set_is_what_it_says(file: Path) -> None:
    rows = runner.read(file)
    ids = [row.line["id"] for row in rows]
    assert len(set(ids)) == len(ids) >= 90
    assert all(row.line["answerable"] is bool(row.line["facts"]) for row in rows)
    assert all(row.line["intent"].islower() for row in rows)
    assert {row.part for row in rows} <= set(runner.PARTS)


def test_the_open_set_has_enough_of_each_kind() -> None:
    rows = runner.read()
    parts = Counter(row.part for row in rows)
    assert parts[runner.SEEDS] >= 44
    assert parts["article"] >= 22
    assert parts["data"] >= 30
    unanswerable = sum(not row.line["answerable"] for row in rows)
    assert 0.18 <= unanswerable / len(rows) <= 0.25
    for part in parts:
        halves = Counter(runner.half(r.line["id"]) for r in rows if r.part == part)
        assert min(halves["a"], halves["b"]) >= 0.3 * parts[part]
    assert len({row.line["intent"] for row in rows}) >= 10


@pytest.mark.parametrize(("file", "each"), [(NEAR, 60), (SHORT, 48)], ids=["near", "short"])
def test_as_many_questions_of_each_half_of_the_articles_are_unanswerable(
    file: Path, each: int
) -> None:
    rows = runner.read(file)
    for half in runner.HALVES:
        mine = [row for row in rows if runner.half(row.line["id"]) == half]
        assert {row.over for row in mine} == {(f"near/{half}",)}
        assert Counter(row.line["answerable"] for row in mine) == {True: each, False: each}


def test_each_half_of_the_conversations_is_of_other_articles() -> None:
    rows = runner.read(TALKS)
    talk = {row.line["id"]: row.line["id"].rpartition("-")[0] for row in rows}
    for half in runner.HALVES:
        mine = [row for row in rows if runner.half(row.line["id"]) == half]
        assert all(row.over[0].startswith(f"near/{half}") for row in mine)
        later = [row.line for row in mine if "after" in row.line]
        assert all(talk[line["after"]] == talk[line["id"]] for line in later)
        assert len(mine) - len(later) == 22
        assert 0.2 <= sum(not line["answerable"] for line in later) / len(later) <= 0.3
        alone = {row.over for row in mine if row.over[0].endswith(".md")}
        assert len(alone) >= 8


@pytest.mark.parametrize("file", SETS, ids=lambda file: file.stem)
def test_every_fact_stands_in_the_articles(file: Path) -> None:
    for row in runner.read(file):
        if row.part in (runner.SEEDS, runner.NEAR):
            texts = texts_of(row.over)
            for fact in row.line["facts"]:
                wordings = tuple(tuple(w) if isinstance(w, list) else (w,) for w in fact)
                assert all(tokens(part) for wording in wordings for part in wording), fact
                assert any(holds(text, wordings) for text in texts), (row.line["id"], fact)


@cache
def texts_of(over: tuple[str, ...]) -> list[str]:
    paths = runner.files(over, runner.SHARED)
    return [read_document(path, folder=path.parent).text for path in paths]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two articles, and questions of them, of both halves, in `open.jsonl`."""
    (tmp_path / "data").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "data" / name).write_text(text, encoding="utf-8")
    rows: list[dict[str, Any]] = []
    breed, built, _, captain, _ = lines()
    for row in (breed | {"facts": [["Greenland"]]}, built | {"facts": [["1962"]]}, captain):
        rows.append(row | {"intent": "where", "over": ["data/geese.txt", "data/boats.txt"]})
    rows.append(breed | {"id": "lost", "over": ["data/ducks.txt"], "intent": "why"})
    # ids of a and b in turn, and the last is of an article that is not there
    for number, row in enumerate(rows):
        tries = (f"{row['id']}-{n}" for n in range(99))
        row["id"] = next(id for id in tries if runner.half(id) == "ab"[number % 2])
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "open.jsonl").write_text(text, encoding="utf-8")

    def open_(documents: Path, **_: Any) -> StubAssistant:
        quote = (("geese.txt", "Barnacle geese breed in Greenland."),)
        return StubAssistant(documents.parent, {str(breed["question"]): Script(quote)})

    monkeypatch.setattr(rag, "open", open_)
    monkeypatch.setattr(runner.evaluation, "bundled_judge", lambda: None)
    return tmp_path


def ask(place: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    given = ["--questions", str(place / "open.jsonl"), "--shared", str(place)]
    answers = place / "answers.md"
    monkeypatch.setattr(sys, "argv", ["open.py", *given, "--answers", str(answers), *options])
    runner.main()
    return answers.read_text(encoding="utf-8")


def test_both_halves_are_counted_and_half_b_is_not_shown(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = ask(place, monkeypatch, "--half", "both")
    shown = capsys.readouterr()
    assert "Where do barnacle geese breed?" in written
    assert "Who was the captain" in written
    for text in (written, shown.out, shown.err):
        assert "When was the Hanna built?" not in text
    assert "Left out 1 questions" in shown.err
    assert "ducks.txt is not there" in shown.err
    a, b = (
        next(line for line in shown.out.splitlines() if f"{half}, data" in line) for half in "ab"
    )
    assert "1 + 1" in a
    assert "1.00 (0.21-1.00)" in a
    assert "1 + 0" in b
    assert "0.00 (0.00-0.79)" in b


def test_later_turns_are_counted_apart(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place / "open.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows[2]["after"] = rows[0]["id"]  # the captain, after the geese
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ask(place, monkeypatch)
    told = capsys.readouterr().out.splitlines()
    assert any("| a, all | 1 + 1 |" in line for line in told)
    assert any("| a, later turns | 0 + 1 |" in line for line in told)


def test_half_b_is_shown_when_asked_for(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(place, monkeypatch, "--half", "b").strip() == ""
    written = ask(place, monkeypatch, "--half", "b", "--show-b")
    assert "When was the Hanna built?\nrefused, wrongly" in written
    assert "missing: 1962" in written


def test_a_part_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(place, monkeypatch, "--only", "seeds").strip() == ""
    assert "+: Greenland" in ask(place, monkeypatch, "--only", "data")
