from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evidence.leaning import leans, led_by
from rag.evidence.selection import filled
from rag.schema import Evidence


def said(*quotes: str, document: str = "a.md") -> list[Evidence]:
    found, at = [], 0
    for quote in quotes:
        found.append(Evidence(document, "", None, at, at + len(quote), quote, 0.5))
        at += len(quote) + 1
    return found


@pytest.mark.parametrize(
    "sentence",
    [
        "It is still a good lesson.",
        "He said that the deal must not become a precedent.",
        "Their motto is Ubique.",
        "This group has lost the compound eyes.",
    ],
)
def test_what_leans(sentence: str) -> None:
    assert leans(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Rollo left the town of Rouen in 911.",
        "In April 1191 Richard left Messina.",
        "Nvidia planned the H20 for late 2023.",
        "Critics point to Article I of the Constitution.",
    ],
)
def test_what_stands_alone(sentence: str) -> None:
    assert not leans(sentence)


@given(st.text(max_size=400))
def test_any_text_leans_or_not(text: str) -> None:
    assert leans(text) in (True, False)


def test_what_it_leans_on_is_the_sentence_right_before() -> None:
    first, second, third = said("Rollo was a Viking.", "He left.", "Rouen fell.")
    assert led_by(second, [third, first, second]) == first
    assert led_by(third, [first, second, third]) is None
    assert led_by(second, [third]) is None
    assert led_by(second, said("Rollo was a Viking.", document="b.md")) is None


def test_what_leans_is_told_only_after_what_it_leans_on() -> None:
    first, second, third = said("Rollo was a Viking.", "He left.", "Rouen fell.")
    best = said("Ships came.", "Walls fell.", "Men stayed.", document="b.md")
    around = [first, second, third]
    assert filled([*best, third, second, first], 40, around) == (*best, third, first)
    assert filled([*best, first, second], 40, around) == (*best, first, second)
    assert filled([second, third], 20, around) == (second, third)  # the best are told anyway
    assert filled([*best, second], 40) == (*best, second)


def test_the_second_that_is_too_long_ends_it() -> None:
    one, long, two, longer, three = said(
        "Ships left.", "word " * 9, "Men stayed.", "word " * 9, "Walls fell."
    )
    assert filled([one, long, two, longer, three], 8) == (one, two)
