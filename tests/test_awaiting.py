"""What is awaited: the same as without, the loop free meanwhile, the work stopped when asked."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.assistant import Assistant
from rag.errors import ModelError, QuestionError
from rag.events import ClaimVerified, Draft, EvidenceFound, Finished
from rag.models import Embedder, LlamaCpp
from rag.schema import Answer
from rag.settings import Settings
from rag.testing import FakeLLM
from tests.test_bundled import ASKED, SEEDS
from tests.world import check, opened

BUILT = "When was the ferry Hanna built?"
QUESTIONS = [*ASKED, "What is the capital of France?", "Hello"]


@pytest.fixture(scope="module")
def bundled(
    embedder: Embedder,
    llm: LlamaCpp,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Assistant]:
    index = tmp_path_factory.mktemp("awaited") / "index"
    with Assistant(SEEDS, index, settings=Settings(), embedder=embedder, llm=llm) as assistant:
        assistant.sync()
        yield assistant


async def _all(assistant: Assistant, question: str, **how: Any) -> list[object]:
    return [event async for event in assistant.astream(question, **how)]


@settings(max_examples=8)
@given(st.sampled_from(QUESTIONS), st.booleans())
def test_the_same_answer_as_without(bundled: Assistant, question: str, write: bool) -> None:
    answer = asyncio.run(bundled.aask(question, write=write))
    check(answer, bundled.document)
    assert answer == bundled.ask(question, write=write)


def test_the_same_events_in_the_same_order(bundled: Assistant) -> None:
    for question in QUESTIONS:
        kinds = [type(e) for e in bundled.stream(question) if not isinstance(e, Draft)]
        events = asyncio.run(_all(bundled, question))
        assert [type(e) for e in events if not isinstance(e, Draft)] == kinds
        assert isinstance(events[-1], Finished)


def test_several_at_once_and_the_loop_is_free(bundled: Assistant) -> None:
    expected = {question: bundled.ask(question) for question in QUESTIONS}

    async def go() -> tuple[list[Answer], int]:
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0.01)
                beats += 1

        beating = asyncio.create_task(beat())
        answers = await asyncio.gather(*(bundled.aask(question) for question in QUESTIONS))
        beating.cancel()
        return answers, beats

    answers, beats = asyncio.run(go())
    assert answers == list(expected.values())
    assert beats > 3


class Slow(FakeLLM):
    """Writes a word, and then waits to be let on; notes when it was closed."""

    def __init__(self) -> None:
        super().__init__(["The ferry Hanna was built in 1962 at the Skarvik yard. [1]"] * 9)
        self.began, self.ended = threading.Event(), threading.Event()

    def stream(self, **how: Any) -> Iterator[str]:
        try:
            for piece in super().stream(**how):
                self.began.set()
                yield piece
                time.sleep(0.02)
                while not self.ended.is_set():
                    yield ""  # as while it waits in line
                    time.sleep(0.01)
        finally:
            self.ended.set()


@pytest.mark.parametrize("how", ["aask", "astream"])
def test_cancelling_the_task_stops_the_work(tmp_path: Path, how: str) -> None:
    llm = Slow()
    with opened(tmp_path, llm=llm) as assistant:

        async def go() -> float:
            work = assistant.aask(BUILT) if how == "aask" else _all(assistant, BUILT)
            task = asyncio.create_task(work)  # type: ignore[arg-type]
            assert await asyncio.to_thread(llm.began.wait, 10)
            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return time.monotonic() - began

        assert asyncio.run(go()) < 0.5
        assert llm.ended.wait(2)
        assert not assistant.ask(BUILT).refused


def test_leaving_the_loop_stops_the_work(tmp_path: Path) -> None:
    llm = Slow()
    with opened(tmp_path, llm=llm) as assistant:

        async def go() -> None:
            async for event in assistant.astream(BUILT):
                if isinstance(event, Draft) and event.text:
                    break

        asyncio.run(go())
        assert llm.ended.wait(2)


def test_a_time_limit_holds(tmp_path: Path) -> None:
    with opened(tmp_path, llm=Slow()) as assistant:

        async def go() -> None:
            async with asyncio.timeout(0.3):
                await assistant.aask(BUILT)

        with pytest.raises(TimeoutError):
            asyncio.run(go())


def test_what_goes_wrong_is_raised_where_it_is_awaited(tmp_path: Path) -> None:
    with opened(tmp_path, llm=FakeLLM(error=ModelError("Gone. Ask again."))) as assistant:
        with pytest.raises(ModelError, match="Gone"):
            asyncio.run(assistant.aask(BUILT))
        with pytest.raises(QuestionError):
            asyncio.run(assistant.aask(" "))
        with pytest.raises(QuestionError):  # at once, before the first event
            assistant.astream(" ")
        with pytest.raises(TypeError):
            assistant.astream(BUILT, documents="ferry.md")


def test_history_and_filters_are_taken(tmp_path: Path) -> None:
    turns = [("user", BUILT), ("assistant", "In 1962.")]
    how: dict[str, Any] = {"history": turns, "documents": ["ferry.md"]}
    with opened(tmp_path) as assistant:
        question = "How many passengers does it carry?"
        answer = asyncio.run(assistant.aask(question, **how))
        assert answer == assistant.ask(question, **how)
        assert {e.document for e in answer.evidence} == {"ferry.md"}
        kinds = {type(event) for event in asyncio.run(_all(assistant, BUILT, **how))}
        assert {EvidenceFound, ClaimVerified, Finished} <= kinds
