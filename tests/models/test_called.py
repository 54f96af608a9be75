"""Any function as a model: what is put in for what it does not tell, and what goes wrong."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models import Called, llm_of
from rag.testing import FakeLLM
from tests.world import check, opened

BUILT = "When was the ferry Hanna built?"


def test_a_model_is_taken_as_it_is_and_a_function_made_one() -> None:
    llm = FakeLLM()
    assert llm_of(llm) is llm
    assert isinstance(llm_of(str.upper), Called)
    assert llm_of(lambda prompt: prompt).name == "a function"
    assert llm_of(str.upper).name == "upper"
    for neither in ("gpt", 3, None):
        with pytest.raises(TypeError, match="must be an LLM or a function from text to text"):
            llm_of(neither)  # type: ignore[arg-type]


def test_it_gets_the_instructions_and_the_request() -> None:
    asked: list[str] = []

    def model(prompt: str) -> str:
        asked.append(prompt)
        return "It  was\nbuilt."

    assert list(Called(model).stream(head="Answer.", request="Well?")) == [
        "It",
        "  was",
        "\nbuilt.",
    ]
    assert asked == ["Answer.\n\nWell?"]


@pytest.mark.parametrize(
    ("said", "sign"), [("Yes", 1), (" **yes**, since", 1), ("No.", -1), ("", 0), ("Perhaps yes", 0)]
)
def test_yes_or_no_by_its_first_word(said: str, sign: int) -> None:
    odds = Called(lambda _: said).odds(head="Say yes or no.", request="Is it?")
    assert (odds > 4) - (odds < -4) == sign
    assert odds or not sign


def test_what_it_raises_and_what_is_no_text_is_told() -> None:
    def broken(prompt: str) -> str:
        raise ConnectionError("no route")

    with pytest.raises(ModelError, match=r"The model broken failed: ConnectionError: no route\."):
        list(Called(broken).stream(head="", request="Well?"))
    with pytest.raises(ModelError, match="gave a NoneType"):
        list(Called(lambda _: None).stream(head="", request="Well?"))  # type: ignore[arg-type,return-value]


def test_one_at_a_time_and_who_waits_can_go_away() -> None:
    busy, go = threading.Event(), threading.Event()

    def slow(prompt: str) -> str:
        busy.set()
        go.wait(10)
        return "Done."

    llm, waited = Called(slow), list[int]()
    first = threading.Thread(target=lambda: list(llm.stream(head="", request="one")))
    first.start()
    assert busy.wait(5)
    second = llm.stream(head="", request="two", ahead=waited.append)
    assert next(second) == ""
    assert waited == [1]
    second.close()  # type: ignore[attr-defined]
    go.set()
    first.join()
    assert list(llm.stream(head="", request="three")) == ["Done."]


def test_its_speed_is_noted() -> None:
    llm = Called(lambda _: time.sleep(0.01) or "one two three")
    list(llm.stream(head="", request="Well?"))
    assert llm.speed.generation


def test_only_what_is_proven_stands_whatever_it_writes(tmp_path: Path) -> None:
    for number, said in enumerate(("Hanna sank in 1999. [1]", "Hanna was built in 1962. [1]", "")):
        with opened(tmp_path / str(number), llm=llm_of(lambda _, said=said: said)) as assistant:
            answer = assistant.ask(BUILT)
            check(answer, assistant.document)
            assert "1962" in answer.text
            assert "1999" not in answer.text
            assert assistant.model is not None
            assert assistant.model.where == "this computer, in a function"
