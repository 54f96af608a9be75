"""A model reads evidence again: one that was taught points at what answers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast

import pytest

from rag.evidence import EvidenceSet, Sources
from rag.odds import log_odds
from rag.query import Query
from rag.rereading import Rereading
from rag.retrieval import SearchResult
from rag.schema import Answer, Evidence, Hit, Span
from rag.testing import FakeLLM
from tests.world import BUILT, opened

WHY = "Why was the ferry Hanna built?"
TALE = (
    "# The Korvina\n\nThe Korvina sailed in May. Her captain was Ane Holt. "
    "The harbour was closed by ice. The crew had gone home.\n"
)
OTHER = "# The Terne\n\nThe Terne sank in June. A storm had broken her mast.\n"


def pointing_at(*wanted: str, none: float = 0.01) -> FakeLLM:
    """A model that points at the sentences with some words, each as likely, and writes nothing."""

    def points(request: str, at: str) -> list[float]:
        lines = [line for line in request.splitlines() if line[1:3] == ": " and line[0] in at]
        told = [any(word in line for word in wanted) for line in lines]
        share = (1 - none) / sum(told) if any(told) else 0.0
        left = none if any(told) else 1.0
        return [math.log(max(share if one else 0.0, 1e-9)) for one in told] + [math.log(left)]

    return FakeLLM(["…"] * 99, points=points, taught=True, context=4096)


def ask(place: Path, llm: FakeLLM, *questions: str) -> Answer:
    history: list[tuple[str, str]] = []
    with opened(place, llm=llm, articles={"korvina.md": TALE, "terne.md": OTHER}) as assistant:
        for question in questions[:-1]:
            told = assistant.ask(question, history=tuple(history))
            history += [("user", question), ("assistant", str(told.text))]
        return assistant.ask(questions[-1], history=tuple(history))


def test_the_sentences_that_a_model_points_at_answer_an_open_question(tmp_path: Path) -> None:
    answer = ask(
        tmp_path, pointing_at("closed by ice", "gone home"), "Why did the Korvina not sail on?"
    )
    assert [claim.text for claim in answer.claims] == [
        "The harbour was closed by ice.",
        "The crew had gone home.",
    ]


def test_what_it_points_at_none_of_is_refused(tmp_path: Path) -> None:
    assert ask(tmp_path, pointing_at("nothing"), "Why did the Korvina not sail on?").refused


def test_a_follow_up_is_pointed_at_in_the_article_that_was_just_spoken_of(tmp_path: Path) -> None:
    llm = pointing_at("gone home", "broken her mast")
    answer = ask(tmp_path, llm, "Why did the Korvina not sail on?", "and why else?")
    assert {c.citations[0].document for c in answer.claims} == {"korvina.md"}


def test_what_speaks_against_evidence_does_so_when_the_model_has_read_it_too() -> None:
    unused = cast(Any, None)
    llm = FakeLLM(yes=1.0, writes=True)
    sources = Sources(unused, unused, unused, unused, 0.5, unused)
    rereading = Rereading(llm, sources, unused, lambda query: 0.5, lambda query: ())
    query = Query(WHY, WHY, sure=0.0)
    one = Evidence("a.md", "A", None, 0, len(BUILT), BUILT, 0.5, used=True)
    hit = Hit("a.md", "A", None, 0, len(BUILT), BUILT, (Span(0, len(BUILT)),), 1.0, 1.0, 1.0)
    found = EvidenceSet((one,), 0.4, SearchResult((hit,), 1))
    read = rereading.read(query, found).confidence
    doubted = rereading.read(query, found.doubted("It names another.", 2.0))
    assert log_odds(read) - log_odds(doubted.confidence) == pytest.approx(2.0)
    assert not llm.prompts  # it was asked for its odds alone


def read_again(sure: float, confidence: float, llm: FakeLLM) -> float:
    """How likely evidence answers once a model has read it, from how likely the reader thinks."""
    unused = cast(Any, None)
    sources = Sources(unused, unused, unused, unused, 0.5, unused)
    one = Evidence("a.md", "A", None, 0, len(BUILT), BUILT, confidence, used=True)
    hit = Hit("a.md", "A", None, 0, len(BUILT), BUILT, (Span(0, len(BUILT)),), 1.0, 1.0, 1.0)
    found = EvidenceSet((one,), confidence, SearchResult((hit,), 1))
    rereading = Rereading(llm, sources, unused, lambda query: 0.5, lambda query: ())
    return rereading.read(Query(WHY, WHY, sure=sure), found).confidence


@pytest.mark.parametrize("taught", [True, False])
def test_a_model_that_was_taught_is_asked_though_the_reader_is_sure(taught: bool) -> None:
    assert (read_again(0.0, 0.95, FakeLLM(yes=-4.0, taught=taught)) < 0.5) == taught


@pytest.mark.parametrize("taught", [True, False])
def test_only_one_that_was_taught_is_asked_of_short_answers(taught: bool) -> None:
    assert (read_again(1.0, 0.9, FakeLLM(yes=-4.0, taught=taught)) < 0.5) == taught
    assert read_again(1.0, 0.995, FakeLLM(yes=-4.0, taught=taught)) == 0.995  # it is sure
    assert (read_again(1.0, 0.3, FakeLLM(yes=4.0, taught=taught)) > 0.5) == taught
    assert read_again(1.0, 0.1, FakeLLM(yes=4.0, taught=taught)) == 0.1  # it has found none


def test_what_nothing_names_is_refused_wherever_a_model_points(tmp_path: Path) -> None:
    llm = pointing_at("gone home", "broken her mast")
    answer = ask(tmp_path, llm, "Why did the Korvina not sail on?", "Who leads Zebrix?")
    assert answer.refused


def test_what_names_something_is_asked_of_all_articles(tmp_path: Path) -> None:
    llm = pointing_at("gone home", "broken her mast")
    answer = ask(tmp_path, llm, "Why did the Korvina not sail on?", "Why did the Terne sink?")
    assert "terne.md" in {claim.citations[0].document for claim in answer.claims}
