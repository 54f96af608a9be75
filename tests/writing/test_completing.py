from __future__ import annotations

import pytest

from rag.asking import query_of
from rag.errors import ModelError
from rag.testing import FakeLLM
from rag.writing import completed

BEFORE, TOLD = "Is the Hanna a Swedish ferry?", "The Hanna was built in Brenna in 1962."
HISTORY = [("user", BEFORE), ("assistant", TOLD)]
LEANS = "Are there others like that in the harbour?"


@pytest.mark.parametrize(
    ("question", "written", "taken"),
    [
        ("Was it sold later?", "“Was the Hanna sold later?”\nYes.", "Was the Hanna sold later?"),
        ("Was it sold later?", "Was it sold later?", ""),  # brings nothing
        ("Was it sold later?", "Was the Terne of Lund sold in Oslo harbour later?", ""),  # invents
        ("Was it sold later?", "Is the Hanna a Swedish ferry?", ""),  # another question
        ("Was it sold later?", "", ""),
        ("Was it sold later?", "The Hanna was sold later.", ""),  # asks nothing
        ("Tell me why.", "Tell me why the Hanna was built.", "Tell me why the Hanna was built."),
    ],
)
def test_what_may_stand_for_a_follow_up(question: str, written: str, taken: str) -> None:
    assert completed(question, BEFORE, TOLD, FakeLLM([written])) == taken


def test_it_is_shown_the_question_before_and_its_answer() -> None:
    llm = FakeLLM([""])
    completed("Why?", BEFORE, TOLD, llm)
    for text in (BEFORE, TOLD, "Why?"):
        assert text in llm.prompts[0].request


def query(question: str, llm: FakeLLM | None) -> tuple[str, str]:
    found = query_of(question, HISTORY, llm, today=None, dates=tuple, languages=("en",))
    return found.standalone, found.note


def test_a_question_that_leans_is_read_as_the_model_puts_it_and_that_is_told() -> None:
    whole = "Are there other Swedish ferries like the Hanna in the harbour?"
    assert query(LEANS, FakeLLM([whole])) == (whole, f"The question was read as “{whole}”")


@pytest.mark.parametrize(
    "llm",
    [None, FakeLLM(writes=False), FakeLLM(error=ModelError("Gone.")), FakeLLM([LEANS])],
    ids=["none", "small", "fails", "repeats"],
)
def test_else_the_question_before_stands_in_front(llm: FakeLLM | None) -> None:
    assert query(LEANS, llm) == (f"{BEFORE} {LEANS}", "")


def test_what_stands_alone_or_follows_a_rule_is_not_asked_of_the_model() -> None:
    llm = FakeLLM()
    assert query("Who built the harbour of Lund?", llm)[0] == "Who built the harbour of Lund?"
    assert query("And the Terne?", llm)[0] == "Is the Terne a Swedish ferry?"
    assert llm.prompts == []
