"""What is told of an answer: the model's sentences where they are proven, and quotes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.evidence import EvidenceSet
from rag.query import Intent, Query
from rag.retrieval import SearchResult
from rag.schema import Answer, Evidence, Origin
from rag.telling import Telling
from rag.testing import FakeJudge, FakeLLM
from tests.world import ARTICLES, BUILT, asked, opened

WHY = "Why was the ferry Hanna built?"


def written(place: Path, *replies: str, question: str = WHY) -> Answer:
    with opened(place, llm=FakeLLM(replies, writes=True)) as assistant:
        return asked(assistant, question)


def test_what_a_model_writes_and_quotes_prove_stands_in_front(tmp_path: Path) -> None:
    answer = written(tmp_path, "The ferry Hanna was built in 1962. [7]")
    assert answer.claims[0].text == "The ferry Hanna was built in 1962."
    assert answer.claims[0].origin is Origin.COMPOSED
    assert answer.claims[0].citations[0].quote == BUILT
    assert not answer.rejected


def test_what_is_not_proven_is_left_out_and_told_and_the_quotes_stand(tmp_path: Path) -> None:
    answer = written(tmp_path, "The ferry Hanna was built in 1987. She sank off Rouen.")
    assert [claim.text for claim in answer.rejected] == [
        "The ferry Hanna was built in 1987.",
        "She sank off Rouen.",
    ]
    assert "1987" in answer.rejected[0].verdict.reason
    assert all(claim.origin is Origin.VERBATIM for claim in answer.claims)
    assert BUILT in [claim.text for claim in answer.claims]


def test_what_is_not_proven_gives_way_to_the_sentence_that_it_was_made_of(tmp_path: Path) -> None:
    wrong, source = (f"She carries {n} passengers and 14 cars." for n in (130, 120))
    answer = written(tmp_path, f"{wrong} Ticket sales fell 15 percent in 2020.")
    assert answer.rejected[0].text == wrong
    (claim,) = [claim for claim in answer.claims if claim.text == source]
    assert claim.origin is Origin.VERBATIM


@pytest.mark.parametrize(
    "reply",
    ["", "…", "[1] [1] [1]", "Arrr " * 300, "Volcanoes are loud. They sleep.", "The ferry"],
)
def test_garbage_leaves_the_quotes(tmp_path: Path, reply: str) -> None:
    answer = written(tmp_path, reply)
    assert not answer.refused
    assert all(claim.origin is Origin.VERBATIM for claim in answer.claims)


def test_a_sentence_that_the_source_has_is_told_as_its_quote(tmp_path: Path) -> None:
    answer = written(tmp_path, f"{BUILT} [1]")
    assert answer.claims[0].origin is Origin.VERBATIM


def test_a_model_that_breaks_off_is_an_error(tmp_path: Path) -> None:
    llm = FakeLLM(["The ferry Hanna was built in 1962."], breaks_after=2, writes=True)
    with opened(tmp_path, llm=llm) as assistant, pytest.raises(ModelError):
        assistant.ask(WHY)


def test_a_model_that_may_not_write_is_not_asked(tmp_path: Path) -> None:
    llm = FakeLLM(["The ferry Hanna was built in 1962."], writes=False)
    with opened(tmp_path, llm=llm) as assistant:
        asked(assistant, WHY)
    assert not llm.prompts


def test_a_direct_claim_must_rest_on_the_sentence_that_answers(tmp_path: Path) -> None:
    answer = written(
        tmp_path, "She carries 120 passengers.", question="When was the ferry Hanna built?"
    )
    assert [claim.text for claim in answer.rejected] == ["She carries 120 passengers."]
    assert answer.claims[0].text == BUILT


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("Hanna was built in 1962.", ["Hanna was built in 1962."]),
        ("Hanna was built in 1987.", []),
    ],
)
def test_where_the_reader_is_not_sure_only_what_the_model_proves_answers(
    reply: str, told: list[str]
) -> None:
    chosen = Evidence("a.md", "Ships", None, 0, 16, "She sails daily.", 0.4, used=True)
    built = replace(
        chosen, start=20, end=60, quote="The ferry Hanna was built in 1962.", used=False
    )
    question = "When was Hanna built?"
    query = Query(question, question, intent=Intent.DIRECT, sure=1.0)
    for unsure in (True, False):
        found = EvidenceSet(
            (chosen,), 0.4, SearchResult((), 0), offered=(chosen, built), unsure=unsure
        )
        llm = FakeLLM([reply], yes=9.0, writes=True)
        work = Telling(query, 0.0, FakeJudge(), llm, lambda stem: 1.0)
        list(work.tell(query, found, differ=False))
        expected = told if unsure else [chosen.quote]  # short enough to be told as it is
        assert [claim.text for claim in work.claims] == expected


def test_what_the_model_says_first_leads_and_the_rest_stands_in_reading_order(
    tmp_path: Path,
) -> None:
    later, earlier = "Ticket sales fell 15 percent in 2019.", "She carries 120 passengers"
    said = f"{later} {earlier} and 14 cars."
    answer = written(tmp_path, said, question="Explain what is known about Hanna's traffic.")
    texts = [claim.text for claim in answer.claims]
    assert texts[0] == later
    assert texts[1:] == sorted(texts[1:], key=ARTICLES["ferry.md"].index)
    assert any(text.startswith(earlier) for text in texts)


def test_what_a_taught_model_says_stands_in_its_order(tmp_path: Path) -> None:
    later, earlier = (
        "Ticket sales fell 15 percent in 2019.",
        "She carries 120 passengers and 14 cars.",
    )
    question = "Explain what is known about Hanna's traffic."
    for said in ([later, earlier], [earlier, later]):
        llm = FakeLLM([" ".join(said)], yes=4.0, taught=True)
        with opened(tmp_path / said[0][:5], llm=llm) as assistant:
            texts = [claim.text for claim in asked(assistant, question).claims]
        assert texts[:2] == said


def test_no_more_sentences_are_told_than_are_wanted(tmp_path: Path) -> None:
    question = "Explain what is known about Hanna's traffic in one sentence."
    answer = written(
        tmp_path, f"She carries 120 passengers and 14 cars. {BUILT}", question=question
    )
    assert [claim.text for claim in answer.claims] == ["She carries 120 passengers and 14 cars."]


def test_what_is_of_another_time_than_asked_is_left_out_and_told(tmp_path: Path) -> None:
    fell = "Ticket sales fell 15 percent in 2019."
    question = "Explain what happened to the ferry Hanna in 1962."
    answer = written(tmp_path, f"{fell} {BUILT}", question=question)
    assert [claim.text for claim in answer.claims][:1] == [BUILT]
    assert fell not in {claim.text for claim in answer.claims}
    assert any("another time" in claim.verdict.reason for claim in answer.rejected)
