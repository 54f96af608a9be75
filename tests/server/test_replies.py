from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from rag.errors import LibraryError, ModelError, QuestionError, RagError
from rag.server import replies
from rag.server.line import TurnedAway
from rag.server.replies import Problem, problem_of, sent_event


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (QuestionError("Ask."), 400),
        (RagError("There is none."), 400),
        (ModelError("It is gone."), 503),
        (LibraryError("It is locked."), 503),
        (TurnedAway("Too many.", 3), 429),
        (TurnedAway("Ending.", 1, closing=True), 503),
        (Problem(404, "Nothing."), 404),
        (KeyError("a fault"), 500),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int) -> None:
    problem = problem_of(error)
    assert problem.status == status
    assert ("fault" in problem.message) == (status == 500)
    assert problem.body["error"]["message"] == problem.message


def test_a_silent_stream_tells_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "_QUIET", 0.02)
    closed = False

    async def slow() -> AsyncGenerator[str]:
        nonlocal closed
        try:
            yield sent_event("a")
            await asyncio.sleep(0.07)
            yield sent_event("b")
            await asyncio.sleep(60)
        finally:
            closed = True

    async def go() -> None:
        told = []
        async with aclosing(replies._alive(slow())) as events:
            async for event in events:
                told.append(event)
                if event == sent_event("b"):
                    break
        assert told[0] == sent_event("a")
        assert set(told[1:-1]) == {": alive\n\n"}
        assert closed

    asyncio.run(go())
