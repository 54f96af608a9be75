"""What a question is about, and the sides of a comparison."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.query.topic import as_definition, as_question, as_reason, sides_of, topic_of


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Which articles mention “The Old Man and the Sea”?", "The Old Man and the Sea"),
        ("WHICH ARTICLES MENTION GEESE", "GEESE"),
        ("What is the GAIN Act and why does it matter?", "GAIN Act"),
        ("What happened in May 1932?", "May 1932"),
        ("What is it about?", ""),
        ("Tell me about The Who.", "The Who"),
    ],
)
def test_what_asks_is_left_out(question: str, topic: str) -> None:
    assert topic_of(question) == topic


@pytest.mark.parametrize(
    ("order", "question"),
    [
        ("List all chips that Nvidia made.", "What are the chips that Nvidia made?"),
        ("Please list the bridges of Lund", "What are the bridges of Lund?"),
        ("Could you give me a complete list of ferries?", "What are ferries?"),
        ("Show me all the ferries.", "What are the ferries?"),
        ("What are all ferries?", "What are all ferries?"),
        ("Who named the ferry?", "Who named the ferry?"),
        ("Tell me about geese.", "Tell me about geese."),
        ("List", "List"),
    ],
)
def test_an_order_to_list_is_read_as_a_question(order: str, question: str) -> None:
    assert as_question(order) == question


@pytest.mark.parametrize(
    "question",
    ["When did the bridge open?", "Compare the article and the text.", "Hanna and Maria"],
)
def test_what_compares_nothing_has_no_sides(question: str) -> None:
    assert sides_of(question) == ((), "")


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(topic_of(text), str)
    assert len(sides_of(text)[0]) in (0, 2, 3)
    assert as_question(text) or not text
    assert as_definition(text) or not text


@pytest.mark.parametrize(
    ("order", "question"),
    [
        ("Explain performance density simply.", "What is performance density?"),
        ("Describe the Terne.", "What is Terne?"),
        ("Explain how the toll is paid.", "Explain how the toll is paid."),
        ("Explain why the bridge closed", "Explain why the bridge closed"),
        ("Why did it close?", "Why did it close?"),
        ("Explain.", "Explain."),
    ],
)
def test_an_order_to_explain_is_read_as_a_question(order: str, question: str) -> None:
    assert as_definition(order) == question


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Why was the bridge closed?", "the bridge closed because"),
        ("how come the ferry stopped", "the ferry stopped because"),
        ("Why didn’t the ferry sail?", "the ferry sail because"),
        ("Why?", ""),
        ("What is a why-question?", ""),
    ],
)
def test_a_reason_is_searched_as_it_is_worded(question: str, reason: str) -> None:
    assert as_reason(question) == reason
