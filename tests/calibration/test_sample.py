"""The draw, what is changed, and which passages may answer."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from rag.calibration.questions import MaskedQuestion
from rag.calibration.sample import Made, Pool, SampleName, answers, draw, says
from rag.documents import parse
from rag.schema import Document, Hit, Span
from tests.calibration.world import articles

DOCUMENTS = {name: parse(text.encode(), name=name) for name, text in articles().items()}
MADE = Made(
    MaskedQuestion("Ada Rehn designed the stone bridge in which year?", "in 1900", "when"), "0.txt"
)


def drawn(seed: int, ids: list[str] | None = None) -> list[Made]:
    return draw(ids or list(DOCUMENTS), DOCUMENTS.get, longest=800, seed=seed)[0]


def hit(text: str) -> Hit:
    return Hit("a.txt", "A title", None, 0, len(text), text, (Span(0, len(text)),), 1.0, 1.0, 1.0)


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_articles() -> None:
    assert drawn(3) == drawn(3, list(reversed(DOCUMENTS)))
    assert drawn(3) != drawn(4)


def test_every_article_gives_one_before_any_gives_two() -> None:
    first = [made.document for made in drawn(0)[:6]]
    assert sorted(first) == sorted(DOCUMENTS)
    assert max(Counter(made.document for made in drawn(0)[:12]).values()) == 2


def test_an_article_that_went_meanwhile_is_passed_over() -> None:
    assert {made.document for made in drawn(0, ["0.txt", "gone.txt"])} == {"0.txt"}


def test_nothing_comes_of_nothing() -> None:
    assert draw([], DOCUMENTS.get, longest=800, seed=0)[0] == []


def test_a_change_brings_in_what_stands_elsewhere() -> None:
    pool = Pool.of(list(DOCUMENTS.values()))
    seen = {pool.change(MADE, random.Random(seed)) for seed in range(30)}
    assert MADE.asked.text not in seen
    assert len(seen) > 1
    for changed in seen:
        assert changed is not None
        assert not changed.startswith("Ada Rehn")
        assert changed.endswith(" designed the stone bridge in which year?")


def test_a_year_is_changed_into_another_year() -> None:
    pool = Pool((), ("1911", "1912"), ("12",))
    made = Made(MaskedQuestion("What did they sell in 1911?", "boats", "what"), "0.txt")
    assert pool.change(made, random.Random(0)) == "What did they sell in 1912?"


def test_what_cannot_be_changed() -> None:
    made = Made(MaskedQuestion("Who sold the boats?", "Olga Berg", "who"), "0.txt")
    assert (
        Pool((SampleName("Tom Vass", "", "a"),), ("1911",), ("12",)).change(made, random.Random(0))
        is None
    )
    assert Pool((), (), ()).change(MADE, random.Random(0)) is None


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("Ada Rehn designed the stone bridge in 1900.", True),
        ("The bridge of stone was designed by Ada Rehn around 1900, they say.", True),
        ("Ada Rehn designed the stone bridge.", False),
        ("The school was opened in 1900.", False),
    ],
)
def test_a_passage_that_may_answer_is_known(text: str, does: bool) -> None:
    assert answers(hit(text), MADE, lambda _: 1.0) == does


def test_a_passage_that_may_bear_out_a_changed_question_is_known() -> None:
    question = "When did Olga Berg design the stone bridge?"
    assert says(hit("The stone bridge was designed by Olga Berg."), question, lambda _: 1.0)
    assert not says(hit("The stone bridge was designed by Ada Rehn."), question, lambda _: 1.0)
    assert not says(hit(""), question, lambda _: 1.0)


def test_boilerplate_is_not_asked_about() -> None:
    text = "A title\n\nRead more: Ada Rehn designed the stone bridge in 1900.\n"
    document = Document("a.txt", "A title", text)
    assert not draw(["a.txt"], {"a.txt": document}.get, longest=800, seed=0)[0]
