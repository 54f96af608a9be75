from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chats import standalone

ASKED = [("user", "When was the ferry Hanna built?"), ("assistant", "It was built in 1962. [1]")]


@pytest.mark.parametrize(
    "question",
    [
        "And why?",
        "Why?",
        "When?",
        "How many passengers does she carry?",
        "What about its engine?",
        "Who built it?",
        "and where?",
        "Was it expensive?",
        "What was her crew paid?",
        "How many cars fit in there?",
        "Which one is older?",
        "What do people in Skarvik think of that?",
    ],
)
def test_a_question_that_leans_is_searched_with_the_one_before(question: str) -> None:
    assert standalone(question, ASKED) == f"When was the ferry Hanna built? {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Where do barnacle geese breed?",
        "When did the bridge over the Lund open?",
        "Why did ticket sales fall?",
        "What did Nvidia say about its chips?",
        "Which chips that China banned were sold?",
        "Are there geese in Scotland?",
        "Did one of the painters resign?",
        "How much did the second harbour crane cost the council of Skarvik?",
    ],
)
def test_a_question_of_its_own_is_left_alone(question: str) -> None:
    assert standalone(question, ASKED) == question


def test_without_earlier_questions_nothing_is_added() -> None:
    assert standalone("And why?", []) == "And why?"
    assert standalone("And why?", [("assistant", "Hello.")]) == "And why?"


def test_a_follow_up_of_a_follow_up_reaches_back_to_the_subject() -> None:
    history = [*ASKED, ("user", "Where?"), ("assistant", "At Skarvik. [1]")]
    query = standalone("And by whom?", history)
    assert "Hanna" in query
    assert query.endswith("And by whom?")


def test_a_new_subject_replaces_the_old_one() -> None:
    history = [*ASKED, ("user", "Where do barnacle geese breed?"), ("assistant", "There. [1]")]
    query = standalone("And when?", history)
    assert "geese" in query
    assert "Hanna" not in query


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=60)), max_size=6),
)
def test_the_question_itself_always_stays(question: str, history: list[tuple[str, str]]) -> None:
    assert standalone(question, history).endswith(question)
