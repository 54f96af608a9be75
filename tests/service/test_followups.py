from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rag.assistant import Assistant
from rag.chats import Turn
from rag.service import followups
from rag.service.followups import FIRST, Followups
from tests.slow import until

BUILT = "When was the ferry Hanna built?"

OPENED = "When did the bridge over the Lund open?"
REHN = "What is known about Ada Rehn?"


def answered(assistant: Assistant, number: int = 1) -> Turn:
    return Turn(number, OPENED, assistant.ask(OPENED), "", datetime.now(UTC))


def suggesting(monkeypatch: pytest.MonkeyPatch, assistant: Assistant, *of: str) -> Followups:
    """Tries these questions after any answer."""
    monkeypatch.setattr(followups, "following", lambda *_: iter(of))
    return Followups(lambda _: assistant, busy=lambda: False)


def told(found: Followups, turn: Turn) -> tuple[str, ...]:
    until(lambda: found.after(turn) is not None)
    return found.after(turn) or ()


def test_only_questions_that_the_articles_answer_are_suggested(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = suggesting(monkeypatch, assistant, BUILT, "Which wine goes with blue cheese?")
    assert told(found, answered(assistant)) == (BUILT,)


def test_what_was_asked_is_not_suggested(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = suggesting(monkeypatch, assistant, BUILT, "What did the ferry Hanna carry?")
    turn = answered(assistant)
    found.after(turn, asked=["when was the ferry hanna built?"])
    assert told(found, turn) == ("What did the ferry Hanna carry?",)


def test_only_the_chats_articles_answer(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = suggesting(monkeypatch, assistant, BUILT)
    turn = answered(assistant)
    until(lambda: found.after(turn, documents=["bridge.md"]) is not None)
    assert found.after(turn, documents=["bridge.md"]) == ()
    assert told(found, turn) == (BUILT,)  # all are asked again


def test_the_first_questions_are_of_the_chosen_articles(assistant: Assistant) -> None:
    (assistant.folder / "tea.md").write_text("# Of green tea\n\nGreen tea is grown in Uji.\n")
    assistant.sync()
    found = Followups(lambda _: assistant, busy=lambda: False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(followups, "answers", lambda *_: True)
        until(lambda: found.first(["tea.md"]) is not None)
        until(lambda: found.first() is not None)
    assert found.first(["tea.md"]) == ("What is the article “Of green tea” about?",)
    assert len(found.first() or ()) == FIRST


def test_a_chosen_folder_stands_for_its_articles(assistant: Assistant) -> None:
    found = Followups(lambda _: assistant, busy=lambda: False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(followups, "answers", lambda *_: True)
        until(lambda: found.first(["news/"]) is not None)
    assert found.first(["news/"]) == ("What is the article “Barnacle geese” about?",)


def test_nothing_is_tried_while_a_question_waits(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, looked = threading.Event(), threading.Event()
    busy.set()

    def is_busy() -> bool:
        looked.set()
        return busy.is_set()

    tried: list[str] = []
    monkeypatch.setattr(followups, "following", lambda *_: iter(["Why?"]))
    monkeypatch.setattr(followups, "answers", lambda question, *_: tried.append(question))
    found = Followups(lambda _: assistant, busy=is_busy)
    turn = answered(assistant)
    assert found.after(turn) is None
    assert looked.wait(30)
    assert tried == []
    busy.clear()
    assert told(found, turn) == ()
    assert tried == ["Why?"]


def test_a_turn_without_an_answer_has_none(assistant: Assistant) -> None:
    turn = replace(answered(assistant), answer=None)
    assert Followups(lambda _: assistant, busy=lambda: False).after(turn) == ()


def test_a_fault_is_logged_and_others_get_theirs(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = Followups(lambda _: assistant, busy=lambda: False)
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(followups, "following", lambda *_: 1 / 0)
        assert told(found, answered(assistant)) == ()
        until(lambda: "division by zero" in caplog.text)  # which is written once it is told
    monkeypatch.setattr(followups, "following", lambda *_: iter([REHN]))
    monkeypatch.setattr(followups, "answers", lambda *_: True)
    assert told(found, answered(assistant, 2)) == (REHN,)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_what_tries_them_is_no_slower_than_a_question_that_waits_for_it(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds models and the interpreter: at a low priority, on a busy machine, for minutes."""
    seen: list[int] = []

    def noting(*_: object) -> Iterator[str]:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return iter(())

    monkeypatch.setattr(followups, "following", noting)
    assert told(Followups(lambda _: assistant, busy=lambda: False), answered(assistant)) == ()
    assert seen == [os.getpriority(os.PRIO_PROCESS, threading.get_native_id())]


def test_what_is_forgotten_while_it_is_looked_for_is_found_anew(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def look(*_: object) -> bool:
        looks.append("")
        if len(looks) == 1:
            found.forget()
        return len(looks) > FIRST

    monkeypatch.setattr(followups, "candidates", lambda _: map(str, range(FIRST)))
    monkeypatch.setattr(followups, "answers", look)
    found = Followups(lambda _: assistant, busy=lambda: False)
    until(lambda: found.first())
    assert found.first() == ("0", "1", "2", "3")
