"""Other wordings of a sentence say no more than it does."""

from __future__ import annotations

import random

import pytest

from rag.words import tokens
from training.reword import defined, reformatted, reordered, shorter, subject_and_predicate

SENTENCES = [
    "The ferry Hanna, a gift of the brewer, was built in 1962 while the yard was being enlarged.",
    "In May 1932, the bridge over the Lund was opened by Ada Rehn.",
    "The council voted to close the school (the oldest in town) and sold the house to a brewer.",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_shorter_sentence_has_no_words_of_its_own(sentence: str) -> None:
    for seed in range(20):
        short = shorter(sentence, random.Random(seed))
        assert short is None or (set(tokens(short)) <= set(tokens(sentence)) and short != sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry sails if the wind is low.",
        "The mayor resigned, according to a clerk.",
        "Nobody left, except the cook.",
    ],
)
def test_what_the_truth_hangs_on_is_not_left_out(sentence: str) -> None:
    assert {shorter(sentence, random.Random(seed)) for seed in range(20)} == {None}


def test_what_leads_up_may_come_last() -> None:
    sentence = "In May 1932, the bridge opened."
    assert reordered(sentence, random.Random(0)) == "The bridge opened in May 1932."


def test_an_apposition_says_what_something_is() -> None:
    assert defined("Ada Rehn, an engineer from Oslo, drew it.") == (
        "Ada Rehn is an engineer from Oslo."
    )


def test_another_spelling_has_the_same_value() -> None:
    found = {reformatted("It cost 12,000 dollars.", random.Random(seed)) for seed in range(30)}
    assert "It cost $12,000." in found
    assert "It cost 12 thousand dollars." in found


def test_a_sentence_is_parted_before_its_verb() -> None:
    assert subject_and_predicate("The old bridge was closed in May.") == (
        "The old bridge",
        "was closed in May",
    )
