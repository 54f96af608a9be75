"""Which sentences an answer of each kind uses, and in what order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evidence.selection import (
    choose,
    grouped,
    same,
    time_asked,
)
from rag.evidence.sides import in_turns, naming_all, of_both_sides
from rag.query import Intent, understand
from rag.query.periods import of_another_time
from rag.schema import Evidence


def said(
    quote: str, document: str = "a.md", *, day: date | None = None, start: int = 0
) -> Evidence:
    return Evidence(document, "Lund", day, start, start + len(quote), quote, 0.9)


def chosen(question: str, rated: Sequence[tuple[float, Evidence]]) -> list[Evidence]:
    return choose(understand(question), rated, most=3, close=1.0, weight=lambda stem: 1.0)


def quotes(found: Sequence[Evidence]) -> list[str]:
    return [evidence.quote for evidence in found]


def test_a_list_takes_more_than_a_direct_answer_and_from_further_below() -> None:
    words = ("Hanna", "Maria", "Ida", "Olga", "Runa", "Tyra", "Ylva", "Asta", "Embla", "Freja")
    names = [said(f"{n} is a {n}ship of {n}land.", start=i * 90) for i, n in enumerate(words)]
    rated = [(3.0 - 0.2 * i, e) for i, e in enumerate(names)]
    assert chosen("When was it?", rated) == names[:3]
    assert chosen("List all ferries.", rated) == names[:8]


def test_what_says_the_same_counts_once_and_is_cited_of_both() -> None:
    one = said("The ferry Hanna was built in 1962 at the Skarvik yard.", "a.md")
    twin = said("The ferry Hanna was built at the Skarvik yard in 1962.", "b.md")
    within = said("In 1962 the ferry Hanna was built at the Skarvik yard.", "a.md", start=90)
    other = said("Maria came from the Lund yard two years later.", "c.md")
    found = chosen("List all ferries.", [(3.0, one), (2.9, twin), (2.8, within), (2.7, other)])
    assert found == [one, twin, other]
    assert grouped(found, weight=lambda stem: 1.0) == [(one, twin), (other,)]


def test_a_heading_is_never_said_beside_a_better_sentence() -> None:
    best, heading = said("Hanna was built in 1962."), said("Four boats, four yards", start=90)
    near = said("Hanna was built at Skarvik.", start=180)
    assert chosen("When was it?", [(3.0, best), (2.8, heading), (2.6, near)]) == [best, near]
    assert chosen("When was it?", [(3.0, heading), (0.1, near)]) == [heading]


def test_a_list_holds_items_and_rows() -> None:
    rated = [
        (3.0 - 0.1 * i, said(q, start=90 * i))
        for i, q in enumerate(
            ("The harbours are:", "• Hanna (1962)", "Town: Lund | Cost: 40,000", "Key facts")
        )
    ]
    assert quotes(chosen("List all harbours.", rated)) == [e.quote for _, e in rated[:3]]


def test_of_two_that_prove_each_other_in_part_the_proven_one_is_said() -> None:
    long = said("After a fair for the valley, Hanna was built in 1962 at Skarvik.", "a.md")
    short = said("Hanna was built in 1962 at Skarvik.", "b.md")
    assert grouped([long, short], weight=lambda stem: 1.0) == [(short, long)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The bridge cost 400 crowns in all.", "The bridge cost 500 crowns in all."),
        ("The council did approve the bridge.", "The council did not approve the bridge."),
        ("Ada Rehn designed the Lund bridge.", "Olga Berg designed the Lund bridge."),
    ],
)
def test_what_differs_is_never_one_claim(one: str, other: str) -> None:
    pair = [said(one, "a.md"), said(other, "b.md")]
    assert len(grouped(pair, weight=lambda stem: 1.0)) == 2


def test_where_no_side_is_named_a_sentence_of_one_word_compares_nothing() -> None:
    short, long = said("A pity."), said("Rollo put out the lamps to save money.", start=50)
    asked = "Compare the bridge of Ada and the bridge of Vik."
    assert quotes(chosen(asked, [(2.0, short), (1.5, long)])) == [long.quote]
    assert quotes(chosen(asked, [(2.0, short)])) == [short.quote]


def test_each_side_of_a_comparison_is_heard_and_both_come_first() -> None:
    hanna = [said(f"Hanna has {n} seats.", start=i * 50) for i, n in enumerate("345678")]
    maria = said("Maria burns coal.", "b.md")
    both = said("Hanna is older than Maria.", "c.md")
    rated = [(3.0, e) for e in hanna] + [(1.0, maria), (0.5, both)]
    found = chosen("Compare Hanna and Maria.", rated)
    assert found[0] == both
    assert maria in found
    assert len([e for e in found if e in hanna]) < len(hanna)


def test_a_course_is_told_by_date() -> None:
    late = said("The fares changed in June 1940.", day=date(1950, 1, 1))
    early = said("The fares changed on 4 May 1932, after a vote.", "b.md", day=date(1960, 1, 1))
    never = said("The fares changed once more.", "c.md", day=date(1945, 1, 1))
    found = chosen("How did the fares change?", [(3.0, late), (2.0, never), (1.5, early)])
    assert found == [early, late, never]


def test_the_latest_begins_with_the_newest() -> None:
    old = said("The toll was two crowns.", "a.md", day=date(2020, 1, 1))
    new = said("The toll is now three crowns.", "b.md", day=date(2024, 1, 1))
    assert chosen("What is the latest on the toll?", [(3.0, old), (2.0, new)]) == [new, old]


def test_a_topic_needs_its_words_and_hears_several_articles() -> None:
    geese = [
        said(f"Geese eat {w} grass.", start=i * 50)
        for i, w in enumerate(("red", "wet", "old", "tall"))
    ]
    more = said("Geese sleep on one leg.", "b.md")
    other = said("Ferries are slow.", "c.md")
    rated = [(3.0, e) for e in geese] + [(2.9, other), (1.0, more)]
    found = chosen("What do the articles say about geese?", rated)
    assert more in found
    assert other not in found


def test_no_heading_or_line_of_a_table_is_a_claim_of_many() -> None:
    heading, whole = said("Seats | Hanna | Maria"), said("Hanna has 120 seats.", start=50)
    assert chosen("List all ferries.", [(3.0, heading), (2.5, whole)]) == [whole]


def test_a_direct_answer_that_another_article_contradicts_has_both_newest_first() -> None:
    old = said("The bridge over the Lund cost 400 crowns.", "a.md", day=date(2020, 1, 1))
    new = said("The bridge over the Lund cost 500 crowns.", "b.md", day=date(2024, 1, 1))
    far = said("The bridge over the Lund cost 600 crowns.", "c.md", day=date(2025, 1, 1))
    rated = [(3.0, old), (1.5, new), (0.5, far)]
    assert chosen("How much did the bridge cost?", rated) == [new, old]


QUESTIONS = (
    "When?",
    "List all ships.",
    "Compare Ada and Bo.",
    "How did it change?",
    "What is new?",
)


@given(
    st.sampled_from(QUESTIONS),
    st.lists(
        st.tuples(st.floats(-20, 20), st.sampled_from("abc"), st.text("Ada Bo 12.", min_size=1)),
        max_size=20,
    ),
)
def test_what_is_chosen_was_there_and_is_never_much(
    question: str, drawn: list[tuple[float, str, str]]
) -> None:
    rated = sorted(
        ((logit, said(text, name, start=i * 99)) for i, (logit, name, text) in enumerate(drawn)),
        key=lambda pair: -pair[0],
    )
    found = chosen(question, rated)
    assert all(any(e is one for _, one in rated) for e in found)
    assert len(found) == len({(e.document, e.start) for e in found})
    assert bool(found) == bool(rated)
    assert len(grouped(found, weight=lambda stem: 1.0)) <= 8 or len({e.document for e in found}) > 1


def test_same_is_told_by_words_and_figures() -> None:
    assert same("Rollo led 20 ships.", "Rollo led 20 ships to Rouen.")
    assert not same("", "Rollo led 20 ships.")


def test_of_the_mails_of_one_thread_the_newest_counts() -> None:
    mails = [
        Evidence(f"{day}.eml", title, date(2026, 5, day), 0, 9, f"It is on {day} June.", 0.9)
        for day, title in ((1, "Workshop"), (2, "Re: Workshop"), (3, "RE: Re: workshop"))
    ]
    rated = [(1.0, mail) for mail in mails]
    found = chosen("When is the workshop?", rated)
    assert [one.document for one in found] == ["3.eml"]


def test_what_is_compared_is_told_of_in_turns() -> None:
    def one(title: str, start: int, quote: str) -> Evidence:
        return Evidence(f"{title}.md", title, None, start, start + len(quote), quote, 0.5)

    query = replace(understand("Compare Ore and Brenne."), sides=("Ore", "Brenne"))
    ranked = [
        one("Ore", 0, "It is deep."),
        one("Ore", 20, "It is old."),
        one("Brenne", 0, "It is new."),
        one("Grane", 0, "It is dry."),
    ]
    assert [(e.title, e.quote) for e in in_turns(query, ranked)] == [
        ("Ore", "It is deep."),
        ("Brenne", "It is new."),
        ("Ore", "It is old."),
    ]
    row = one("Wells", 0, "Depth: in m | Ore: 41 | Brenne: 17")
    other = one("Wells", 50, "Depth: in m | Ore: 41 | Grane: 17")
    both = one("Wells", 90, "Ore is deeper than Brenne.")
    assert of_both_sides(query, [other, row, *ranked], [ranked[0], both]) == [row, both]


@pytest.mark.parametrize(
    ("question", "told", "beside"),
    [
        ("What happened to Hanna in 2022?", "In 2021 she was docked.", True),
        ("What happened to Hanna in 2022?", "She was docked for 2021 hours.", False),
        ("What happened to Hanna in 2022?", "She was docked.", False),
        ("What happened to Hanna in 2022?", "She lay in dock from 2021 until May 2022.", False),
        ("Explain what changed for Hanna in May 2022.", "In June 2022 she sailed.", True),
        ("Explain what changed for Hanna in May 2022.", "In 2022 she sailed.", False),
        ("Why was Hanna docked in 2022?", "In 2021 a plate had rusted.", False),
        ("Explain what changed for Hanna from 2021 to 2022.", "In 2020 she sailed.", False),
    ],
)
def test_what_was_at_another_time_than_is_asked_of(question: str, told: str, beside: bool) -> None:
    when = time_asked(replace(understand(question), intent=Intent.OPEN))
    assert (when is not None and of_another_time(told, when)) is beside


def test_what_names_all_that_is_compared_comes_first() -> None:
    first, both = said("Hanna is old."), said("Hanna is older than Maria.", start=90)
    query = understand("Compare Hanna with Maria.")
    assert naming_all(query, [first, both]) == [both, first]
    assert naming_all(understand("Explain Hanna."), [first, both]) == [first, both]
