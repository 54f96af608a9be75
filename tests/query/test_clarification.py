"""Which questions are too vague, and what there is to choose from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.query import Query, clarification
from rag.schema import Hit


def hit(title: str, text: str = "") -> Hit:
    return Hit(title, title, None, 0, len(text), text, (), 1.0, 0.5, 1.0)


HITS = [
    hit("The Orla clinic", "The Orla clinic treats burns."),
    hit("The Vann clinic", "The Vann clinic treats children."),
]


@pytest.mark.parametrize(
    ("question", "back", "choice"),
    [
        ("What does the clinic treat?", "Which clinic", "What does the Orla clinic treat?"),
        ("How much was it?", "What do you mean by “it”", "How much was the Vann clinic?"),
        ("Tell me more", "What do you want", "Tell me more about The Orla clinic"),
    ],
)
def test_too_vague_a_question_is_asked_back(question: str, back: str, choice: str) -> None:
    asks, choices = clarification(Query(question, question), [], HITS)
    assert asks.startswith(back)
    assert choice in choices


@pytest.mark.parametrize(
    "question",
    [
        "What does the Orla clinic treat?",
        "what does orla of the clinic treat?",
        "When did the ferry sink?",
        "Who is Rollo?",
    ],
)
def test_a_clear_one_is_not(question: str) -> None:
    assert clarification(Query(question, question), [], HITS) == ("", ())


@pytest.mark.parametrize("question", ["What does the clinic treat?", "How much was it?"])
def test_one_article_or_what_was_said_makes_it_clear(question: str) -> None:
    assert clarification(Query(question, question), [], HITS[:1]) == ("", ())
    said = [("user", "What is the Orla clinic?"), ("assistant", "A clinic. [1]")]
    assert clarification(Query(question, question), said, HITS) == ("", ())


@given(
    st.text(max_size=80),
    st.lists(st.tuples(st.sampled_from(["user", "assistant", "x"]), st.text(max_size=40))),
    st.lists(st.tuples(st.text(max_size=300), st.text(max_size=40)), max_size=8),
)
def test_choices_are_few_different_and_bounded(
    question: str, history: list[tuple[str, str]], found: list[tuple[str, str]]
) -> None:
    hits = [hit(*one) for one in found]
    for asked in (question, "How much was it?", "Tell me more"):
        back, choices = clarification(Query(asked, asked), history, hits)
        assert bool(back) == bool(choices)
        assert len(choices) != 1
        assert len(set(choices)) == len(choices) <= 4
        assert all(len(choice) < len(asked) + 120 for choice in choices)
