"""The lines of an article that say what stands below them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.evidence.heads import heads
from rag.schema import Document, Heading

LETTER = "Ada Rehn\nLund Street 4\n\nDear council,\n\nI am writing to you about the bridge."


def test_the_title_and_the_lines_under_it_stand_as_they_are() -> None:
    text = "The old pier\n\n  By Ada Rehn\n\nThe pier fell into the lake on Monday.\n\nIt was old."
    assert [one.quote for one in heads(Document("a.md", "The old pier", text))] == [
        "The old pier",
        "By Ada Rehn",
    ]


def test_whoever_writes_a_letter_stands_above_it() -> None:
    assert [one.quote for one in heads(Document("a.txt", "letter", LETTER))] == [
        "Ada Rehn",
        "Lund Street 4",
    ]


def test_headings_further_down_are_among_them() -> None:
    text = "It fell.\n\nWhy piers fall\n\nWater is why."
    found = Document("a.md", "", text, headings=(Heading(10, "Why piers fall"),))
    assert [one.quote for one in heads(found)] == ["Why piers fall"]


def test_a_heading_that_reads_otherwise_than_the_text_is_left_out() -> None:
    found = Document("a.md", "", "It fell.\n\nWHY\n\nWater.", headings=(Heading(10, "Why"),))
    assert heads(found) == []


@given(st.text(max_size=300))
def test_each_is_an_exact_quotation(text: str) -> None:
    for one in heads(Document("a.md", "A", text)):
        assert one.quote
        assert text[one.start : one.end] == one.quote
