"""The thing, or the deed, that a question asks for by its name."""

from __future__ import annotations

import pytest

from rag.evidence.asked import is_same_deed, thing_asked
from rag.models.judge import Judge
from rag.models.loading import load_judge
from rag.testing import FakeJudge


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge()


@pytest.mark.parametrize(
    ("question", "thing", "counted"),
    [
        ("How many beds does the cottage have?", "beds", True),
        ("How many people took part?", "people", True),
        ("How much vitamin D does Nora have?", "vitamin", False),
        ("What is Nora Haag's ferritin level?", "ferritin level", False),
        ("Who was the other driver?", "other driver", False),
        ("At what number can Lotte be reached?", "number", False),
        ("What was the weather like?", "weather", False),
        ("Which group is Ida in?", "group", False),
        ("Who surveyed the house?", "", False),
        ("What does the cottage cost a month?", "", False),
        ("When did it happen?", "", False),
        ("", "", False),
    ],
)
def test_what_is_asked_for_by_its_name(question: str, thing: str, counted: bool) -> None:
    assert thing_asked(question) == (thing, counted)


@pytest.mark.parametrize(
    ("question", "label", "same"),
    [
        ("When was the Tolvik launched?", "Built", True),
        ("In which year was the mill constructed?", "Year built", True),
        ("When was the Tolvik sunk?", "Built", False),
        ("When was the mill closed?", "Opened", False),
        ("Who launched the Tolvik?", "Built", False),
        ("When was the Tolvik launched?", "Home port", False),
    ],
)
def test_a_day_is_told_by_the_column_of_the_same_deed(
    judge: Judge, question: str, label: str, same: bool
) -> None:
    assert is_same_deed(question, label, judge) == same


def test_the_judge_is_not_asked_where_no_day_is_asked_for() -> None:
    assert not is_same_deed("Where was it built?", "Built", FakeJudge())
