from __future__ import annotations

from pathlib import Path

import pytest

from rag.models import Speed
from rag.schema import Origin
from rag.testing import FakeLLM
from rag.writing import pace
from tests.slow import until
from tests.world import opened

SLOW = Speed(prompt=6.0, generation=2.0)
QUESTION = "Why was the ferry Hanna built?"


@pytest.mark.parametrize(
    ("speed", "seconds"),
    [
        (SLOW, 170.0),
        (Speed(prompt=37.0, generation=11.0), None),
        (Speed(prompt=37.0), None),
        (Speed(), None),
    ],
    ids=["slow", "quick", "half measured", "not measured"],
)
def test_what_takes_too_long(speed: Speed, seconds: float | None) -> None:
    assert pace.too_long(FakeLLM(speed=speed)) == seconds


def test_a_model_that_writes_nothing_or_none_takes_no_time() -> None:
    assert pace.too_long(FakeLLM(speed=SLOW, writes=False)) is None
    assert pace.too_long(None) is None


def test_warming_asks_little_and_begins_as_every_request_does() -> None:
    llm = FakeLLM()
    pace.warm(llm)
    (prompt,) = llm.prompts
    assert prompt.head == pace.prompts.HEAD
    assert prompt.limit <= 10


def test_a_slow_model_is_left_alone_until_it_is_asked_for(tmp_path: Path) -> None:
    llm = FakeLLM(["At noon.", "The ferry Hanna sank."], speed=SLOW)
    with opened(tmp_path, llm=llm) as assistant:
        quotes = assistant.ask(QUESTION)
        until(lambda: len(llm.prompts) == 1)
        assert llm.prompts[0].request == pace._TRIAL
        assert quotes.unwritten
        assert "about 170 seconds" in quotes.notes[-1]
        assert {claim.origin for claim in quotes.claims} == {Origin.VERBATIM}
        written = assistant.ask(QUESTION, write=True)
        assert len(llm.prompts) == 2
        assert not written.unwritten


def test_a_model_that_was_slow_once_writes_once_it_is_quick(tmp_path: Path) -> None:
    llm = FakeLLM(["At noon.", "The ferry Hanna sank."], speed=SLOW)
    with opened(tmp_path, llm=llm) as assistant:
        assert assistant.ask(QUESTION).unwritten
        until(lambda: len(llm.prompts) == 1)  # its speed is measured again
        llm.speed = Speed(prompt=100.0, generation=10.0)
        assert not assistant.ask(QUESTION).unwritten


def test_a_quick_model_can_be_left_out(tmp_path: Path) -> None:
    llm = FakeLLM()
    with opened(tmp_path, llm=llm) as assistant:
        answer = assistant.ask(QUESTION, write=False)
    assert llm.prompts == []
    assert not answer.unwritten


def test_nothing_is_offered_for_a_refusal(tmp_path: Path) -> None:
    with opened(tmp_path, llm=FakeLLM(speed=SLOW)) as assistant:
        answer = assistant.ask("Who invented the steam engine of Havfrue?")
    assert answer.refused
    assert not answer.unwritten
