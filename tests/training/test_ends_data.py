"""What the large network's last layers learn from: whole, and as its docstring says."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import pytest

from training import ends_data
from training.ends_data import NEAR, SHORT, Example, one_other, table_examples

COUNTS = {NEAR: ({True: 1101, False: 1103}, 13), SHORT: ({True: 588, False: 589}, 6)}


@cache
def near_examples(questions: Path) -> list[Example]:
    """Each question laid out once for all tests: they change nothing."""
    return list(ends_data.near_examples(questions))


@pytest.mark.parametrize("questions", COUNTS, ids=lambda file: file.stem)
def test_about_as_many_questions_are_answered_as_not(questions: Path) -> None:
    examples = near_examples(questions)
    asked = {(one.author, one.question): one.answerable for one in examples}
    answered, authors = COUNTS[questions]
    assert Counter(asked.values()) == answered
    assert len({author for author, _ in asked}) == authors


def test_the_words_that_answer_in_short_stand_in_the_passage() -> None:
    told = [(one, one.answer) for one in near_examples(SHORT) if one.gold]
    assert sum(words is not None for _, words in told) > 0.9 * len(told)
    for one, words in told:
        if words is not None:
            offsets = one.pair.offsets
            inside = [o for o in offsets if o.end and o.start < words.end and words.start < o.end]
            assert inside
            assert inside[0].start <= words.start < words.end <= inside[-1].end


def test_what_is_read_of_tables_is_learned_as_it_was_said() -> None:
    examples = list(table_examples(2))
    assert len(examples) > 5
    assert not any(one.gold for one in examples)


@pytest.mark.parametrize("questions", COUNTS, ids=lambda file: file.stem)
def test_what_answers_is_found_in_a_passage_and_nothing_answers_the_others(questions: Path) -> None:
    examples = near_examples(questions)
    found = {(one.author, one.question) for one in examples if one.gold}
    near = {(one.author, one.question) for one in examples if one.near}
    asked = {(one.author, one.question): one.answerable for one in examples}
    assert found == {key for key, answerable in asked.items() if answerable}
    assert near == set(asked)


def test_of_each_question_one_passage_beside_the_point_is_learned() -> None:
    examples = near_examples(NEAR)
    learned = one_other(examples, Random(0))
    others = Counter((one.author, one.question) for one in learned if not one.near)
    assert set(others.values()) == {1}
    assert sum(one.near for one in learned) == sum(one.near for one in examples)
