"""What is understood of a question, with the models that come with the install."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import QuestionError
from rag.query import Aspect, Intent, check_question, understand

ASKED = {
    Intent.DIRECT: (
        "When did the bridge open?",
        "Who designed the bridge over the Lund?",
        "What is the largest class of passengers?",
        "Which is the oldest ferry?",
        "What was the cost?",
        "What is New York's population?",
        "When was the treaty published?",
        "How many articles does the constitution have?",
        "WHAT DID NVIDIA SAY",
        "When was the lighthous of hallerstadt lit",
        "Who is named in the article on the Malm fire?",
        "Who wrote an article in the Malm Gazette about the strike?",
    ),
    Intent.LIST: ("List all ferries.", "Please list the harbours on the Lund."),
    Intent.COMPARISON: (
        "Compare the ferry with the bridge.",
        "What is the difference between a duck and a goose?",
        "How does Hanna compare to Maria?",
        "Which is older, Hanna or Maria?",
        "Hanna vs. Maria",
    ),
    Intent.COURSE: ("How did ticket sales change?", "What is the history of the bridge?"),
    Intent.LATEST: ("What is the latest on the second bridge?", "Recent news of the ferry"),
    Intent.TOPIC: (
        "What do the articles say about geese?",
        "Tell me about the harbour.",
        "Introduce the Terne.",
    ),
    Intent.OPEN: (
        "Why did the council not approve a second bridge?",
        "Explain gate duties simply.",
        "Describe the Terne.",
        "describe the toll on the bridge",
    ),
    Intent.WHOLE: ("Summarise the article on the bridge.", "What is this article about?", "tldr"),
    Intent.LIBRARY: (
        "Who published the article on the lake of Fennhausen?",
        "who has written the article about St Mary's church in Tolvik",
        "Which articles mention heat pumps?",
        "In how many of the articles is Tolvik mentioned?",
        "When was the article about the ferry Sunna published?",
    ),
    Intent.TALK: ("hello", "thank you so much", "What can you do?", "write a poem about geese"),
}


@pytest.mark.parametrize(
    ("question", "intent"), [(text, intent) for intent, texts in ASKED.items() for text in texts]
)
def test_what_is_wanted(question: str, intent: Intent) -> None:
    assert understand(question).intent is intent


@pytest.mark.parametrize(
    ("question", "sides", "topic"),
    [
        ("Compare the ferry with the bridge.", ("ferry", "bridge"), ""),
        ("Compare Hanna and Maria in speed.", ("Hanna", "Maria"), "speed"),
        ("How do Berg and the council differ on the toll?", ("Berg", "council"), "the toll"),
        ("What do Berg and Rehn say about the toll?", ("Berg", "Rehn"), "toll"),
        ("Which of the Torvo and the Terne is older?", ("Torvo", "Terne"), "older"),
    ],
)
def test_a_comparison_has_its_sides(question: str, sides: tuple[str, ...], topic: str) -> None:
    query = understand(question)
    assert query.sides == sides
    assert query.topic == topic


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Summarise the article on the Lund bridge.", "Lund bridge"),
        ("What is this article about?", ""),
        ("What is the latest on the toll?", "toll"),
        ("How did ticket sales change?", "ticket sales"),
        ("What do the articles say about Barnacle geese?", "Barnacle geese"),
        ("Summarise the article on the toll in three sentences.", "toll"),
        ("Which articles mention heat pumps?", "heat pumps"),
    ],
)
def test_the_topic_is_without_the_words_that_ask(question: str, topic: str) -> None:
    assert understand(question).topic == topic


def test_a_day_is_what_a_course_of_events_is_asked_of() -> None:
    assert understand("What happened in May 1932?").when == (1932, 5, 0)
    assert understand("What changed after May 1932?").when is None


def test_days_count_out_from_today_and_are_kept_in_a_follow_up() -> None:
    today = date(2026, 9, 10)
    asked = understand(
        "What did Berg say in August?", today=today, dates=lambda: [date(2025, 8, 1)]
    )
    assert str(asked.period) == "1 to 31 August 2025"
    history = [("user", "What did Berg say last month?"), ("assistant", "Nothing. [1]")]
    assert str(understand("And Rehn?", history, today=today).period) == "1 to 31 August 2026"
    assert understand("What did Berg say last month?").period is None


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("When did the bridge open?", ()),
        ("Who designed and built the bridge?", ()),
        ("What is the Korvina and why does it matter?", ()),  # one open question
        (
            "Why was the Korvina closed and how did people react?",
            ("Why was the Korvina closed?", "How did people react?"),
        ),
        (
            "Who built the Lund bridge and when did it open?",
            ("Who built the Lund bridge?", "When did the Lund bridge open?"),
        ),
        (
            "Who is Ada Rehn? Where does she live?",
            ("Who is Ada Rehn?", "Where does Ada Rehn live?"),
        ),
    ],
)
def test_two_whole_questions_are_told_apart(question: str, asked: tuple[str, ...]) -> None:
    assert understand(question).asked == asked


def test_the_last_answer_is_worked_over() -> None:
    history = [("user", "How long is the Korvina?"), ("assistant", "It is 30 m long. [1]")]
    shorter = understand("make it shorter", history)
    assert (shorter.intent, shorter.aspect) == (Intent.REWORK, Aspect.SHORTER)
    assert (shorter.standalone, shorter.told) == (history[0][1], history[1][1])
    history += [("user", "make it shorter"), ("assistant", "30 m. [1]")]
    bullets = understand("in bullet points please", history)
    assert (bullets.standalone, bullets.told) == (history[0][1], "30 m. [1]")
    assert understand("make it shorter").intent is not Intent.REWORK


def test_capitals_are_read_as_small_letters() -> None:
    assert understand("HOW HIGH IS THE TOWER OF GRIMSUND?").standalone == (
        "How high is the tower of grimsund?"
    )


text = st.text(max_size=80) | st.sampled_from([q for texts in ASKED.values() for q in texts])
turns = st.lists(st.tuples(st.sampled_from(["user", "assistant", "x"]), text), max_size=5)


@given(text, turns)
@settings(max_examples=60)
def test_any_text_is_understood_and_always_in_the_same_way(
    question: str, history: list[tuple[str, str]]
) -> None:
    query = understand(question, history)
    assert query == understand(question, history)
    assert query.text == question
    assert (query.intent is Intent.COMPARISON) == bool(query.sides)
    assert len(query.sides) != 1
    assert len(query.asked) != 1
    assert all(part.strip() and 0 < count <= 1 for part, count in query.parts)
    with pytest.raises(dataclasses.FrozenInstanceError):
        query.text = ""  # type: ignore[misc]


@pytest.mark.parametrize(
    "part",
    ["which ", "compare a and ", "what do the articles ", "how did x ", "a vs ", "the A of "],
)
def test_a_very_long_question_is_read_at_once(part: str) -> None:
    understand(part * 150, [("user", part * 150), ("assistant", part * 150)])


@pytest.mark.parametrize("question", ["", " ", "?", "x" * 2001, "a \ud800"])
def test_what_is_no_question(question: str) -> None:
    with pytest.raises(QuestionError):
        check_question(question)
    understand(question)


@pytest.mark.parametrize("turn", [("Who left Normandy?", "Rollo."), ("user",), ("user", None)])
def test_turns_that_nobody_said(turn: tuple[str, str]) -> None:
    check_question(
        "And why?", [("system", "Be brief."), ("user", "Who left?"), ("assistant", "R.")]
    )
    with pytest.raises(QuestionError, match="The history holds"):
        check_question("And why?", [turn])
