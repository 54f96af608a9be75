"""Rows that are a part of the one above them."""

from __future__ import annotations

from rag.evidence.parts import is_part, own_words, whole_of, words

KEYS = ("Sales", "of which own shops", "of which supermarkets", "Net debt", "of England")


def test_a_part_is_of_the_nearest_row_above_that_is_none() -> None:
    assert [whole_of(KEYS, at) for at in range(len(KEYS))] == [-1, 0, 0, -1, 3]
    assert whole_of(("of which exports",), 0) == -1


def test_a_name_is_no_part() -> None:
    assert not any(map(is_part, ("Of Mice and Men", "exports", "of", "")))
    assert own_words("of which supermarkets") == ("supermarkets",)


def test_words_are_compared_as_they_are_spelt_out() -> None:
    assert words("2024-05-03: 4,310") == ("3", "may", "2024", "4310")
