"""The cases that are counted are whole, and a wrong answer to one is told."""

from __future__ import annotations

import json
from pathlib import Path

import rag
from rag.documents import parse
from rag.settings import Settings
from tests.cases.judging import faults
from tests.cases.packed import files_of

COUNTED = Path(__file__).parents[2] / "benchmarks" / "cases"


def test_both_halves_have_the_same_kinds_and_every_case_can_be_read() -> None:
    kinds = [sorted(case.name for case in (COUNTED / half).iterdir()) for half in "ab"]
    assert kinds[0] == kinds[1]
    for case in sorted(COUNTED.glob("*/*")):
        articles = files_of(case / "articles")
        asked = json.loads((case / "ask.json").read_text(encoding="utf-8"))
        assert len(articles) <= 4, case
        assert all(parse(raw, name=name).text.strip() for name, raw in articles.items()), case
        assert [one.get("refused", False) for one in asked] == [False] * 3 + [True], case
        assert all(one["says"] and one["cites"] in articles for one in asked[:3]), case


def test_what_is_wrong_with_an_answer_is_told(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    text = "The mill of Orsk was built in 1941. Its owner is Ada Lund.\n"
    (tmp_path / "articles" / "mill.txt").write_text(text, encoding="utf-8")
    settings = Settings(llm="none")
    with rag.open(tmp_path / "articles", index=tmp_path / "index", settings=settings) as assistant:
        answer = assistant.ask("When was the mill of Orsk built?")
    right = {"says": ["1941", ["built", "made"]], "never": ["1932", "194"], "cites": "mill.txt"}
    assert not list(faults(answer, right))
    assert list(faults(answer, {"says": [["41", "1932"]]})) == ["lacks 41 or 1932"]
    assert list(faults(answer, {"never": ["orsk"]})) == ["says orsk"]
    assert list(faults(answer, {"cites": "works.txt"})) == ["cites mill.txt"]
    assert list(faults(answer, {"refused": True})) == ["not refused"]
