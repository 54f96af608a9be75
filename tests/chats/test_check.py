from __future__ import annotations

import json
from dataclasses import replace

from rag.chats import State
from rag.chats.check import check, check_to_json
from rag.schema import Document
from tests.chats.made import ANSWER, TEXT
from tests.chats.test_export import SAVED, TURNS


def test_each_question_with_its_quotes() -> None:
    checked = check(SAVED, {"lund.md": Document("lund.md", "The bridge", TEXT)}.get)
    assert [(number, turn) for number, turn, _ in checked.turns] == [*enumerate(TURNS, 1)]
    assert [len(found) for found in checked.standings] == [2, 0, 0, 0]
    assert checked.all_stand
    assert checked.counts == {State.STANDS: 2}


def test_some_do_not_stand() -> None:
    text = "New. " + TEXT.replace("40,000", "50,000")
    checked = check(SAVED, {"lund.md": Document("lund.md", "The bridge", text)}.get)
    assert not checked.all_stand
    assert checked.counts == {State.MOVED: 1, State.GONE: 1}
    plain = json.loads(json.dumps(check_to_json(checked)))
    assert (plain["title"], plain["all_stand"]) == ("When did it open?", False)
    assert plain["counts"] == {"moved": 1, "gone": 1}
    moved, gone = plain["turns"][0]["quotes"]
    assert (moved["state"], moved["start"], moved["end"]) == ("moved", 17, 40)
    assert moved["citation"]["quote"] == "It opened in June 2020."
    assert (gone["state"], gone["start"]) == ("gone", None)
    assert "no longer says this" in gone["words"]
    assert [turn["answered"] for turn in plain["turns"]] == [True, False, False, False]


def test_nothing_to_check_stands() -> None:
    checked = check(replace(SAVED, turns=TURNS[2:]), {}.get)
    assert checked.all_stand
    assert checked.counts == {}


def test_a_turn_kept_twice_is_checked_twice() -> None:
    other = replace(ANSWER, claims=ANSWER.claims[:1])
    twice = replace(SAVED, turns=(TURNS[0], replace(TURNS[0], answer=other)))
    checked = check(twice, {}.get)
    assert [len(found) for found in checked.standings] == [2, 1]
