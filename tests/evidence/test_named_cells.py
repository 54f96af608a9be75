"""Cells and columns that a question names."""

from __future__ import annotations

from rag.evidence.named_cells import cell_of, columns_meant, is_named, within
from rag.evidence.parts import words

CELLS = (("Lot", "Malm"), ("Price (kr)", "34"), ("Weight", "6.0"), ("Sold to", "Ada Holm"))


def test_a_cell_has_a_column_or_none() -> None:
    assert (cell_of("Price: 34"), cell_of("34")) == (("Price", "34"), ("", "34"))


def test_a_column_that_is_named_is_meant_before_the_one_that_is_marked() -> None:
    asked = words("What is the weight of lot Malm?")
    assert columns_meant(CELLS, {0}, asked, 1) == [2]
    assert columns_meant(CELLS, {0}, words("What is it of Malm?"), 1) == [1]
    assert columns_meant(CELLS, {0}, words("What is it of Malm?"), None) == []


def test_common_words_alone_name_no_cell() -> None:
    asked = words("What is in the North Malm?")
    assert is_named(("north", "malm"), asked)
    assert not is_named(("in", "the"), asked)
    assert not within(("malm", "north"), asked)
