from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.listing import DocumentInfo
from rag.page.suggest import MOST, answerable, candidates, following
from rag.schema import Evidence


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
    titles = [info("Tides: a table", 1), info("Geese: a count", 3), info("Ferries: a list", 2)]
    assert [q.split("“")[1] for q in candidates(titles)] == ["Geese”?", "Ferries”?", "Tides”?"]


def test_a_question_in_a_title_is_taken_as_it_stands() -> None:
    assert list(candidates([info("Birds: why do geese fly?  Four answers")])) == [
        "Why do geese fly?"
    ]


def test_long_subjects_and_titles_without_one_give_no_question() -> None:
    titles = [info("One two three four five six seven: eight"), info("geese are gone")]
    assert list(candidates(titles)) == []


def test_shared_names_are_asked_about_once() -> None:
    found = list(candidates([info("Back to Hanna"), info("The ship Hanna and Hanna")]))
    assert found == ["What is known about Hanna?"]


def test_only_questions_with_a_telling_sentence_are_suggested() -> None:
    questions = [f"Why is number {n} blue?" for n in range(30)]
    finds = Finds("Because copper salts colour the glass of the bottle.")
    assert answerable(questions, finds) == tuple(questions[:MOST])
    assert len(finds.asked) == MOST
    assert answerable(questions, Finds("Because copper salts colour the glass.", 0.1)) == ()
    assert answerable(["Why is it blue?"], Finds("Why is it blue?")) == ()


def test_a_refused_question_is_left_out() -> None:
    class Refuses:
        def evidence(
            self, question: str, *, documents: Sequence[str] | None = None
        ) -> tuple[Evidence, ...]:
            raise QuestionError("no words")

    assert answerable(["???"], Refuses()) == ()


def test_with_a_real_assistant(assistant: Assistant) -> None:
    asked = ["When was the ferry Hanna built?", "Which wine goes with blue cheese?"]
    assert answerable(asked, assistant) == ("When was the ferry Hanna built?",)


def test_what_follows_leaves_the_question_its_source_and_dates_out(assistant: Assistant) -> None:
    answer = assistant.ask("When did the bridge over the Lund open?")
    assert {c.document for c in answer.citations} == {"bridge.md"}
    found = list(following(answer, assistant))
    assert "What is known about Ada Rehn?" in found
    assert not [question for question in found if "Lund" in question or "May" in question]
