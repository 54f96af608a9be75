"""What the writer learns from: whole, and asked as the program asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.ends_data import lines
from training.writer_data import (
    claims,
    said,
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


@pytest.mark.parametrize("file", [ANSWERS, FALSIFIED, SAID], ids=lambda file: file.stem)
def test_nothing_stands_there_twice(file: Path) -> None:
    rows = [(row["document"], row.get("claim") or row["question"]) for row in lines(file)]
    assert len(set(rows)) == len(rows)
