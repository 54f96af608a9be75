"""A question in another language than the articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.asking import query_of
from rag.errors import ModelError
from rag.query.language import language_asked
from rag.testing import FakeLLM
from tests.world import BUILT, opened

GERMAN = "Wann wurde die Fähre Hanna gebaut?"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        (GERMAN, "de"),
        ("Combien de kilos les abeilles ont-elles donné ?", "fr"),
        ("¿Qué día está cerrada la biblioteca?", "es"),
        ("When was the ferry built?", "en"),
        ("Nvidia H20 exports", ""),
        ("מתי הוקם המגדלור של ברנה?", "he"),
    ],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    assert language_asked(question) == language


def test_a_model_puts_it_into_the_language_of_the_articles_and_it_is_told(tmp_path: Path) -> None:
    llm = FakeLLM(["“When was the ferry Hanna built?”\nOr so."], writes=True)
    with opened(tmp_path, llm=llm) as assistant:
        answer = assistant.ask(GERMAN)
    assert answer.claims[0].citations[0].quote == BUILT
    assert answer.notes == ("The question was read as “When was the ferry Hanna built?”",)
    assert (answer.question, answer.query) == (GERMAN, "When was the ferry Hanna built?")


def test_without_a_model_it_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as assistant:
        answer = assistant.ask("Wie hieß der Koch auf der Fähre Hanna und was hat er gekocht?")
    assert answer.refused
    assert "The question is in German, the articles are in English." in answer.reason


@pytest.mark.parametrize(
    "llm",
    [FakeLLM(error=ModelError("Gone.")), FakeLLM([""]), FakeLLM(["word " * 400]), None],
    ids=["fails", "empty", "endless", "none"],
)
def test_what_is_no_translation_leaves_the_question(llm: FakeLLM | None) -> None:
    query = query_of(GERMAN, (), llm, today=None, dates=tuple, languages=("en",))
    assert query.standalone == GERMAN
    assert query.note == "The question is in German, the articles are in English."


def test_nothing_is_told_where_the_articles_are_in_its_language() -> None:
    query = query_of(GERMAN, (), None, today=None, dates=tuple, languages=("en", "de"))
    assert query.note == ""


def test_a_follow_ups_own_words_are_in_the_language_of_the_articles() -> None:
    history = [("user", "Where was the ferry Hanna built?"), ("assistant", "In Brenna. [1]")]
    llm = FakeLLM(["Where does it come from?"], writes=True)
    query = query_of("Wo kommt sie her?", history, llm, today=None, dates=tuple, languages=("en",))
    assert query.standalone == "Where does the ferry Hanna come from?"
    assert query.alone.standalone == "Where does it come from?"
