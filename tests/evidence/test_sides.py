"""Which of the things that are compared a sentence names."""

from __future__ import annotations

import pytest

from rag.evidence.sides import in_turns, leads, names, naming_all, of_both_sides, sides_of
from rag.query import Query, understand
from rag.schema import Evidence

COMPARED = understand("Compare the ferry Hanna with the Korvina.")


def told(quote: str, title: str = "") -> Evidence:
    return Evidence("a.md", title, None, 0, len(quote), quote, 0.5)


@pytest.mark.parametrize(
    ("text", "side", "named"),
    [
        ("The Hanna was built in 1962.", "the ferry Hanna", True),
        ("The ferry is old.", "the ferry Hanna", False),
        ("The U.S. asked for a licence.", "what Washington wants", True),
        ("American buyers stay away.", "Washington", True),
        ("Chinese firms wait.", "Washington", False),
        ("The White House agreed.", "the United States", True),
        ("American buyers stay away.", "Washington's H20 rule", False),
        ("The American rule on the H20 holds.", "Washington's H20 rule", True),
        ("Coal is cheap.", "coal power", False),
        ("Power from coal is cheap.", "coal power", True),
    ],
)
def test_a_side_is_named_by_its_names_or_by_all_its_words(
    text: str, side: str, named: bool
) -> None:
    assert names(text, side) is named


def test_a_sentence_names_sides_by_its_title_too() -> None:
    assert sides_of(COMPARED, told("It is slow.", "The Korvina")) == {COMPARED.sides[1]}


def test_what_compares_all_in_words_leads() -> None:
    both = told("The Hanna is slower than the Korvina.")
    row = told("Feature: Length | Hanna: 30 m | Korvina: 40 m")
    one = told("The Hanna is old.")
    assert [leads(COMPARED, e) for e in (both, row, one)] == [True, False, False]
    assert not leads(Query("Who?", "Who?"), both)
    assert naming_all(COMPARED, [one, both]) == [both, one]
    assert of_both_sides(COMPARED, [row, one], [both, one]) == [row, both]


def test_sides_are_heard_in_turn() -> None:
    first, second, other = told("The Hanna is old."), told("The Hanna sank."), told("Korvina won.")
    assert in_turns(COMPARED, [first, second, other]) == [first, other, second]
    assert in_turns(Query("Who?", "Who?"), [second, first]) == [second, first]
