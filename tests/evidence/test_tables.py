"""What is computed over a column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from rag.documents.context import context_of
from rag.evidence.tables import computed
from rag.schema import Document, Heading, Hit, Span

TEXT = (
    "Well: Ore | Depth in m: 41 | Owner: Ada Holm | Paid: 1,250 crowns | Tested: 3 May 2024\n"
    "Well: Brenne | Depth in m: 17 | Owner: Ole Vik | Paid: 900 crowns | Tested: 1 June 2023\n"
    "Well: Grane | Depth in m: 66 | Owner: Ada Holm | Paid: 2,000 crowns | Tested: 2 May 2024\n"
    "Well: Skold | Depth in m: 8 | Owner: Ine Dahl | Paid: 50 crowns | Tested: 9 July 2022"
)


def told(question: str, text: str = TEXT) -> str:
    return told_of(question, text, (), [(0, len(text))])


def told_of(
    question: str, text: str, heads: Sequence[Heading], places: Iterable[tuple[int, int]]
) -> str:
    """What is computed where the passages at some places are found, the first first."""
    document = Document("wells.csv", "Wells of Torv", text, headings=tuple(heads))
    hits = []
    for start, end in places:
        spans, at = [], start
        for line in text[start:end].split("\n"):
            spans.append(Span(at, at + len(line)))
            at += len(line) + 1
        passage = ("wells.csv", document.title, None, start, end, text[start:end], tuple(spans))
        hits.append(Hit(*passage, 1, 1, 1, context=context_of(document, start)))
    found = computed(question, hits, lambda id_: document, weight=lambda stem: 1.0)
    if found is None:
        return ""
    assert all(text[e.start : e.end] == e.quote for e in found.evidence)
    assert all(e.used for e in found.evidence)
    return found.text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which well is the deepest?", "Highest of 4 rows: Grane, Depth in m: 66"),
        ("Which well has the least depth?", "Lowest of 4 rows: Skold, Depth in m: 8"),
        ("What is the average depth of the wells?", "Mean over 4 rows, Depth in m: 33"),
        ("How much was paid in total for the wells?", "Sum over 4 rows, Paid: 4,200"),
        ("How many wells does Ada Holm own?", "2 rows: Owner: Ada Holm"),
        ("How many wells stand in the land of Ada Holm?", ""),
        ("Which is the deepest well of Ine Dahl?", ""),  # one row is no column
        ("Which well of Ada Holm is the deepest?", "Highest of 2 rows: Grane, Depth in m: 66"),
        ("Which well is the saltiest?", ""),
        ("Which well of Malm is the deepest?", ""),
        ("How deep is the well Ore?", ""),
        ("How many ferries are there?", ""),
        (
            "Which wells are deeper than 40 m?",
            "2 of 4 rows: Ore, Depth in m: 41; Grane, Depth in m: 66",
        ),
        ("How many wells of Ada Holm are over 50 m deep?", "1 of 4 rows: Grane, Depth in m: 66"),
        (
            "Which wells were tested before May 2024?",
            "2 of 4 rows: Brenne, Tested: 1 June 2023; Skold, Tested: 9 July 2022",
        ),
        (
            "Which wells does Ada Holm own?",
            "2 of 4 rows: Ore, Owner: Ada Holm; Grane, Owner: Ada Holm",
        ),
        (
            "What is the total depth of the wells tested in 2024?",
            "Sum over 2 rows, Depth in m: 107",
        ),
        ("Which wells are deeper than 90 m?", "0 of 4 rows; the highest: Grane, Depth in m: 66"),
        ("Is the well Ore deeper than 40 m?", "Yes: Ore, Depth in m: 41"),
        ("Was the well Ore tested before 2020?", "No: Ore, Tested: 3 May 2024"),
        ("Which wells were sold after 2020?", ""),  # of another thing than when they were tested
        ("Which ferries are longer than 40 m?", ""),
        ("Which wells with a lid are deeper than 40 m?", ""),  # of lids nothing is known
        ("Are the wells deeper than 40 m?", ""),
    ],
)
def test_a_column_is_computed_where_it_is_asked_for(question: str, said: str) -> None:
    assert told(question) == said


SHEETS = (
    "North county\n\nFarm: Alm | Cows: 10\nFarm: Bo | Cows: 25\nFarm: Elv | Cows: 5\n\n"
    "South county\n\nFarm: Berg | Cows: 90\nFarm: Dal | Cows: 60\nFarm: Os | Cows: 70\n"
    "Farm: Vik | Cows: 30"
)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What is the total number of cows in North county?", "Sum over 3 rows, Cows: 40"),
        ("What is the total number of cows in South county?", "Sum over 4 rows, Cows: 250"),
        ("Which farm in North county has the most cows?", "Highest of 3 rows: Bo, Cows: 25"),
        ("How many farms are in South county?", "4"),
        ("How many farms are there?", "7"),
        ("What is the total number of cows?", "Sum over 7 rows, Cows: 290"),
    ],
)
def test_of_several_sections_those_count_that_are_named(question: str, said: str) -> None:
    heads = [Heading(SHEETS.index(name), name) for name in ("North county", "South county")]
    north = SHEETS.index("Farm: Alm"), SHEETS.index("South") - 2
    south = SHEETS.index("Farm: Berg"), len(SHEETS)
    for places in ([north, south], [south, north]):  # whichever passage is nearer
        assert told_of(question, SHEETS, heads, places).startswith(said)


def test_a_row_of_totals_does_not_count() -> None:
    text = "Town: A | Homes: 5\nTown: B | Homes: 8\nTown: C | Homes: 7\nTown: All | Homes: 20"
    assert told("Which town has the most homes?", text) == "Highest of 3 rows: B, Homes: 8"
    assert told("How many homes are there in total?", text) == "Sum over 3 rows, Homes: 20"


def test_rows_with_the_same_key_are_told_apart() -> None:
    text = "Ferry: A | Ticket: Adult | Price: 60\nFerry: A | Ticket: Dog | Price: 15"
    said = told("What is the lowest price of a ticket on the ferry?", text)
    assert said == "Lowest of 2 rows: A, Ticket: Dog, Price: 15"


def test_equals_are_all_told() -> None:
    text = "Town: A | Homes: 8\nTown: B | Homes: 8\nTown: C | Homes: 7"
    said = told("Which town has the most homes?", text)
    assert said == "Highest of 3 rows: A, Homes: 8; B, Homes: 8"


def test_a_word_that_compares_tells_its_measure_and_standing_somewhere_is_no_more_than_being() -> (
    None
):
    rows = (("Alder", "Kaigasse", 17, 1931), ("Beech", "Hof", 24, 1889), ("Yew", "Kaigasse", 9, 15))
    text = "\n".join(
        f"Tree: {tree} | Street: {street} | Height (m): {high} | Planted: {year}"
        for tree, street, high, year in rows
    )
    assert told("Which tree is the tallest?", text) == "Highest of 3 rows: Beech, Height (m): 24"
    assert told("Which tree is the shortest?", text) == "Lowest of 3 rows: Yew, Height (m): 9"
    assert told("How many trees stand in the Kaigasse?", text) == "2 rows: Street: Kaigasse"
    assert told("How many trees died in the Kaigasse?", text) == ""


def test_a_year_that_heads_a_column_is_no_condition() -> None:
    text = "Town: A | 2021: 500 | 2022: 700\nTown: B | 2021: 900 | 2022: 800"
    assert told("Which town was largest in 2022?", text) == "Highest of 2 rows: B, 2022: 800"
    assert told("Which towns had more than 750 in 2022?", text) == "1 of 2 rows: B, 2022: 800"


def test_what_is_counted_may_have_another_name_than_its_column() -> None:
    text = "Vessel: Ore | Length in m: 41\nVessel: Brenne | Length in m: 17"
    assert told("How many ships are longer than 20 m?", text) == "1 of 2 rows: Ore, Length in m: 41"
    assert told("How many films are longer than 20 m?", text) == ""


PEOPLE = (
    "Name: Ada Holm | Ward: Ore | Employed since: 1999\n"
    "Name: Ole Vik | Ward: Sala | Employed since: 2003\n"
    "Name: Ine Dahl | Ward: Ore | Employed since: 2010"
)


@pytest.mark.parametrize(
    ("who", "said"),
    [("people", "2 of 3 rows"), ("persons", "2 of 3 rows"), ("ships", ""), ("films", "")],
)
def test_rows_of_names_are_people(who: str, said: str) -> None:
    question = f"How many {who} have been employed since before 2005?"
    assert told(question, PEOPLE).split(":")[0] == said


def test_a_key_that_tells_whose_the_table_is_names_no_row() -> None:
    text = "Town: Torv | Homes: 50\nTown: Ore | Homes: 40\nTown: Lun | Homes: 95"
    assert told("How many towns of Torv have more than 45 homes?", text).startswith("2 of 3 rows")
    assert (
        told("Which town of Torv has the most homes?", text) == "Highest of 3 rows: Lun, Homes: 95"
    )
    assert told("Does the town Torv have more than 60 homes?", text) == "No: Torv, Homes: 50"
