from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import ModelError, QuestionError
from rag.schema import ClaimVerified, Draft, EvidenceFound, Finished
from rag.testing import FakeLLM
from tests.world import check, opened

FIRST = "When was the ferry Hanna built?"


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        yield assistant


def roles(assistant: Assistant, chat: str) -> list[str]:
    return [turn.role for turn in assistant.chat(chat).turns]


def test_both_sides_are_kept(assistant: Assistant) -> None:
    chat = assistant.chat()
    answer = chat.ask(FIRST)
    assert [(turn.role, turn.text) for turn in chat.turns] == [
        ("user", FIRST),
        ("assistant", answer.text),
    ]
    assert "1962" in answer.text


def test_a_follow_up_is_asked_with_what_came_before(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask(FIRST)
    answer = chat.ask("How many passengers does she carry?")
    assert answer.query == f"{FIRST} How many passengers does she carry?"
    assert answer.question == "How many passengers does she carry?"
    assert any("120 passengers" in evidence.quote for evidence in answer.evidence)
    check(answer, assistant.document)


def test_it_asks_as_ask_with_the_same_history_does(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask(FIRST)
    history = [(turn.role, turn.text) for turn in chat.turns]
    question = "How many passengers does she carry?"
    assert chat.ask(question) == assistant.ask(question, history=history)


def test_two_chats_do_not_mix(assistant: Assistant) -> None:
    one, other = assistant.chat(), assistant.chat()
    assert one.id != other.id
    one.ask(FIRST)
    assert other.ask("Why?").query == "Why?"
    assert [turn.text for turn in one.turns][::2] == [FIRST]
    assert [turn.text for turn in other.turns][::2] == ["Why?"]


def test_a_chat_is_continued_after_reopening(tmp_path: Path) -> None:
    with opened(tmp_path) as assistant:
        chat = assistant.chat()
        chat.ask(FIRST)
        turns = chat.turns
    with opened(tmp_path) as assistant:
        again = assistant.chat(chat.id)
        assert again.turns == turns
        assert FIRST in again.ask("And where?").query
        assert len(again.turns) == 4


def test_a_refusal_is_kept_as_well(assistant: Assistant) -> None:
    chat = assistant.chat()
    answer = chat.ask("Which wine goes with cheese?")
    assert answer.refused
    assert chat.turns[1].text == answer.reason


def test_streaming_keeps_the_turns_once_the_answer_is_whole(assistant: Assistant) -> None:
    chat = assistant.chat()
    events = list(chat.stream(FIRST))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], Finished)
    assert chat.turns[1].text == events[-1].answer.text


@pytest.mark.parametrize("kind", [EvidenceFound, Draft, ClaimVerified])
def test_a_stream_closed_early_keeps_nothing(assistant: Assistant, kind: type) -> None:
    chat = assistant.chat()
    stream = chat.stream(FIRST)
    assert any(isinstance(event, kind) for event in stream)
    stream.close()  # type: ignore[attr-defined]
    assert chat.turns == ()
    assert chat.ask(FIRST).claims  # and nothing is left busy


@pytest.mark.parametrize("question", ["", "   ", "???"])
def test_what_is_no_question_is_not_kept(assistant: Assistant, question: str) -> None:
    chat = assistant.chat()
    with pytest.raises(QuestionError):
        chat.ask(question)
    assert chat.turns == ()


def test_a_question_whose_model_breaks_is_not_kept(tmp_path: Path) -> None:
    with opened(tmp_path, llm=FakeLLM(breaks_after=2)) as assistant:
        chat = assistant.chat()
        with pytest.raises(ModelError):
            chat.ask(FIRST)
        assert chat.turns == ()
