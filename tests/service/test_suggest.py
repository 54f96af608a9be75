from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.listing import DocumentInfo
from rag.schema import Evidence
from rag.service.suggest import answers, candidates, following, names_in


def info(title: str, day: int = 1) -> DocumentInfo:
    return DocumentInfo(f"{title}.txt", title, date(2025, 1, day), 10, 1)


class Finds:
    """Finds the same sentence for every question."""

    def __init__(self, quote: str, score: float = 0.9) -> None:
        self.found = Evidence("a.txt", "Title", None, 0, len(quote), quote, score, used=True)
        self.asked: list[str] = []

    def evidence(
        self, question: str, *, documents: Sequence[str] | None = None
    ) -> tuple[Evidence, ...]:
        self.asked.append(question)
        return (self.found,)


def test_the_newest_article_comes_first() -> None:
    titles = [info("The tides", 1), info("The geese", 3), info("The ferries", 2)]
    assert [q.split("“")[1] for q in candidates(titles)] == [
        "The geese” about?",
        "The ferries” about?",
        "The tides” about?",
    ]


def test_a_question_in_a_title_is_taken_as_it_stands() -> None:
    assert list(candidates([info("Birds: why do geese fly?  Four answers")])) == [
        "Why do geese fly?"
    ]


@pytest.mark.parametrize("title", ["tea_leaves", "Of “tea” and leaves", "The leaf " * 20])
def test_a_title_that_cannot_be_quoted_gives_no_question(title: str) -> None:
    named = DocumentInfo("notes/tea-leaves.txt", title, None, 10, 1)
    assert list(candidates([named])) == []


def test_shared_names_are_asked_about_once() -> None:
    found = list(candidates([info("Back to Hanna"), info("The ship Hanna and Hanna")]))
    assert found[-1] == "What is known about Hanna?"
    german = [replace(i, language="de") for i in (info("Die alte Fahrt"), info("Zur Fahrt"))]
    assert not [q for q in candidates(german) if "known" in q]  # all nouns have capitals there


def test_only_names_that_stand_for_themselves_are_asked_about() -> None:
    told = (
        "So the Trump administration, American chips and the British said that Berg’s ferry to "
        "the Isle of Man and Ada Rehn went on to Oslo. In the U.S. nothing did on Friday."
    )
    assert list(names_in(told)) == ["Berg", "the Isle of Man", "Ada Rehn", "Oslo"]


def test_only_questions_with_a_telling_sentence_are_suggested() -> None:
    told = "Because copper salts colour the glass of the bottle."
    assert answers("Why is it blue?", Finds(told))  # type: ignore[arg-type]
    assert not answers("Why is it blue?", Finds(told, 0.1))  # type: ignore[arg-type]
    assert not answers("Why is it blue?", Finds("Why is it blue?"))  # type: ignore[arg-type]


def test_a_refused_question_is_left_out() -> None:
    class Refuses:
        def evidence(
            self, question: str, *, documents: Sequence[str] | None = None
        ) -> tuple[Evidence, ...]:
            raise QuestionError("no words")

    assert not answers("???", Refuses())  # type: ignore[arg-type]


def test_with_a_real_assistant(assistant: Assistant) -> None:
    assert answers("When was the ferry Hanna built?", assistant)
    assert not answers("Which wine goes with blue cheese?", assistant)


def test_what_follows_leaves_the_question_its_source_and_dates_out(assistant: Assistant) -> None:
    answer = assistant.ask("When did the bridge over the Lund open?")
    assert {c.document for c in answer.citations} == {"bridge.md"}
    found = list(following(answer, assistant))
    assert "What is known about Ada Rehn?" in found
    assert not [question for question in found if "Lund" in question or "May" in question]


def test_what_follows_names_no_article_outside_the_chosen_ones(assistant: Assistant) -> None:
    answer = assistant.ask("When was the ferry Hanna built?")
    found = {item.document for item in answer.evidence}
    assert len(found) > 1
    assert any("bridge" in q or "Rehn" in q for q in following(answer, assistant))
    assert list(following(answer, assistant, ["ferry.md"])) == [
        q for q in following(answer, assistant, ["ferry.md"]) if "bridge" not in q
    ]
    assert not any("Rehn" in q or "Lund" in q for q in following(answer, assistant, ["ferry.md"]))
