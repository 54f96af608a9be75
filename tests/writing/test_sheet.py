from __future__ import annotations

from datetime import date

from rag.schema import Evidence
from rag.testing import FakeLLM
from rag.writing import Sheet


def said(quote: str, document: str = "a.md", day: date | None = None, start: int = 0) -> Evidence:
    return Evidence(document, f"On {document}", day, start, start + len(quote), quote, 0.9)


def test_sentences_stand_under_their_article_and_its_date() -> None:
    day = date(2021, 3, 4)
    sheet = Sheet((said("One.", day=day), said("Two.", day=day, start=5), said("Three.", "b.md")))
    assert sheet.text == "From “On a.md” (4 March 2021):\nOne. Two.\nFrom “On b.md”:\nThree."


def test_a_line_begins_where_something_is_left_out() -> None:
    sheet = Sheet((said("One."), said("Two.", start=40), said("Three.", start=45)))
    assert sheet.text == "From “On a.md”:\nOne.\nTwo. Three."


def test_what_does_not_fit_is_left_out_from_the_end_and_counted() -> None:
    many = [said(f"Sentence number {n} of some words.") for n in range(20)]
    sheet = Sheet.of(many, FakeLLM(), 40)
    assert 0 < len(sheet.evidence) < 20
    assert sheet.left_out == 20 - len(sheet.evidence)
    assert sheet.evidence == tuple(many[: len(sheet.evidence)])
    assert len(sheet.text.split()) <= 40


def test_a_sentence_over_lines_is_shown_on_one_and_not_without_end() -> None:
    assert "\nand" not in Sheet((said("One\nand two."),)).text
    assert len(Sheet((said("word " * 1000),)).text) < 700
