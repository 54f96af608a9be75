"""What kind of answer a question is read to want."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.kinds import Kind, as_question, asking

KINDS = {
    Kind.DIRECT: (
        "When did the bridge open?",
        "Who designed the bridge over the Lund?",
        "What is the largest class of passengers?",
        "Which is the oldest ferry?",
        "What happens to the geese in winter?",
        "What happened to the ferry when the bridge was opened?",
        "How did the unequal treatment of farmers versus fishers begin?",
        "What does the bus say?",
        "What was the cost?",
        "Why did the council not approve a second bridge?",
        "Why did all the workers leave?",
        "Why are chips in short supply?",
        "What is the overview effect?",
        "Which ferry is the newest?",
        "What is New York's population?",
        "asdf",
    ),
    Kind.SEVERAL: (
        "Which companies build ferries?",
        "What reasons did the council give?",
        "Which northern islands have a ferry?",
        "Who were the first painters?",
        "What are the views on the toll?",
        "Which people live there?",
    ),
    Kind.LIST: (
        "List all ferries.",
        "Please list the harbours on the Lund.",
        "Name all bridges of the valley.",
        "Name the painters of the bridge.",
        "Give me a list of the islands.",
        "What are all the harbours?",
        "Can you list the harbours?",
        "Show me all the harbours.",
    ),
    Kind.COMPARISON: (
        "Compare the ferry with the bridge.",
        "What is the difference between a duck and a goose?",
        "How do the ferry and the bridge differ?",
        "How does Hanna compare to Maria?",
        "Which is older, Hanna or Maria?",
        "Hanna vs. Maria",
        "Contrast Hanna and Maria.",
        "Could you please compare Hanna and Maria?",
        "Which is more expensive, the ferry or the bridge?",
    ),
    Kind.COURSE: (
        "How did ticket sales change?",
        "When did the fares change?",
        "What happened between 1932 and 1962?",
        "What happened to the ferry after 1962?",
        "What is the history of the bridge?",
        "How has the harbour developed over time?",
        "Timeline of the bridge",
    ),
    Kind.LATEST: (
        "What is the latest on the second bridge?",
        "What's new?",
        "Recent news of the ferry",
        "What are the most recent developments about the toll?",
    ),
    Kind.TOPIC: (
        "What do the articles say about geese?",
        "What is known about Olga Berg?",
        "Summarise the quarrel over the toll.",
        "Tell me about the harbour.",
        "Please tell me about the harbour.",
        "What do the articles and reports say about geese?",
    ),
    Kind.SUMMARY: (
        "Summarise the article on the bridge.",
        "Summarize this article.",
        "What is this article about?",
        "What is the report on geese about?",
        "Give me an overview of the article on the ferry.",
    ),
}


@pytest.mark.parametrize(
    ("question", "kind"), [(question, kind) for kind, asked in KINDS.items() for question in asked]
)
def test_the_kind_is_told_by_the_wording(question: str, kind: Kind) -> None:
    assert asking(question).kind is kind
    assert asking(question.lower()).kind is kind or "Hanna" in question


@pytest.mark.parametrize(
    ("question", "sides", "topic"),
    [
        ("Compare the ferry with the bridge.", ("ferry", "bridge"), ""),
        ("Compare Hanna and Maria in speed.", ("Hanna", "Maria"), "speed"),
        ("How do Berg and the council differ on the toll?", ("Berg", "council"), "the toll"),
        ("How does Hanna differ from the Maria?", ("Hanna", "Maria"), ""),
        ("What is the difference between a duck and a goose?", ("duck", "goose"), ""),
        ("What do Berg and Rehn say about the toll?", ("Berg", "Rehn"), "toll"),
    ],
)
def test_a_comparison_has_its_sides(question: str, sides: tuple[str, ...], topic: str) -> None:
    asked = asking(question)
    assert asked.sides == sides
    assert asked.topic == topic


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Summarise the article on the Lund bridge.", "Lund bridge"),
        ("Summarize the ferry article", "ferry"),
        ("What is this article about?", ""),
        ("What is the latest on the toll?", "toll"),
        ("How did ticket sales change?", "ticket sales"),
        ("What do the articles say about Barnacle geese?", "Barnacle geese"),
        ("Summarise the article on the toll in three sentences.", "toll"),
        ("Summarise the article on the ferry in one short paragraph.", "ferry"),
        ("What do the articles say about it?", ""),
    ],
)
def test_the_topic_is_without_the_words_that_ask(question: str, topic: str) -> None:
    assert asking(question).topic == topic


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    asked = asking(text)
    assert len(asked.sides) != 1
    assert (asked.kind is Kind.COMPARISON) == bool(asked.sides)


def test_a_very_long_question_is_read_at_once() -> None:
    for part in (
        "which ",
        "compare a and ",
        "what do the articles ",
        "how did x ",
        "a vs ",
        "all the ",
    ):
        asking(part * 150)


@pytest.mark.parametrize(
    ("order", "question"),
    [
        ("List all chips that Nvidia made.", "What are the chips that Nvidia made?"),
        ("Please list the bridges of Lund", "What are the bridges of Lund?"),
        ("Name three bridges.", "What are three bridges?"),
        ("Could you give me a complete list of ferries?", "What are ferries?"),
        ("Show me all the ferries.", "What are the ferries?"),
        ("What are all ferries?", "What are all ferries?"),
        ("Who named the ferry?", "Who named the ferry?"),
        ("List", "List"),
    ],
)
def test_an_order_to_list_is_read_as_a_question(order: str, question: str) -> None:
    assert as_question(order) == question
