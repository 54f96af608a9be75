"""The way of a question: whatever the model writes, only what is proven stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.events import ClaimRejected, ClaimVerified, Draft, EvidenceFound, Finished
from rag.evidence import Sources
from rag.pipeline import Pipeline
from rag.query import Intent, Query
from rag.schema import AnswerOutcome, Origin
from rag.testing import FakeLLM, FakeReader
from tests.world import BUILT, asked, check, opened

WHY = "Why was the ferry Hanna built?"
WORDS = [*BUILT.rstrip(".").split(), "1987", "Rollo", "not", ".", "[1]", "[9]", "\n", "Yes,"]


@pytest.fixture(scope="module")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with opened(tmp_path_factory.mktemp("quoting")) as assistant:
        yield assistant


def test_quotes_answer_where_no_model_writes(quoting: Assistant) -> None:
    answer = asked(quoting, "When was the ferry Hanna built?")
    assert [claim.origin for claim in answer.claims][:1] == [Origin.VERBATIM]
    assert answer.claims[0].text == BUILT
    assert answer.outcome is AnswerOutcome.ANSWERED


def test_what_the_model_alone_takes_for_answered_needs_a_proven_sentence(tmp_path: Path) -> None:
    unsure = "Why did angry painters decorate the ship Hanna?"
    for reply, refused in ((BUILT, False), ("Volcanoes are loud.", True)):
        with opened(tmp_path / str(refused), llm=FakeLLM([reply], yes=0.5)) as assistant:
            answer = asked(assistant, unsure)
        assert answer.refused == refused
    assert answer.outcome is AnswerOutcome.NOT_SURE
    assert not any(one.used for one in answer.evidence)
    with opened(tmp_path / "sure", llm=FakeLLM(["Volcanoes are loud."], yes=2.0)) as assistant:
        answer = asked(assistant, unsure)  # where it is sure its yes is enough for quotes
    assert [claim.origin for claim in answer.claims][:1] == [Origin.VERBATIM]


def test_a_question_for_yes_or_no_that_no_short_answer_fits_may_be_an_open_one(
    tmp_path: Path, quoting: Assistant
) -> None:
    unsure = "Was the ferry Hanna ever repainted in green?"
    answer = asked(quoting, unsure)
    assert (answer.outcome, answer.confidence) == (AnswerOutcome.NOT_SURE, None)
    for reply, refused in ((BUILT, False), ("Volcanoes are loud.", True)):
        with opened(tmp_path / str(refused), llm=FakeLLM([reply], yes=0.4)) as assistant:
            assert asked(assistant, unsure).refused == refused


def test_events_come_in_order(tmp_path: Path) -> None:
    llm = FakeLLM(["The ferry Hanna was built in 1962. It sank in 1987."], writes=True)
    with opened(tmp_path, llm=llm) as assistant:
        events = list(assistant.stream(WHY))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], Finished)
    kinds = [type(event) for event in events]
    assert kinds.index(Draft) < kinds.index(ClaimVerified) < kinds.index(ClaimRejected)
    claims = [event.claim for event in events if isinstance(event, ClaimVerified)]
    told = events[-1].answer.claims  # in reading order in the end, and numbered by it
    assert {claim.text for claim in claims} == {claim.text for claim in told}


def test_the_model_is_asked_where_the_reader_is_not_sure(tmp_path: Path) -> None:
    unsure = "Why did angry painters decorate the ship Hanna?"
    for yes, refused in ((9.0, False), (-9.0, True)):
        with opened(tmp_path / str(yes), llm=FakeLLM(yes=yes)) as assistant:
            answer = asked(assistant, unsure)
        assert answer.refused == refused


def test_a_name_that_is_nowhere_is_told(quoting: Assistant) -> None:
    answer = asked(quoting, "When was the ferry Zephyrine built?")
    assert answer.refused
    assert "Zephyrine" in answer.reason


def test_a_misspelt_name_is_read_as_the_one_found_and_told(quoting: Assistant) -> None:
    answer = asked(quoting, "When was the ferry Hannna built?")
    assert not answer.refused
    assert "“Hannna” was read as “Hanna”." in answer.remarks


@pytest.mark.parametrize("question", ["Hello!", "Thanks", "What can you do?"])
def test_talk_gets_a_reply_of_its_own(quoting: Assistant, question: str) -> None:
    answer = asked(quoting, question)
    assert answer.outcome is AnswerOutcome.NO_QUESTION
    assert answer.confidence is None
    assert "do not say" not in answer.reason


def test_questions_about_the_articles_are_told_from_their_list(quoting: Assistant) -> None:
    answer = quoting.ask("How many articles are there?")
    assert answer.claims[0].text.startswith("There are 4 articles")
    assert answer.claims[0].origin is Origin.LISTED
    for citation in answer.citations:
        text = quoting.document(citation.document).text
        assert text[citation.start : citation.end] == citation.quote


def test_parts_of_a_question_are_answered_one_by_one(quoting: Assistant) -> None:
    answer = asked(
        quoting, "When was the ferry Hanna built and who designed the bridge over the Lund?"
    )
    told = answer.text
    assert "1962" in told
    assert "Ada Rehn" in told


@pytest.mark.parametrize(
    "question", ["Summarise the article on geese.", "What is the ferry article about?"]
)
def test_a_whole_article_is_told_by_its_own_sentences(quoting: Assistant, question: str) -> None:
    answer = asked(quoting, question)
    assert len({citation.document for citation in answer.citations}) == 1
    assert answer.confidence is None


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_whatever_is_written_an_answer_holds(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    with opened(
        tmp_path_factory.mktemp("any"), llm=FakeLLM([" ".join(words)], writes=True)
    ) as assistant:
        check(assistant.ask(WHY), assistant.document)


BESIDE = {
    "a.md": "# Notes\n\nThe keeper of the tower was paid 300 crowns a year.\n",
    "b.md": "# Harbour\n\nOlga Berg came to the harbour as its master.\n",
}


def test_that_a_name_is_not_there_is_not_said_where_another_passage_has_it(tmp_path: Path) -> None:
    question = "What was Olga Berg paid a year as keeper of the tower?"
    with opened(tmp_path, articles=BESIDE) as assistant:
        answer = asked(assistant, question)
        told = answer.reason if answer.refused else answer.remarks
        assert "does not name" not in told
        assert "Where “Olga Berg” is named, this is not told." in told


def test_what_is_called_by_another_number_does_not_answer(tmp_path: Path) -> None:
    hens = "# Hens\n\nThere were 18 hens in spring.\n"
    plots = {"plots.md": "# Plots\n\nPlot 17 goes to the Petrov family from June.\n", "h.md": hens}
    with opened(tmp_path, articles=plots) as assistant:
        assert not asked(assistant, "Who gets plot 17 from June?").refused
        answer = asked(assistant, "Who gets plot 18 from June?")
    assert answer.refused
    assert "does not tell of “plot 18”" in answer.reason


def test_the_line_is_lower_where_open_questions_were_not_learned_apart() -> None:
    unused = cast(Any, None)

    def line(reader: Any, *, foreign: bool = False) -> float:
        sources = Sources(unused, reader, unused, unused, 0.5, unused)
        query = Query(WHY, WHY, intent=Intent.OPEN, foreign=foreign)
        return Pipeline(sources, unused, None, 0.5, unused).line(query)

    plain, apart = FakeReader(), SimpleNamespace(open=FakeReader())
    assert line(plain) < line(apart) < 0.5
    assert line(apart, foreign=True) == line(plain)  # it is read as before
