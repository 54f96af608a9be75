"""What the large network's last layers learn from: whole, and as its docstring says."""

from __future__ import annotations

from collections import Counter
from random import Random

from training.ends_data import near_examples, one_other


def test_about_as_many_questions_are_answered_as_not() -> None:
    examples = list(near_examples())
    asked = {(one.author, one.question): one.answerable for one in examples}
    assert Counter(asked.values()) == {True: 1101, False: 1103}
    assert len({author for author, _ in asked}) == 13


def test_what_answers_is_found_in_a_passage_and_nothing_answers_the_others() -> None:
    examples = list(near_examples())
    found = {(one.author, one.question) for one in examples if one.gold}
    near = {(one.author, one.question) for one in examples if one.near}
    asked = {(one.author, one.question): one.answerable for one in examples}
    assert found == {key for key, answerable in asked.items() if answerable}
    assert near == set(asked)


def test_of_each_question_one_passage_beside_the_point_is_learned() -> None:
    examples = list(near_examples())
    learned = one_other(examples, Random(0))
    others = Counter((one.author, one.question) for one in learned if not one.near)
    assert set(others.values()) == {1}
    assert sum(one.near for one in learned) == sum(one.near for one in examples)
