"""How a follow-up is made to stand alone, and what is searched for with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.query.rewriting import rewrite, standalone

ASKED = [("user", "When was the ferry Hanna built?"), ("assistant", "It was built in 1962. [1]")]
FERRIES = [
    ("user", "Which ferries run to the island of Malm?"),
    ("assistant", "Three ferries run there: the Sunna, the Korvina and the Torvo. [1]"),
]
SPEED = [("user", "How fast is the Torvo?"), ("assistant", "The Torvo makes 14 knots. [1]")]


@pytest.mark.parametrize(
    ("question", "history", "whole"),
    [
        ("How fast is the second one?", FERRIES, "How fast is the Korvina?"),
        ("how long does the second sail?", FERRIES, "how long does the Korvina sail?"),
        ("How fast is the last of these?", FERRIES, "How fast is the Torvo?"),
        ("How fast is the fourth one?", FERRIES, None),
        ("And the Terne?", SPEED, "How fast is the Terne?"),
        ("What about the Terne?", SPEED, "How fast is the Terne?"),
        ("what about AMD?", [("user", "What did Nvidia say?")], "What did AMD say?"),
        ("And in Sweden?", [("user", "Who ruled in Norway?")], "Who ruled in Sweden?"),
        ("and in 1921?", [("user", "Who ruled Norway?")], "Who ruled Norway in 1921?"),
        (
            "And the ducks?",
            [("user", "What do the articles say about geese?")],
            "What do the articles say about the ducks?",
        ),
        ("Is it driven by diesel?", SPEED, "Is the Torvo driven by diesel?"),
        ("What is its price?", SPEED, "What is the Torvo’s price?"),
        ("Who built it?", ASKED, "Who built the ferry Hanna?"),
        ("Who said that?", SPEED, "Who said “The Torvo makes 14 knots.”?"),
        (
            "When did he die?",
            [("user", "Who left Normandy?"), ("assistant", "Rollo left it in 911. [1]")],
            "When did Rollo die?",
        ),
        (
            "Was he a writer?",
            [("user", "Who was Ada Rehn?"), ("assistant", "On May 2 she was born. [1]")],
            "Was Ada Rehn a writer?",
        ),
        (
            "What would make her resign?",
            [("user", "What does Ada Rehn say?"), ("assistant", "She will go on. [1]")],
            "What would make Ada Rehn resign?",
        ),
        ("What about selling?", [("user", "What are the steps if I want to buy?")], None),
        (
            "Which of the two is older?",
            [*SPEED, ("user", "And the Terne?"), ("assistant", "The Terne makes 20 knots. [1]")],
            "Which of the Torvo and the Terne is older?",
        ),
    ],
)
def test_what_is_meant_is_put_in(
    question: str, history: list[tuple[str, str]], whole: str | None
) -> None:
    assert standalone(question, history) == (whole or f"{history[0][1]} {question}")


@pytest.mark.parametrize(
    "question",
    [
        "And why?",
        "Why?",
        "When?",
        "and where?",
        "How many cars fit in there?",
        "Which one is older?",
        "What do people in Skarvik think of that?",
        "who else?",
        "the second one",
        "What is the cost?",
        "Who was killed?",
        "Who is responsible?",
        "What was decided?",
        "What happened next?",
        "Give me an example.",
    ],
)
def test_else_the_question_before_stands_in_front(question: str) -> None:
    assert standalone(question, ASKED) == f"When was the ferry Hanna built? {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Where do barnacle geese breed?",
        "When did the bridge over the Lund open?",
        "Why did ticket sales fall?",
        "What did Nvidia say about its chips?",
        "what did nvidia say about its chips",
        "Which chips that China banned were sold?",
        "Did one of the painters resign?",
        "How much did the second harbour crane cost the council of Skarvik?",
        "Which pier is number one?",
        "What is DNS?",
        "Who was Rollo?",
    ],
)
def test_a_question_of_its_own_is_left_alone(question: str) -> None:
    assert standalone(question, ASKED) == question
    assert rewrite(question, ASKED) == rewrite(question, [])


def test_without_earlier_questions_nothing_is_added() -> None:
    assert standalone("And why?", []) == "And why?"
    assert standalone("And why?", [("assistant", "Hello.")]) == "And why?"


def test_a_follow_up_of_a_follow_up_reaches_back_to_the_subject() -> None:
    history = [*ASKED, ("user", "Where?"), ("assistant", "At Skarvik. [1]")]
    query = standalone("And by whom?", history)
    assert "Hanna" in query
    assert query.endswith("And by whom?")
    history = [*ASKED, ("user", "Where do barnacle geese breed?"), ("assistant", "There. [1]")]
    assert "Hanna" not in standalone("And when?", history)


@pytest.mark.parametrize("question", ["How long was Hanna built for?", "Was the ferry Hanna sold?"])
def test_a_question_of_the_same_thing_is_searched_with_what_was_said(question: str) -> None:
    wanted = rewrite(question, ASKED)
    assert wanted.standalone == question
    assert [text for text, _ in wanted.parts] == [question, ASKED[0][1], ASKED[1][1]]
    counts = [count for _, count in wanted.parts]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 1


@pytest.mark.parametrize("question", ["Who else?", "Anything else?", "Tell me more."])
def test_what_was_said_is_not_wanted_again(question: str) -> None:
    assert " ".join(rewrite(question, ASKED).said) == ASKED[1][1].replace(" [1]", "")
    assert rewrite("And why?", ASKED).said == ()


def test_more_is_asked_of_the_last_question_that_is_one_and_nothing_is_said_twice() -> None:
    history = [
        ("user", "Compare Hanna with Maria."),
        ("assistant", "Hanna has 2 masts. [1] Maria has 3 masts. [2][3]"),
        ("user", "Tell me more."),
        ("assistant", "Hanna was built in 1962. [1]"),
        ("user", "And more?"),
        ("assistant", "The articles do not say."),
    ]
    wanted = rewrite("Tell me more.", history)
    assert wanted.standalone == "Compare Hanna with Maria. Tell me more."
    assert wanted.asks == "Compare Hanna with Maria."
    assert set(wanted.said) == {
        "Hanna has 2 masts.",
        "Maria has 3 masts.",
        "Hanna was built in 1962.",
    }


def test_a_refusal_is_not_searched_with() -> None:
    history = [ASKED[0], ("assistant", "The articles do not say. 9 passages were searched.")]
    assert rewrite("And why?", history).parts[1:] == ((ASKED[0][1], 1.0),)


HOSTILE = [
    [],
    [("system", "Obey."), ("tool", "x" * 10**6)],
    [("user", ""), ("assistant", "  ")],
    [("user", "why " * 10**5), ("assistant", "because " * 10**5)],
    [("user", "The A of " * 10**4), ("assistant", "A, B and " * 10**4)],
    [("assistant", "Hello.")] * 3,
    [("user", "And why?")] * 2000,
]


@pytest.mark.parametrize("history", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "question", ["And why?", "Who built it?", "And the Terne?", "the second one"]
)
def test_whatever_the_history_what_is_searched_stays_short(
    question: str, history: list[tuple[str, str]]
) -> None:
    wanted = rewrite(question, history)
    assert len(wanted.standalone) + sum(len(text) for text, _ in wanted.parts) < 2000
    assert all(text.strip() and 0 < count <= 1 for text, count in wanted.parts)


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.sampled_from(["user", "assistant", "x"]), st.text(max_size=900))),
)
def test_the_search_is_bounded(question: str, history: list[tuple[str, str]]) -> None:
    wanted = rewrite(question, history)
    assert len(wanted.parts) <= 3
    assert wanted.parts or wanted.standalone == question
