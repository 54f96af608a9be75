from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verification.rules.clauses import words
from rag.verification.rules.lemmas import is_participle, is_past, root
from rag.words import tokens


def clause_of(text: str) -> dict[str, int]:
    return {word.word: word.clause for word in words(text)}


def test_a_clause_ends_where_the_next_begins() -> None:
    found = clause_of("Ann left; Bob stayed, but Carl fell. Dora slept.")
    assert found["ann"] == found["left"] < found["bob"] < found["carl"] < found["dora"]


@pytest.mark.parametrize(
    "text", ["St. Anne won", "Dr. Anne won", "at 6.40 p.m. she won", "J. Anne won"]
)
def test_an_abbreviation_ends_none(text: str) -> None:
    assert {word.clause for word in words(text)} == {0}


def test_a_comma_ends_a_part_and_brackets_stand_aside() -> None:
    found = {word.word: word for word in words("Ann (née Roth) of Lund, 40, won 1:54.92 twice.")}
    assert found["ann"].part == found["lund"].part != found["won"].part
    assert found["won"].clause == found["twice"].clause
    assert found["roth"].aside
    assert not found["lund"].aside


def test_figures_and_openings_are_marked() -> None:
    found = {word.word: word for word in words("Sales rose 15 percent. May fell.")}
    assert found["15"].figure
    assert found["percent"].figure
    assert found["sales"].opens
    assert found["may"].opens
    assert not found["rose"].opens


@given(st.text(max_size=200))
def test_no_word_is_lost(text: str) -> None:
    plain = text.replace("’", "'")
    if plain.isascii():
        assert [word.word for word in words(plain)] == [
            token for piece in plain.split() for token in tokens(piece)
        ] or "." in plain


@pytest.mark.parametrize(("one", "other"), [("gave", "giving"), ("men", "man"), ("sold", "sells")])
def test_forms_of_a_word_have_one_root(one: str, other: str) -> None:
    assert root(one) == root(other)


@pytest.mark.parametrize(("one", "other"), [("founded", "found"), ("fell", "felt"), ("lay", "lie")])
def test_other_words_have_other_roots(one: str, other: str) -> None:
    assert root(one) != root(other)


def test_participles_and_pasts() -> None:
    assert is_participle("given")
    assert not is_participle("gave")
    assert is_past("gave")
    assert not is_participle("hundred")
    assert not is_past("men")
