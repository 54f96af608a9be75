"""What the writer learns to point at: the letters stand before the sentences that answer."""

from __future__ import annotations

from random import Random

import pytest

from rag.schema import Evidence
from rag.writing import LETTERS
from training.ends_data import lines
from training.sheets import NONE, Asked, answers_of, one_sheet, places_of, questions
from training.written import HERE, read_article

NAME = "m-bank.md"


def evidence(name: str = NAME) -> tuple[Evidence, ...]:
    article = read_article(HERE / "near" / name)
    return tuple(
        Evidence(name, article.title, None, start, end, text, 0.0)
        for (start, end), text in article.sentences.items()
    )


def test_every_question_that_is_answered_has_its_sentences() -> None:
    asked = [one for some in questions().values() for one in some]
    assert len(asked) > 4000
    found = [bool(one.places) for one in asked if one.answerable]
    assert sum(found) > 0.97 * len(found)
    assert sum(bool(one.after) for one in asked) == 592
    assert not any(name.startswith("m-") for name in questions("m"))


def test_the_letters_are_those_of_the_sentences() -> None:
    asked = {NAME: [one for one in questions()[NAME] if one.places or not one.answerable]}
    (made,) = one_sheet([(NAME, evidence())], asked, {}, Random(1))
    texts = {line[0]: line[3:] for line in made.before.splitlines() if line[1:3] == ": "}
    told = {one.text: one for one in asked[NAME]}
    assert {branch.letters for branch in made.branches} == {True}
    assert {branch.reply == NONE for branch in made.branches} == {True, False}
    for branch in made.branches:
        one = told[branch.request.rpartition("\n")[0]]
        wanted = [evidence_of(place) for place in one.places] if one.answerable else []
        assert [texts[letter] for letter in branch.reply if letter != NONE] == wanted


def evidence_of(place: tuple[str, int, int]) -> str:
    return next(one.quote for one in evidence() if (one.start, one.end) == place[1:])


def test_what_is_not_on_the_sheet_is_not_answered_there() -> None:
    asked = {NAME: [Asked("Who?", True, ((NAME, one.start, one.end),)) for one in evidence()]}
    (made,) = one_sheet([(NAME, evidence()[:9])], asked, {}, Random(1))
    replies = [branch.reply for branch in made.branches]
    assert NONE in replies
    assert set(replies) <= {NONE, *LETTERS[:9]}


def test_answers_are_told_over_what_holds_them() -> None:
    answers, asked = answers_of(HERE), questions()
    name = next(name for name in sorted(answers) if (HERE / "near" / name).exists())
    (made,) = one_sheet([(name, evidence(name))], asked, answers, Random(1))
    told = [branch for branch in made.branches if branch.text]
    assert told
    assert not any(branch.letters for branch in told)
    (few,) = one_sheet([(name, evidence(name))], asked, answers, Random(1), answers_most=0)
    assert not any(branch.text for branch in few.branches)


FOLLOWING = lines(HERE / "follow.jsonl")


@pytest.mark.parametrize("line", FOLLOWING[::60], ids=lambda line: line["document"])
def test_a_turn_stands_after_one_of_the_same_article(line: dict[str, str]) -> None:
    same = [one["question"] for one in FOLLOWING if one["document"] == line["document"]]
    assert not line["after"] or line["after"] in same
    assert places_of(line["document"], line["sentences"]) or not line["sentences"]
