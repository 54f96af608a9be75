"""Questions about the articles themselves are told from their list, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from tests.world import ARTICLES, opened

MORE = ARTICLES | {
    "signed.md": "---\ntitle: Mills\nauthor: Olga Berg\ndate: 2020-01-02\n---\n\n"
    "Mills grind rye in Lund.\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with opened(tmp_path_factory.mktemp("catalogue"), articles=MORE) as found:
        yield found


def told(assistant: Assistant, question: str) -> str:
    answer = assistant.ask(question)
    for citation in answer.citations:
        text = assistant.document(citation.document).text
        assert text[citation.start : citation.end] == citation.quote
    return answer.text


def test_who_wrote_an_article(assistant: Assistant) -> None:
    assert "Olga Berg" in told(assistant, "Who wrote the article on mills?")


def test_an_article_that_is_called_by_what_it_tells_is_found(assistant: Assistant) -> None:
    assert "Olga Berg" in told(assistant, "Who wrote the article on grinding rye?")


def test_an_article_that_is_not_there_has_no_author(assistant: Assistant) -> None:
    answer = assistant.ask("Who wrote the article on heat pumps?")
    assert answer.refused
    assert "None of the 5 articles is about heat pumps." in answer.reason


def test_an_article_of_another_number_is_another_one(assistant: Assistant) -> None:
    answer = assistant.ask("Who is the author of the article about mills 3?")
    assert answer.refused
    assert "None of the 5 articles is about mills 3." in answer.reason


def test_when_an_article_was_published(assistant: Assistant) -> None:
    assert "4 March 2021" in told(
        assistant, "When was the article about the Lund bridge published?"
    )


def test_an_author_who_is_not_named_is_not_made_up(assistant: Assistant) -> None:
    answer = assistant.ask("Who is the author of the article about the ferry Hanna?")
    assert answer.refused
    assert "does not name its author" in answer.reason


def test_the_newest_and_the_oldest(assistant: Assistant) -> None:
    assert "The ferry Hanna" in told(assistant, "Which is the newest article?")
    assert "Mills" in told(assistant, "Which article is the oldest?")


def test_how_many_there_are_and_how_many_mention_something(assistant: Assistant) -> None:
    assert "5 articles" in told(assistant, "How many articles are there?")
    assert told(assistant, "How many articles mention geese?").startswith("1 of 5 articles")


def test_which_mention_something_and_whether_any_does(assistant: Assistant) -> None:
    assert "The Lund bridge" in told(assistant, "Which articles mention Ada Rehn?")
    assert assistant.ask("Does any article mention volcanoes?").refused


SIGNED = MORE | {
    "rye.md": "---\ntitle: Rye\nauthor: Olga Berg\ndate: 2021-05-06\nupdated: 2022-01-01\n"
    "source: https://mills.example/rye\n---\n\n# Rye\n\nRye grows in Lund.\n\n## Harvest\n\n"
    "It is cut in August.\n",
    "roggen.md": "---\nauthor: Li Wei\n---\n# Roggen\n\nDer Roggen wird im August geschnitten und "
    "dann in der alten Mühle gemahlen.\n",
}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with opened(tmp_path_factory.mktemp("signed"), articles=SIGNED) as found:
        yield found


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("How many articles are by Olga Berg?", "2 of 7 articles are by Olga Berg."),
        ("Which articles did Olga Berg write?", "“Rye”."),
        ("Which is the newest article by Olga Berg?", "“Rye”, dated 6 May 2021"),
        ("Which articles are from 2021?", "2 of 7 articles are from 2021."),
        ("How many articles are in German?", "1 of 7 articles is in German."),
        ("Who are the authors?", "Olga Berg: 2 articles."),
        ("Where does the article on rye come from?", "comes from https://mills.example/rye"),
        ("When was the article on rye last changed?", "last changed on 1 January 2022"),
        ("How many words does the article on rye have?", "words in 2 sections"),
    ],
)
def test_what_is_known_of_the_articles(signed: Assistant, question: str, says: str) -> None:
    assert says in told(signed, question)


def test_what_is_not_known_is_told(signed: Assistant) -> None:
    answer = signed.ask("Where does the article about the ferry Hanna come from?")
    assert answer.refused
    assert "does not tell where it comes from" in answer.reason
    assert signed.ask("How many articles are from 1999?").refused


GUIDES = MORE | {
    "guide.md": "# A guide to pruning trees\n\nBy Hilda Crane\n\nPrune in late winter.\n",
    "carta.md": "---\ntitle: The Magna Carta\nauthor: Olga Berg\n---\n\nIt was sealed in 1215.\n",
}


def test_who_wrote_a_guide_is_asked_of_the_article_that_is_called_so(tmp_path: Path) -> None:
    with opened(tmp_path, articles=GUIDES) as assistant:
        assert "Hilda Crane" in told(assistant, "Who wrote the guide to pruning?")
        for other in ("Who wrote the Magna Carta?", "Who painted the guide?", "Who wrote a song?"):
            assert assistant.ask(other).refused, other


def test_a_refusal_tells_which_articles_a_question_hardly_finds(signed: Assistant) -> None:
    assert "articles in English" in signed.ask("Wie tief ist der Hafen von Brenna?").reason
    assert "articles in" not in signed.ask("How deep is the harbour of Brenna?").reason
