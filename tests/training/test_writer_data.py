"""What the writer learns from: whole, and asked as the program asks."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from training.ends_data import lines
from training.writer_data import (
    claims,
    near_questions,
    said,
    within,
    yes_or_no,
)
from training.written import ANSWERS, FALSIFIED, HERE, OWN, SAID, read_article

NOWHERE = Path("nowhere")


def test_every_sentence_rests_on_sentences_of_its_article() -> None:
    rows = [row for row in lines(ANSWERS) if row["sets"] in OWN]
    assert len(rows) > 900
    for row in rows:
        places = set(read_article(HERE / row["sets"] / row["document"]).sentences)
        assert 1 <= len(row["answer"]) <= 5
        for one in row["answer"]:
            assert one["text"]
            assert one["from"]
            assert {tuple(place) for place in one["from"]} <= places


def test_claims_are_asked_with_the_text_before_them() -> None:
    made = list(claims(NOWHERE, leave_out="h"))
    assert not any(one.document.startswith("near/h-") for one in made)
    assert len(made) > 900
    for one in made[:200]:
        assert [branch.reply for branch in one.branches] == ["Yes", "Yes", "No", "No"]
    told = list(said(NOWHERE, leave_out="h"))
    assert {branch.reply for one in told for branch in one.branches} == {"Yes", "No"}
    for one in made[:200] + told:
        assert one.before.startswith("Text: ")
        assert all(branch.request.startswith("Claim: ") for branch in one.branches)


def test_a_question_is_answered_where_all_of_its_sentences_are_shown() -> None:
    asked = [("whole", True, [("a", 0, 9), ("a", 10, 19)]), ("not", False, [("a", 0, 9)])]
    rng = Random(0)
    assert yes_or_no(asked, [("a", 0, 30)], rng) == {"Yes": ["whole"], "No": ["not"]}
    assert yes_or_no(asked, [("a", 0, 5)], rng) == {"Yes": [], "No": ["not"]}  # "whole" in part
    assert yes_or_no(asked, [("b", 0, 30)], rng) == {"Yes": [], "No": ["whole"]}
    assert within(("a", 3, 9), [("a", 8, 12)])
    assert not within(("a", 3, 8), [("a", 8, 12)])


def test_the_questions_of_an_article_have_the_places_of_their_sentences() -> None:
    by = near_questions()
    assert len(by) == 148
    found = [bool(places) for questions in by.values() for _, _, places in questions]
    assert sum(found) > 0.95 * len(found)


@pytest.mark.parametrize("file", [ANSWERS, FALSIFIED, SAID], ids=lambda file: file.stem)
def test_nothing_stands_there_twice(file: Path) -> None:
    rows = [(row["document"], row.get("claim") or row["question"]) for row in lines(file)]
    assert len(set(rows)) == len(rows)
