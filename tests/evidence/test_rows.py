"""Rows and fields: of what they are, and the cell that answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evidence.rows import Row, rows_named, rows_of
from rag.schema import Hit
from rag.words import STOP
from tests.evidence.ferries import FERRIES, hit


def left(question: str, found: Hit) -> list[str]:
    """The rows that may answer."""
    others = rows_named(question, [found]).others
    return [
        found.text[s.start : s.end] for s in found.sentences if ("a.csv", s.start) not in others
    ]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("What does an adult ticket cost on the Malm ferry?", [FERRIES[0]]),
        ("what does a child ticket cost on the malm ferry", [FERRIES[1]]),
        ("What does an adult ticket cost on the Malma?", [FERRIES[2]]),
        ("What does an adult ticket cost on the Malm Nova?", [FERRIES[3]]),
        ("What does an adult ticket cost on the Skarv?", []),
        ("What do tickets cost?", list(FERRIES)),
        ("Which ferry is the cheapest?", []),
    ],
)
def test_only_rows_that_hold_what_is_named_may_answer(question: str, rows: list[str]) -> None:
    assert left(question, hit(FERRIES)) == rows


def test_title_and_headings_count_for_a_row_and_the_rows_beside_it_do_not() -> None:
    lines = ("Ticket: Adult | Price: 60", "Ticket: Child | Price: 30")
    asked = "What does a child ticket cost on the Sunna?"
    assert left(asked, hit(lines)) == []
    assert left(asked, hit(lines, context="Ferries › Sunna")) == [lines[1]]


PARTS = (
    "Sales | 2024: 318 | 2023: 301",
    "of which own shops | 2024: 204 | 2023: 187",
    "of which supermarkets | 2024: 114 | 2023: 113",
    "Net debt | 2024: 41 | 2023: 36",
)


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("What were the sales to supermarkets in 2023?", PARTS[2]),
        ("What were the sales of own shops in 2024?", PARTS[1]),
        ("What was the net debt in 2023?", PARTS[3]),
    ],
)
def test_a_part_of_the_row_above_is_asked_for_by_both(question: str, row: str) -> None:
    assert left(question, hit(PARTS)) == [row]


def test_the_row_that_its_parts_stand_below_is_asked_for_alone() -> None:
    named = rows_named("What were the sales in 2023?", [hit(PARTS)])
    assert [start for _, start in named.sure | set(named.likely)] == [0]


def test_the_line_above_rows_tells_whose_they_are() -> None:
    lines = ("Sunna", "Ticket: Adult | Price: 60", "Torvo", "Ticket: Adult | Price: 85")
    may = left("What does an adult ticket cost on the Torvo?", hit(lines))
    assert may == ["Sunna", "Torvo", lines[3]]


def test_what_the_article_speaks_of_counts_for_its_rows() -> None:
    lines = (
        "The H20 is a chip of Nvidia.",
        "Feature: Memory | H20: 96 GB | H100: 80 GB",
        "Feature: Price | H20: 12 | H100: 30",
    )
    assert left("How much memory does Nvidia's H20 have?", hit(lines))[:2] == list(lines[:2])
    assert left("How much memory does Intel's H20 have?", hit(lines)) == [lines[0]]


def test_days_are_the_same_however_they_are_written_and_the_articles_date_counts() -> None:
    lines = ("Day: 2024-05-03 | Price: 60", "Day: 2024-05-04 | Price: 61")
    assert left("What was the price on 3 May 2024?", hit(lines)) == [lines[0]]
    towns = hit(("Town: Lund | Homes: 60", "Town: Malm | Homes: 61"))
    asked = "How many homes are there in Malm in 2024?"
    assert left(asked, towns) == []
    assert left(asked, replace(towns, date=date(2024, 5, 1))) == ["Town: Malm | Homes: 61"]


def test_a_field_is_of_what_its_form_is_of() -> None:
    form = ("Vessel: Sunna", "Home port: Tolvik", "Year of build: 1987")
    assert left("What is the home port of the Sunna?", hit(form)) == list(form)
    assert left("What is the home port of the Terne?", hit(form)) == []


def test_a_row_that_has_all_that_is_asked_for_is_sure() -> None:
    told = rows_named("What is the ticket price of the Malma in crowns?", [hit(FERRIES)])
    assert told.sure == {("a.csv", len(FERRIES[0]) + len(FERRIES[1]) + 2)}


def test_a_rule_is_told_by_its_number() -> None:
    lines = ("3.1 Hens", "Six hens may be kept on a plot.")
    found = hit(lines, context="3 Animals › 3.1 Hens")
    assert rows_named("What does rule 3.1 allow?", [found]).sure == {("a.csv", 9)}
    assert not rows_named("What does rule 3.2 allow?", [found]).sure


NAMES = (  # a common word such as "About" is no name
    st.text("abdeiklmnorstuv", min_size=4, max_size=9)
    .filter(lambda name: name not in STOP)
    .map(str.title)
)


@given(st.lists(NAMES, min_size=2, max_size=8, unique=True), st.data())
def test_the_row_of_a_name_is_never_taken_for_another_and_others_never_for_it(
    names: list[str], data: st.DataObject
) -> None:
    rows = tuple(f"Boat: {name} | Berth: {100 + at}" for at, name in enumerate(names))
    asked = data.draw(st.sampled_from(names))
    assert left(f"At which berth does the {asked} lie?", hit(rows)) == [rows[names.index(asked)]]


def test_cells_are_read_with_and_without_names() -> None:
    assert Row("12 | Note: a: b").cells == (("", "12"), ("Note", "a: b"))


@given(st.lists(NAMES, min_size=3, max_size=8, unique=True))
def test_a_name_in_the_cell_that_would_answer_is_not_what_the_row_is_of(names: list[str]) -> None:
    rows = tuple(f"Boat: {name} | Owner: Ada {names[-1]}" for name in names[:-1])
    assert left(f"Who is the owner of the {names[-1]}?", hit(rows)) == []
    assert left(f"What is the boat of Ada {names[-1]}?", hit(rows)) == list(rows)


def test_a_field_does_not_answer_by_a_name_in_itself() -> None:
    form = ("Vessel: Sunna", "Home port: Tolvik", "Owner: Ada Terne")
    assert form[2] not in left("Who owns the Terne?", hit(form))
    assert form[2] in left("Who owns the Sunna?", hit(form))
    assert form[2] in left("Is the Sunna owned by Ada Terne?", hit(form))


@given(st.lists(NAMES, min_size=2, max_size=8, unique=True), st.data())
def test_what_counts_rows_is_answered_by_no_row(names: list[str], data: st.DataObject) -> None:
    rows = tuple(f"Well: {name} | Iron: {at}" for at, name in enumerate(names))
    bound = data.draw(st.integers(0, len(names)))
    assert left(f"How many wells have an iron content below {bound}?", hit(rows)) == []
    assert left(f"How many of the Ore wells have iron below {bound}?", hit(rows)) == []


@given(st.lists(NAMES, min_size=2, max_size=8, unique=True), st.data())
def test_cells_that_are_asked_for_are_told_apart_from_the_rest(
    names: list[str], data: st.DataObject
) -> None:
    rows = tuple(f"Ferry: {n} | Adult in crowns: 6{i} | Child: 3" for i, n in enumerate(names))
    at = data.draw(st.integers(0, len(names) - 1))
    for word in ("adult", "adults"):
        asked = f"What do {word} pay on the {names[at]}?"
        [(place, cells)] = rows_named(asked, [hit(rows)]).likely.items()
        assert hit(rows).text[place[1] :].startswith(rows[at])
        assert cells.text == f"Ferry: {names[at]} | Adult in crowns: 6{at}"
        assert rows[at][cells.answer.start : cells.answer.end] == f"6{at}"


def test_a_question_of_no_words_names_nothing() -> None:
    assert left("?", hit(FERRIES)) == list(FERRIES)


@given(st.lists(NAMES, min_size=2, max_size=8, unique=True))
def test_a_name_of_a_row_is_not_taken_for_the_same_word_in_another_column(names: list[str]) -> None:
    rows = tuple(f"Name: {n} | Deck: {names[0]} | Year: 19{i}" for i, n in enumerate(names))
    assert left(f"Since when has {names[0]} been on board?", hit(rows)) == [rows[0]]
    assert left(f"Who works on the deck {names[0]}?", hit(rows)) == list(rows)


def test_a_row_without_a_word_of_the_question_is_not_of_what_the_text_beside_it_names() -> None:
    told = "The museum will open later in the year than the others do."
    lines = ("Place: Music school | Cost: 40", "Place: City archive | Cost: 30", told)
    assert left("What did the museum cost?", hit(lines)) == [told]
    assert left("What did the swimming pool cost?", hit(lines)) == list(lines)


def test_columns_called_by_names_tell_nothing_of_another_that_the_text_names() -> None:
    told = "The stronger R200 may be shipped since December, and Malm is served by it."
    lines = ("Feature: Memory | R20: 96 GB | R100: 80 GB", told)
    assert left("How much memory does the R200 have?", hit(lines)) == [told]
    assert left("How much memory does the R20 have?", hit(lines)) == list(lines)
    towns = ("Year: 2021 | Malm: 40 | Sunna: 30", "In 2021 Malm, Sunna and Tolvik had to save.")
    assert left("How much did Tolvik pay in 2021?", hit(towns)) == list(towns[1:])
    assert left("How much did Malm pay in 2021?", hit(towns)) == list(towns)
    years = ("Spent on: Roads | 2021: 40 | 2022: 30", "Tolvik had to save.")
    assert left("How much did Tolvik spend on roads?", hit(years)) == list(years)


def test_the_caption_of_a_table_says_nothing_of_the_next_one_behind_a_sentence() -> None:
    first, second = ("Fares of the Malm", "Class: Adult | Price: 60"), "Class: Adult | Price: 80"
    lines = (*first, "The prices below are those of the younger ferry.", second)
    rows = {row.text: row for _, row in rows_of(hit(lines))}
    assert "malm" in rows[first[1]].held
    assert "malm" not in rows[second].held
