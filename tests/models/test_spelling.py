"""Figures, dates and initials in one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.models.spelling import plain, spelt_alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12,000 ships", "12 thousand ships"),
        ("2.1 million tonnes", "2,100,000 tonnes"),
        ("$40m", "40 million dollars"),
        ("US$40 million", "$40,000,000"),
        ("60 percent", "60%"),
        ("60 per cent", "sixty %"),
        ("twenty-three days", "23 days"),
        ("forty one graves", "41 graves"),
        ("13 bn years", "13 billion years"),
        ("on August 9, 2034", "on 9 August 2034"),
        ("on 2034-08-09", "on 9 August 2034"),
        ("on July 1st", "on 1 July"),
        ("€213", "213 euros"),
    ],
)
def test_two_spellings_become_one(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize("text", ["The H20 has 900 GB.", "In May 2024", "version 1.2.3", "a map"])
def test_what_has_one_spelling_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("one", "other"), [("1.5 million", "15 million"), ("1,000", "100"), ("twenty", "two")]
)
def test_two_values_stay_two(one: str, other: str) -> None:
    assert plain(one) != plain(other)


def test_a_name_gets_the_initials_that_the_claim_uses() -> None:
    premise, _ = spelt_alike("The Bureau of Industry and Security wrote.", "BIS wrote.")
    assert premise == "The Bureau of Industry and Security (BIS) wrote."


def test_initials_that_stand_there_are_not_added() -> None:
    premise = "The European Space Agency (ESA) paid."
    assert spelt_alike(premise, "ESA paid.") == (premise, "ESA paid.")


def test_other_initials_are_no_name_s() -> None:
    assert spelt_alike("The United Nations left.", "NATO left.")[0] == "The United Nations left."


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_can_be_spelt(premise: str, claim: str) -> None:
    one, other = spelt_alike(premise, claim)
    assert plain(other) == plain(plain(other))
    assert isinstance(one, str)
