"""The page's logic on the fakes, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import LibraryError
from rag.events import Event
from rag.models import Speed
from rag.page.answer import whole
from rag.page.source import Opened
from rag.query import LONGEST_QUESTION
from rag.service.engine import Engine
from rag.testing import FakeLLM
from tests.page.visited import Place, Visit
from tests.slow import GatedLLM, until
from tests.world import opened

BUILT = "When was the ferry Hanna built?"
BRIDGE = "When did the bridge over the Lund open?"
WINE = "Which wine goes with blue cheese?"


@pytest.fixture
def place(assistant: Assistant, visit: Visit) -> Place:
    engine = Engine(lambda: assistant)
    return Place(visit(engine), engine, assistant)


def test_an_empty_chat_welcomes(place: Place) -> None:
    assert [title.value for title in place.tab.title] == ["Ask your articles"]
    assert place.chat == ""
    assert place.assistant.chats.chats() == ()


def test_an_answer(place: Place) -> None:
    turn = place.ask(BUILT)
    assert place.tab.chat_message[0].markdown[0].value == BUILT
    assert f"answer-{turn.id}" in place.drawn()
    assert f"copy-{turn.id}" in place.drawn()
    assert turn.answer is not None
    assert "1962" in turn.answer.text


def test_an_answer_in_work_offers_nothing_but_what_is_known(slow: Place, llm: GatedLLM) -> None:
    turn = slow.ask(BUILT, wait=False)
    assert turn.answer is None
    assert f"answer-{turn.id}" in slow.drawn()
    assert f"refresh-{turn.id}" not in slow.buttons()
    llm.let()
    slow.settle()
    assert f"refresh-{turn.id}" in slow.buttons()


def test_a_closed_tab_loses_nothing(slow: Place, llm: GatedLLM, visit: Visit) -> None:
    turn = slow.ask(BUILT, wait=False)
    llm.let()
    until(lambda: not slow.engine.questions.busy())
    other = Place(visit(slow.engine, chat=slow.chat), slow.engine, slow.assistant)
    assert other.tab.chat_message[0].markdown[0].value == BUILT
    assert f"answer-{turn.id}" in other.drawn()


def test_a_tab_joins_an_answer_in_work(slow: Place, visit: Visit) -> None:
    turn = slow.ask(BUILT, wait=False)
    other = Place(visit(slow.engine, chat=slow.chat), slow.engine, slow.assistant)
    assert f"answer-{turn.id}" in other.drawn()
    assert f"refresh-{turn.id}" not in other.buttons()


def test_what_a_restart_broke_off_can_be_asked_again(place: Place, visit: Visit) -> None:
    turn = place.assistant.chats.begin("abc", BUILT)  # by a process that then ended
    tab = Place(visit(place.engine, chat="abc"), place.engine, place.assistant)
    assert "broken off" in tab.said()
    tab.click(f"refresh-{turn}")
    tab.settle()
    assert [t.answer is not None for t in tab.turns] == [True]


def test_a_stopped_question_says_so(slow: Place) -> None:
    turn = slow.ask(BUILT, wait=False)
    slow.engine.questions.stop(turn.id)
    slow.tab.run()
    assert "Stopped." in slow.said()
    assert f"refresh-{turn.id}" in slow.buttons()


def test_quotes_of_a_slow_model_can_be_written_out(tmp_path: Path, visit: Visit) -> None:
    llm = FakeLLM(speed=Speed(prompt=6.0, generation=2.0))
    with opened(tmp_path, llm=llm) as assistant:
        engine = Engine(lambda: assistant)
        page = Place(visit(engine), engine, assistant)
        quotes = page.ask("Why was the ferry Hanna built?")
        until(lambda: len(llm.prompts) == 1)  # its speed is measured again, and no more
        page.tab.button(key=f"edit_note-{quotes.id}").click().run()
        page.settle()
        (written,) = page.turns
        assert len(llm.prompts) > 1
        assert written.answer is not None
        assert not written.answer.unwritten
        assert f"edit_note-{written.id}" not in page.buttons()


def test_a_refusal_says_how_much_was_searched(place: Place) -> None:
    turn = place.ask(WINE)
    assert turn.answer is not None
    assert turn.answer.refused
    assert f"answer-{turn.id}" in place.drawn()


@pytest.mark.parametrize(
    ("question", "message"),
    [("??", "has no words"), ("a " * LONGEST_QUESTION, "the limit is")],
)
def test_a_question_that_is_none_gets_one_line(place: Place, question: str, message: str) -> None:
    place.ask(question)
    assert len(place.tab.error) == 1
    assert message in place.tab.error[0].value


def test_a_fault_while_answering_is_one_line(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Iterator[Event]:
        raise ZeroDivisionError("secret")
        yield

    with monkeypatch.context() as patched:
        patched.setattr(place.assistant, "stream", broken)
        place.ask(BUILT)
    assert "terminal" in place.tab.error[0].value
    assert "secret" not in place.tab.error[0].value
    assert place.ask(BUILT).answer is not None


def test_a_question_that_cannot_be_kept_is_told_and_not_lost(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise LibraryError("The disk is full.")

    monkeypatch.setattr(place.assistant.chats, "begin", full)
    place.tab.chat_input[0].set_value(BUILT).run()
    assert not place.tab.exception
    assert "The disk is full" in place.tab.error[0].value
    assert "ferry Hanna" in place.tab.error[0].value


def test_conversations_that_cannot_be_read_are_one_line(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LibraryError("The conversations in <b>x</b> cannot be read.")

    monkeypatch.setattr(place.assistant.chats, "chats", broken)
    place.tab.run()
    assert not place.tab.exception
    assert [error.value for error in place.tab.error] == [
        r"The conversations in \<b\>x\</b\> cannot be read\."
    ]


def test_turns_stay_and_a_new_chat_begins_without_them(place: Place) -> None:
    place.ask(BUILT)
    place.ask(WINE)
    assert [m.markdown[0].value for m in place.tab.chat_message[::2]] == [BUILT, WINE]
    before = place.chat
    place.click("new")
    assert not place.tab.chat_message
    assert place.tab.title[0].value == "Ask your articles"
    assert place.chat == ""
    place.ask(BRIDGE)
    assert place.chat not in ("", before)
    assert len(place.assistant.chats.turns(before)) == 2


def test_an_address_without_a_chat_says_so(place: Place, visit: Visit) -> None:
    tab = Place(visit(place.engine, chat="<b>gone</b>"), place.engine, place.assistant)
    assert "no chat at this address" in tab.said()
    assert "<b>" not in tab.said()


def test_two_tabs_keep_their_own_turns(place: Place, visit: Visit) -> None:
    other = Place(visit(place.engine), place.engine, place.assistant)
    place.ask(BUILT)
    other.ask(WINE)
    assert BUILT in place.said()
    assert BUILT not in "\n".join(m.markdown[0].value for m in other.tab.chat_message[::2])
    assert place.chat != other.chat


def test_the_last_question_can_be_asked_again(place: Place) -> None:
    first, last = place.ask(BUILT), place.ask(BRIDGE)
    assert f"refresh-{first.id}" not in place.buttons()
    place.click(f"refresh-{last.id}")
    place.settle()
    assert [t.question for t in place.turns] == [BUILT, BRIDGE]
    assert place.turns[-1].id != last.id
    assert place.turns[-1].answer == last.answer


def test_the_last_question_can_be_changed(place: Place) -> None:
    turn = place.ask(WINE)
    place.click(f"edit-{turn.id}")
    assert place.tab.text_area(key=f"edit-{turn.id}-text").value == WINE
    place.click(f"edit-cancel-{turn.id}")
    assert not place.tab.text_area
    place.click(f"edit-{turn.id}")
    place.tab.text_area(key=f"edit-{turn.id}-text").set_value(BUILT)
    place.click(f"edit-ask-{turn.id}")
    place.settle()
    assert [t.question for t in place.turns] == [BUILT]
    assert place.turns[0].answer is not None
    assert not place.tab.text_area


def test_an_answer_is_judged_with_a_comment(place: Place) -> None:
    turn = place.ask(BUILT)
    assert not place.tab.text_area
    place.tab.feedback(key=f"rate-{turn.id}").set_value(0).run()
    assert not place.tab.exception
    assert place.turns[-1].rating == -1
    place.tab.text_area(key=f"comment-{turn.id}").set_value("Too short.")
    place.click(f"comment-keep-{turn.id}")
    assert (place.turns[-1].rating, place.turns[-1].comment) == (-1, "Too short.")
    place.tab.feedback(key=f"rate-{turn.id}").set_value(1).run()
    assert (place.turns[-1].rating, place.turns[-1].comment) == (1, "Too short.")


def test_chats_are_listed_and_searched(place: Place) -> None:
    place.ask(BUILT)
    place.click("new")
    place.ask(BRIDGE)
    assert "Today" in place.said()
    assert listed(place) == [BRIDGE, BUILT]
    place.tab.text_input(key="search").set_value("HANNA").run()
    assert listed(place) == [BUILT]
    place.tab.text_input(key="search").set_value("zebra").run()
    assert listed(place) == []
    assert "No chat holds these words" in place.said()


def listed(place: Place) -> list[str]:
    found = place.tab.sidebar.get("page_link")
    return [str(link.proto.label).replace("\\", "") for link in found]


def test_a_long_chat_shows_its_end_first(place: Place, visit: Visit) -> None:
    answer = place.assistant.ask(BUILT)
    for _ in range(50):
        place.assistant.chats.finish(place.assistant.chats.begin("long", BUILT), answer)
    tab = Place(visit(place.engine, chat="long"), place.engine, place.assistant)
    at_once = len(tab.tab.chat_message) // 2
    assert 2 < at_once < 20
    tab.ask(BRIDGE)
    assert len(tab.tab.chat_message) // 2 == at_once + 1  # what is read does not go away
    tab.click("earlier")
    assert len(tab.tab.chat_message) // 2 > at_once
    tab.click("earlier")
    assert len(tab.tab.chat_message) // 2 == 51
    assert "earlier" not in tab.buttons()


def test_what_may_be_asked_next_is_asked_by_a_click(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.service.followups.following", lambda *_: iter([BUILT, WINE, BRIDGE]))
    turn = place.ask(BUILT)
    until(lambda: place.engine.followups.after(turn) is not None)
    place.tab.run()
    assert place.tab.button(key="next-0").label.replace("\\", "") == BRIDGE
    assert "next-1" not in place.buttons()
    place.click("next-0")
    place.settle()
    assert [t.question for t in place.turns] == [BUILT, BRIDGE]


def test_too_vague_a_question_is_completed_by_a_click(place: Place) -> None:
    turn = place.ask("When was it built?")
    assert turn.answer is not None
    assert turn.answer.choices
    number = turn.answer.choices.index("When was the ferry Hanna built?")
    assert not [key for key in place.buttons() if key.startswith("next-")]
    place.click(f"choice-{number}")
    place.settle()
    assert [t.question for t in place.turns] == ["When was it built?", BUILT]
    assert place.turns[-1].answer is not None
    assert not place.turns[-1].answer.choices
    assert not [key for key in place.buttons() if key.startswith("choice-")]


def test_a_suggested_question_is_asked_by_a_click(
    assistant: Assistant, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.service.followups.candidates", lambda _: iter([WINE, BUILT]))
    engine = Engine(lambda: assistant)
    place = Place(visit(engine), engine, assistant)
    until(lambda: engine.followups.first() is not None)
    place.tab.run()
    place.click("suggested-0")
    place.settle()
    assert [t.question for t in place.turns] == [BUILT]


def test_an_article_that_is_gone_says_so(place: Place) -> None:
    place.tab.session_state["source"] = Opened("bridge.md", 0, 0, 1)
    place.tab.run()
    assert "article" in place.drawn()
    assert "4 March 2021" in place.said()
    (place.assistant.folder / "bridge.md").unlink()
    place.assistant.sync()
    place.tab.run()
    assert not place.tab.exception
    assert "This article is not here any more" in place.said()
    place.click("close")
    assert "not here any more" not in place.said()


def test_an_answer_is_told_otherwise_by_a_click(place: Place) -> None:
    turn = place.ask(BUILT)
    labels = [b.label for b in place.tab.button if str(b.key).startswith("rework-")]
    assert labels == ["Simpler", "In bullet points"]  # one sentence is short
    place.click(f"rework-{turn.id}-1")
    place.settle()
    assert [t.question for t in place.turns] == [BUILT, "Put it in bullet points"]
    answer = place.turns[-1].answer
    assert answer is not None
    assert whole(answer).listed
    assert not whole(turn.answer or answer).listed
    labels = [b.label for b in place.tab.button if str(b.key).startswith("rework-")]
    assert "In bullet points" not in labels


def test_a_refusal_cannot_be_told_otherwise(place: Place) -> None:
    place.ask(WINE)
    assert not [key for key in place.buttons() if key.startswith("rework-")]


def test_without_a_model_an_answer_can_only_be_cut(tmp_path: Path, visit: Visit) -> None:
    with opened(tmp_path) as assistant:
        engine = Engine(lambda: assistant)
        place = Place(visit(engine), engine, assistant)
        turn = place.ask("What is the article “The Lund bridge” about?")
        assert turn.answer is not None
        assert len(turn.answer.claims) > 1
        labels = [b.label for b in place.tab.button if str(b.key).startswith("rework-")]
        assert labels == ["Shorter"]
