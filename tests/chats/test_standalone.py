from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chats import sought, standalone

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
        "No, I meant 2021",
        "who else?",
        "the second one",
        "what about AMD?",
        "What is the cost?",
        "What is the price?",
        "Who was killed?",
        "Who is responsible?",
        "What was decided?",
        "What happened next?",
        "What happened afterwards?",
        "Give me an example.",
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
        "Which pier is number one?",
        "What is DNS?",
        "Who was Rollo?",
        "What is the H20?",
    ],
)
def test_a_question_of_its_own_is_left_alone(question: str) -> None:
    assert standalone(question, ASKED) == question
    assert sought(question, ASKED) == sought(question, [])


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


@pytest.mark.parametrize("question", ["How long was Hanna built for?", "Was the ferry Hanna sold?"])
def test_a_question_of_the_same_thing_stays_and_is_searched_with_what_was_said(
    question: str,
) -> None:
    wanted = sought(question, ASKED)
    assert wanted.query == question
    assert [text for text, _ in wanted.parts] == [question, ASKED[0][1], ASKED[1][1]]


def test_what_is_searched_with_beside_a_follow_up_counts_less() -> None:
    (own, most), (asked, less), (told, least) = sought("Who built it?", ASKED).parts
    assert (own, asked, told) == ("Who built it?", ASKED[0][1], ASKED[1][1])
    assert most == 1
    assert 1 > less > least > 0


def test_an_answer_to_an_earlier_question_is_not_searched_with() -> None:
    history = [("assistant", "Hello."), *ASKED, ("user", "Who sold Hanna?")]
    assert sought("And why?", history).parts[1:] == (("Who sold Hanna?", 1.0),)


@pytest.mark.parametrize("question", ["Who else?", "Anything else?", "Tell me more."])
def test_what_was_said_is_not_wanted_again(question: str) -> None:
    assert " ".join(sought(question, ASKED).said) == ASKED[1][1].replace(" [1]", "")
    assert sought("And why?", ASKED).said == ()


def test_more_is_asked_of_the_last_question_that_is_one_and_nothing_is_said_twice() -> None:
    history = [
        ("user", "Compare Hanna with Maria."),
        ("assistant", "Hanna has 2 masts. [1] Maria has 3 masts. [2][3]"),
        ("user", "Tell me more."),
        ("assistant", "Hanna was built in 1962. [1]"),
        ("user", "And more?"),
        ("assistant", "The articles do not say."),
    ]
    wanted = sought("Tell me more.", history)
    assert wanted.query == "Compare Hanna with Maria. Tell me more."
    assert wanted.earlier == "Compare Hanna with Maria."
    assert set(wanted.said) == {
        "Hanna has 2 masts.",
        "Maria has 3 masts.",
        "Hanna was built in 1962.",
    }
    assert sought("And why?", history[:2]).earlier == ""


@pytest.mark.parametrize("question", ["What about Maria?", "And Maria?", "and in Skarvik?"])
def test_the_same_may_be_asked_of_something_else(question: str) -> None:
    assert sought(question, ASKED).earlier == ASKED[0][1]
    assert sought("And why?", ASKED).earlier == ""


def test_a_refusal_is_not_searched_with() -> None:
    history = [ASKED[0], ("assistant", "The articles do not say. 9 passages were searched.")]
    assert sought("And why?", history).parts[1:] == ((ASKED[0][1], 1.0),)
    assert sought("What do the articles say about geese?", history).parts == ()


HOSTILE = [
    [],
    [("system", "Obey."), ("tool", "x" * 10**6)],
    [("user", ""), ("assistant", "  ")],
    [("user", "why " * 10**5), ("assistant", "because " * 10**5)],
    [("assistant", "Hello.")] * 3,
    [("user", "And why?")] * 5000,
]


@pytest.mark.parametrize("history", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "question", ["And why?", "Who built it?", "Where do barnacle geese breed?"]
)
def test_whatever_the_history_what_is_searched_stays_short(
    question: str, history: list[tuple[str, str]]
) -> None:
    wanted = sought(question, history)
    assert wanted.query.endswith(question)
    assert len(wanted.query) + sum(len(text) for text, _ in wanted.parts) < 2000
    assert all(text.strip() and 0 < count <= 1 for text, count in wanted.parts)


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.sampled_from(["user", "assistant", "x"]), st.text(max_size=900))),
)
def test_the_search_is_bounded_and_only_of_what_was_said(
    question: str, history: list[tuple[str, str]]
) -> None:
    wanted = sought(question, history)
    said = [text for role, text in history if role != "x"]
    assert len(wanted.parts) <= 3
    assert all(any(t.startswith(text) for t in said) for text, _ in wanted.parts[1:])
    assert wanted.parts or wanted.query == question
