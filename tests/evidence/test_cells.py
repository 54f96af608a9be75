"""The cell that answers, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.evidence.cells import cell_in_words, read_off
from rag.query import Intent, Query
from rag.schema import Span
from tests.evidence.ferries import FERRIES, evidence, hit


@pytest.mark.parametrize(
    ("question", "words", "said"),
    [
        ("What does a ticket cost on the Malm?", "60", "Malm, Price in crowns: 60"),
        ("Which ticket costs 60 crowns on the Malm?", "Adult", "Malm, Ticket: Adult"),
    ],
)
def test_a_cell_is_said_with_what_it_is_of(question: str, words: str, said: str) -> None:
    told, proof = cell_in_words(question, evidence(FERRIES[0], words), [hit(FERRIES)])
    assert told.startswith(said.split(",")[0])
    assert words in told
    assert proof[0].quote == FERRIES[0]


def test_the_column_that_is_named_counts_more_than_the_words_that_are_marked() -> None:
    line = "Town: Hallvik | 2021: 4250 | 2022: 4310"
    told, _ = cell_in_words(
        "How many lived in Hallvik in 2022?", evidence(line, "4250"), [hit((line,))]
    )
    assert told == "Hallvik, 2022: 4310"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("How much will a second car cost?", "Second car, Now: £45, From October: £130"),
        ("How much does a second car cost now?", "Second car, Now: £45"),
    ],
)
def test_of_cells_that_look_alike_all_are_told_where_no_column_is_named(
    asked: str, said: str
) -> None:
    line = "Permit: Second car | Now: £45 | From October: £130 | Zone: 4"
    told, _ = cell_in_words(asked, evidence(line, "45"), [hit((line,))])
    assert told == said


def test_a_field_is_proven_with_the_field_that_names_the_form() -> None:
    form = ("Vessel: Sunna", "Home port: Tolvik", "Year of build: 1987")
    found = hit(form)
    start = found.text.index("Home")
    one = found.evidence(Span(start, start + len(form[1])), words=Span(start + 11, start + 17))
    told, proof = cell_in_words("What is the home port of the Sunna?", one, [found])
    assert told == "Sunna, Home port: Tolvik"
    assert [e.quote for e in proof] == ["Vessel: Sunna", "Home port: Tolvik"]


@pytest.mark.parametrize("word", ["", "34"])
def test_of_two_columns_that_are_named_none_is_left_out(word: str) -> None:
    line = "Lot: Malm | Price (kr): 34 | Weight: 6.0 | Sold to: Ada Holm"
    one = evidence(line, word) if word else replace(evidence(line, "Malm"), words=None)
    told, _ = cell_in_words("At what price was lot Malm sold?", one, [hit((line,))])
    assert told in ("Malm, Price (kr): 34", "Malm, Price (kr): 34, Sold to: Ada Holm")


@pytest.mark.parametrize("marked", ["1872", "Ada Holm", "5"])
def test_how_many_of_a_column_is_not_answered_by_a_name_that_is_marked(marked: str) -> None:
    line = "Station: Malm | Opened: 1872 | Keeper: Ada Holm | Platforms: 5"
    asked = "How many platforms does Malm have?"
    told, _ = cell_in_words(asked, evidence(line, marked), [hit((line,))])
    assert told == "Malm, Platforms: 5"
    told, _ = cell_in_words("Who is the keeper of Malm?", evidence(line, marked), [hit((line,))])
    assert told == "Malm, Keeper: Ada Holm"


def test_a_column_is_not_meant_by_the_words_that_another_has_with_more() -> None:
    line = "Ferry: Malm | Adult in crowns: 60 | Child in crowns: 30"
    one = replace(evidence(line, "60"), words=None)
    asked = "How many crowns is a ticket of the child in crowns on the Malm?"
    assert cell_in_words(asked, one, [hit((line,))])[0] == "Malm, Child in crowns: 30"


@pytest.mark.parametrize(
    ("asked", "score", "short", "told"),
    [
        ("What did the price come to at Malm?", 0.9, 0.2, ["Malm, Price in crowns: 60"]),
        ("What did the price come to at Malm?", 0.4, 0.2, []),
        ("What did the price come to at Malm?", 0.9, 0.0, []),
        ("What was the price in crowns at Malm?", 0.9, 0.0, ["Malm, Price in crowns: 60"]),
        ("What was the price in crowns at Malm?", 0.4, 0.0, []),
    ],
)
def test_a_row_that_likely_answers_is_read_off_where_it_has_all_or_a_short_answer_may_be_wanted(
    asked: str, score: float, short: float, told: list[str]
) -> None:
    query, found = Query(asked, asked, Intent.OPEN, sure=short), hit(FERRIES[:1])
    one = replace(evidence(FERRIES[0], "60"), score=score)
    said = read_off(query, [one], [found], lambda _: None, lambda _: 1.0, sure=True)
    assert [one.text for one in said] == told
    assert not read_off(query, [one], [found], lambda _: None, lambda _: 1.0, sure=False)


def test_a_part_is_told_with_the_row_that_it_is_a_part_of() -> None:
    lines = ("Results: Sales | 2023: 301", "Results: of which own shops | 2023: 187")
    found = hit(lines)
    one = replace(found.evidence(found.sentences[1]), words=None)
    told, proof = cell_in_words("What were the sales of own shops in 2023?", one, [found])
    assert told == "Sales, of which own shops, 2023: 187"
    assert [e.quote for e in proof] == list(lines)


def test_a_cell_that_is_no_place_is_not_told_for_one() -> None:
    line = "Boat: Havfrue | Built: 1994 | Yard: Moen"
    one = replace(evidence(line, "1994"), words=None)
    assert cell_in_words("Where was the Havfrue built?", one, [hit((line,))])[0] == ""


def test_of_cells_that_look_alike_only_days_are_told_where_a_day_is_asked_for() -> None:
    line = "Boat: Tolvik | Built: 1962 | Length (m): 14.2"
    told, _ = cell_in_words("When was the Tolvik launched?", evidence(line, "1962"), [hit((line,))])
    assert told == "Tolvik, Built: 1962"


def test_the_column_that_is_called_as_what_is_asked_for_answers() -> None:
    line = "Train: IC 7 | From: Holm | To: Malby | Platform: 4"
    asked = "From which platform does IC 7 leave?"
    assert cell_in_words(asked, evidence(line, "Holm"), [hit((line,))])[0] == "IC 7, Platform: 4"
