"""What a follow-up or the second half of a question leaves unnamed, by the real models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import rag
from rag.assistant import Assistant
from rag.settings import Settings

ARTICLES = {
    "toll.md": (
        "---\ntitle: A toll for the Varm tunnel\n---\n\n"
        "The town of Lund will charge 15 crowns for each car that uses the Varm tunnel from May "
        "2024. The money is to pay for new fans, which cost 9 million crowns.\n\n"
        "Critics of the toll say that it hits poor drivers hardest. The drivers' club called it a "
        "tax on going to work. Mayor Olga Berg answered that clean air is worth the price.\n"
    ),
    "ferry.md": (
        "---\ntitle: The county pays the Hanna for another year\n---\n\n"
        "The county gives the ferry Hanna 2 million crowns for another year. Forty people a day "
        "use her in winter.\n\n"
        "Critics say that the ferry runs empty for half of the year. They also say that the county "
        "hides what she costs.\n"
    ),
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    index = tmp_path_factory.mktemp("index")
    with rag.open(folder, index=index, settings=Settings(llm="none")) as opened:
        yield opened


def cited(answer: rag.Answer) -> set[str]:
    return {one.document for one in answer.citations}


@pytest.mark.parametrize(
    ("first", "document"),
    [
        ("What is the toll for the Varm tunnel?", "toll.md"),
        ("What does the county give the ferry Hanna?", "ferry.md"),
    ],
)
def test_critics_are_those_of_what_was_just_spoken_of(
    assistant: Assistant, first: str, document: str
) -> None:
    chat = assistant.chat()
    assert cited(chat.ask(first)) == {document}
    critics = chat.ask("What do critics say?")
    assert cited(critics) == {document}
    assert "ritics" in critics.text


def test_what_goes_on_is_asked_of_the_article_that_was_just_used(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask("What do critics say about the toll?")
    assert "clean air" in chat.ask("How did the mayor of Lund react?").text


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ("What is the toll for the Varm tunnel?", "and how much do the fans cost?", "9 million"),
        ("What does the county give the ferry Hanna?", "how many people a day?", "Forty people"),
    ],
)
def test_in_the_article_spoken_of_a_question_is_read_by_its_own_words(
    assistant: Assistant, first: str, then: str, told: str
) -> None:
    chat = assistant.chat()
    document = cited(chat.ask(first))
    answer = chat.ask(then)
    assert told in answer.text
    assert cited(answer) == document


def test_what_names_something_else_is_asked_of_all_articles(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask("What is the toll for the Varm tunnel?")
    assert cited(chat.ask("What does the county give the ferry Hanna?")) == {"ferry.md"}


def test_after_a_refusal_what_was_asked_is_spoken_of(assistant: Assistant) -> None:
    chat = assistant.chat()
    assert chat.ask("Who designed the Varm tunnel?").refused
    assert cited(chat.ask("How much do the new fans cost?")) == {"toll.md"}


def test_without_a_question_before_critics_are_found_as_well(assistant: Assistant) -> None:
    answer = assistant.ask("What do critics say?")
    assert "ritics" in answer.text
    assert answer.notes == ()


def test_what_says_nothing_at_all_is_for_all_articles(assistant: Assistant) -> None:
    answer = assistant.ask("Explain.")
    assert cited(answer) == set(ARTICLES)
    assert "all articles" in " ".join(answer.notes)


def test_what_is_only_named_is_never_said_to_be_missing(assistant: Assistant) -> None:
    asked = assistant.ask("What is the Varm tunnel?")
    assert asked.outcome is not rag.AnswerOutcome.NOT_SAID
    assert {one.document for one in asked.evidence[:1]} == {"toll.md"}
    assert assistant.ask("What is the Skarvik tunnel?").outcome is rag.AnswerOutcome.NOT_SAID


def test_the_second_half_is_of_what_the_first_one_asks(assistant: Assistant) -> None:
    answer = assistant.ask("What is the toll for the Varm tunnel and what do critics say?")
    assert cited(answer) == {"toll.md"}
    assert "15 crowns" in answer.text
    assert "poor drivers" in answer.text
    assert answer.notes == ()


def test_who_said_that_is_asked_of_the_last_claim(assistant: Assistant) -> None:
    chat = assistant.chat()
    claims = chat.ask("What do critics say about the toll?").claims
    assert len(claims) > 1
    asked = chat.ask("Who said that?").query
    assert asked == f"Who said “{claims[-1].text}”?"


def test_a_half_that_another_half_tells_is_not_called_missing(assistant: Assistant) -> None:
    answer = assistant.ask("What is the Varm tunnel and what does it cost to use it?")
    assert "15 crowns" in answer.text
    assert not any("do not say" in note for note in answer.notes)
