"""Sources that differ are told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.evidence.disagree import disagreement
from rag.schema import Evidence, Span


def said(quote: str, document: str, day: date | None = None) -> Evidence:
    return Evidence(document, document, day, 0, len(quote), quote, 0.9)


def differ(question: str, one: str, other: str) -> bool:
    return bool(disagreement(question, [said(one, "a.md"), said(other, "b.md")]))


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "How much did the Lund bridge cost?",
            "The bridge over the Lund cost 40,000 crowns.",
            "In all the bridge over the Lund cost 55,000 crowns.",
        ),
        (
            "When did the bridge open?",
            "The Lund bridge opened to carts in May 1932.",
            "The Lund bridge opened to carts in June 1932.",
        ),
        (
            "Who designed the bridge?",
            "The bridge over the Lund was designed by Ada Rehn.",
            "The bridge over the Lund was designed by Olga Berg.",
        ),
        (
            "What was the length of the bridge?",
            "The bridge over the Lund has a length of 300 metres.",
            "The bridge over the Lund has a length of 320 metres.",
        ),
    ],
)
def test_different_answers_to_the_same_are_told(question: str, one: str, other: str) -> None:
    assert differ(question, one, other)


@pytest.mark.parametrize(
    "question",
    [
        "What is the dose of Trolle for an adult?",
        "Dose of Trolle?",
        "Tell me what an adult takes before a voyage.",
        "How should Trolle be taken?",
        "¿Cuánto Trolle toma un adulto?",
    ],
)
def test_sentences_the_same_but_for_a_figure_differ_however_they_were_asked_for(
    question: str,
) -> None:
    one, other = (f"An adult takes {mg} mg of Trolle before a voyage." for mg in (25, 250))
    assert differ(question, one, other)
    assert not differ(question, one, one.replace("25 mg", "25.0 mg"))
    assert not differ(question, one, "A child of six takes 5 mg of Kelp after each meal.")
    assert not differ("Who takes Trolle before a voyage?", one, other)


@pytest.mark.parametrize(
    "question", ["Which date was the bridge opened?", "How long ago?", "Since when is it open?"]
)
def test_other_wordings_ask_for_a_day_too(question: str) -> None:
    one, other = (f"The Lund bridge opened to carts in May {year}." for year in (1932, 1941))
    assert differ(question, one, other)


COPIED = [(name, "The Rask brewery makes dark beer for the fair.") for name in ("a.md", "b.md")]


def marked(question: str, words: str, *, copied: bool) -> bool:
    """Whether two short sentences with another year differ, the reader having marked such words."""
    pair = []
    for name, year in (("a.md", "1893"), ("b.md", "1908")):
        one = said(f"It was closed in {year} by bailiffs of Malm.", name)
        at = one.quote.find(words.replace("1893", year)) if words else -1
        pair.append(replace(one, words=Span(at, at + len(words)) if at >= 0 else None))
    return bool(disagreement(question, pair, COPIED if copied else ()))


@pytest.mark.parametrize("question", ["How was it closed?", "Tell me of its end.", "¿Y cuándo?"])
def test_another_date_is_told_where_it_is_read_for_the_answer_or_the_articles_are_copies(
    question: str,
) -> None:
    assert marked(question, "1893", copied=False)
    assert marked(question, "", copied=True)
    assert not marked(question, "", copied=False)  # it may have been closed twice
    assert not marked(question, "bailiffs", copied=True)
    assert not marked("Who closed it?", "", copied=True)
    assert marked("Who closed it and when?", "", copied=True)


def test_in_copies_of_an_article_short_sentences_are_about_the_same() -> None:
    pair = [said(f"It closed in {year}.", f"{year}.md") for year in (1893, 1908)]
    shared = [(one.document, COPIED[0][1]) for one in pair]
    assert disagreement("When did it close?", pair, shared)
    assert not disagreement("When did it close?", pair)
    assert not disagreement(
        "When did it close?", pair, [(one.document, "Read on.") for one in pair]
    )


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        # the same, written otherwise
        (
            "How much did it cost?",
            "The bridge cost 1.5 million crowns.",
            "The bridge cost 1,500,000 crowns.",
        ),
        (
            "When did it open?",
            "The Lund bridge opened in May 1932.",
            "The Lund bridge opened in 1932.",
        ),
        (
            "When did it open?",
            "The Lund bridge opened on 4 May 1932.",
            "The Lund bridge opened in May 1932.",
        ),
        (
            "Who designed it?",
            "The bridge was designed by Rehn, of Lund.",
            "The bridge was designed by Ada Rehn, of Lund.",
        ),
        # another thing
        (
            "How much did it cost?",
            "The bridge over the Lund cost 400 crowns.",
            "The ferry Hanna at Skarvik cost 500 crowns.",
        ),
        # another time
        (
            "How many people crossed?",
            "In 1932 the bridge carried 400 people.",
            "In 1933 the bridge carried 500 people.",
        ),
        # another unit, or a bound
        (
            "How big is it?",
            "The Lund bridge grew by 15 percent there.",
            "The Lund bridge grew by 20 metres there.",
        ),
        (
            "How many cars?",
            "The Lund bridge carries at least 40 cars.",
            "The Lund bridge carries 50 cars.",
        ),
        # not what was asked
        (
            "Who opened the bridge?",
            "The Lund bridge opened to carts in May 1932.",
            "The Lund bridge opened to carts in June 1932.",
        ),
        (
            "Why did it open?",
            "The Lund bridge opened to carts in May 1932.",
            "The Lund bridge opened to carts in June 1932.",
        ),
        # several figures, so that it is not told which stands for which
        (
            "How many cars?",
            "The bridge carries 40 cars and 3 carts.",
            "The bridge carries 50 cars and 3 carts.",
        ),
    ],
)
def test_what_can_all_hold_is_no_disagreement(question: str, one: str, other: str) -> None:
    assert not differ(question, one, other)


def test_one_article_does_not_disagree_with_itself() -> None:
    pair = [said(f"The bridge over the Lund cost {n} crowns.", "a.md") for n in (400, 500)]
    assert disagreement("How much did the bridge cost?", pair) == ()


def test_the_newest_comes_first() -> None:
    old = said("The bridge over the Lund cost 400 crowns.", "a.md", date(2020, 1, 1))
    new = said("The bridge over the Lund cost 500 crowns.", "b.md", date(2024, 1, 1))
    never = said("The bridge over the Lund cost 600 crowns.", "c.md")
    other = said("It carries two lanes.", "d.md", date(2025, 1, 1))
    found = disagreement("How much did the bridge cost?", [old, never, other, new])
    assert found == (new, old, never)
