"""What a model that points is shown of the passages that were found."""

from __future__ import annotations

from rag.evidence.shown import shown, worthiest_first
from rag.schema import Hit, Span


def hit(document: str, start: int, *sentences: str, title: str = "Geese") -> Hit:
    text = " ".join(sentences)
    spans, at = [], 0
    for one in sentences:
        spans.append(Span(start + at, start + at + len(one)))
        at += len(one) + 1
    end = start + len(text)
    return Hit(document, title, None, start, end, text, tuple(spans), 0.5, 0.5, 0.5)


def test_passages_stand_by_article_in_the_order_of_reading() -> None:
    hits = [
        hit("a.md", 100, "They fly far."),
        hit("b.md", 0, "Ducks swim about."),
        hit("a.md", 0, "They eat grass."),
    ]
    quotes = [one.quote for one in shown(hits)]
    assert quotes == ["They eat grass.", "They fly far.", "Ducks swim about."]


def test_an_article_that_fits_is_shown_alike_whatever_comes_first() -> None:
    hits = [hit("a.md", start, "They fly far.") for start in (0, 100, 200)]
    assert shown(hits) == shown(hits[::-1])


def test_headings_captions_and_questions_are_left_out_and_items_are_shown() -> None:
    told = hit(
        "a.md", 0, "Geese", "Do they fly?", "Geese In Flight Over Tolvik.", "- 3 pairs of swans"
    )
    assert [one.quote for one in shown([told])] == ["- 3 pairs of swans"]


def test_what_does_not_fit_is_left_out_whole() -> None:
    long = hit("a.md", 0, *["They fly far."] * 5)
    short = hit("a.md", 900, "They eat grass.")
    assert len(shown([long, short], most=5)) == 5
    assert len(shown([short, long], most=5)) == 1
    assert len(shown([short, long], words=10)) == 1
    assert len(shown([long], most=2)) == 2


def test_the_passage_with_the_worthiest_sentence_comes_first_and_unread_ones_as_found() -> None:
    hits = [
        hit("a.md", 0, "They fly far.", "They eat grass."),
        hit("b.md", 0, "Ducks swim about.", "Ducks dive."),
        hit("c.md", 0, "Swans are white."),
        hit("d.md", 0, "Hens lay eggs."),
    ]
    worth = {("a.md", 0): 0.2, ("a.md", 14): 0.3, ("b.md", 0): 0.1, ("b.md", 18): 0.6}
    assert [one.document for one in worthiest_first(hits, worth)] == [
        "b.md",
        "a.md",
        "c.md",
        "d.md",
    ]
