"""How long an answer is wanted is taken from the question, and is nothing that is looked for."""

from __future__ import annotations

import pytest

from rag.query import Aspect, Intent, understand
from rag.query.length import Length, length_wanted


@pytest.mark.parametrize(
    ("question", "bare", "sentences"),
    [
        ("In two sentences, what happened to the mill?", "What happened to the mill?", 2),
        ("Sum up the article in no more than 3 lines", "Sum up the article", 3),
        ("Explain the toll in 50 words or less.", "Explain the toll.", 3),
        ("Describe the mill in one short paragraph.", "Describe the mill.", 5),
        ("Explain the toll in 900 words.", "Explain the toll.", 0),
        ("How many people live in two lines of houses?", "", 0),
        ("Tell me about life in ten small villages.", "", 0),
    ],
)
def test_a_wanted_length(question: str, bare: str, sentences: int) -> None:
    assert length_wanted(question) == (bare or question, Length(sentences))


def test_points_are_listed() -> None:
    query = understand("Summarise the article on the mill in three bullet points.")
    assert (query.intent, query.aspect, query.sentences) == (Intent.WHOLE, Aspect.BULLETS, 3)
    assert query.topic == "mill"


def test_a_question_for_one_fact_keeps_its_words() -> None:
    query = understand("Who won the match in six points?")
    assert (query.standalone, query.sentences) == ("Who won the match in six points?", 0)


@pytest.mark.parametrize("said", ["Make that two sentences.", "In two sentences?"])
def test_the_last_answer_in_another_length(said: str) -> None:
    before = [
        ("user", "Summarise the article on the mill in five points."),
        ("assistant", "A. [1]"),
    ]
    query = understand(said, before)
    assert (query.intent, query.sentences) == (Intent.REWORK, 2)
    assert query.standalone == "Summarise the article on the mill."
