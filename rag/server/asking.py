"""One question on its way: it waits for its turn, is worked on, is told, and is counted at its end.

Knows nothing of routes and of what is asked.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing

from rag.awaiting import awaited
from rag.events import ClaimVerified, Event, Finished
from rag.plain import to_json
from rag.schema import Answer
from rag.server import openai
from rag.server.line import Ticket
from rag.server.measures import CANCELLED, FAILED, Measures
from rag.server.replies import problem_of, sent_event


class AskedQuestion:
    """A question with its place in the line, and what came of it so far."""

    def __init__(self, events: Generator[Event], ticket: Ticket, measures: Measures) -> None:
        self._events, self._ticket, self._measures = events, ticket, measures
        self._came = time.monotonic()
        self.outcome = CANCELLED

    async def told(self) -> AsyncGenerator[Event]:
        """Its events; closing them stops the work."""
        try:
            await self._ticket.called.wait()
            self._measures.waited(time.monotonic() - self._came)
            async with aclosing(awaited(self._ticket.held(self._events))) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        self.outcome = event.answer.outcome.value
                        self._measures.finished(event.answer)
                    yield event
        except Exception:
            self.outcome = FAILED
            raise

    async def answer(self) -> Answer:
        """Its answer."""
        async with aclosing(self.told()) as events:
            return [event.answer async for event in events if isinstance(event, Finished)][-1]

    def ended(self) -> None:
        """Count it, and give its place free where the work never began."""
        self._ticket.give_up()
        self._measures.ended(self.outcome)


async def as_events(question: AskedQuestion) -> AsyncGenerator[str]:
    """The events of a question under their names; the last one is `Failed` where it failed."""
    async with aclosing(question.told()) as events:
        try:
            async for event in events:
                yield sent_event(to_json(event), type(event).__name__)
        except Exception as error:
            yield sent_event(problem_of(error).body, "Failed")


async def as_chunks(question: AskedQuestion, base: str) -> AsyncGenerator[str]:
    """An answer in OpenAI's pieces."""
    chunks = openai.Chunks(base)
    async with aclosing(question.told()) as events:
        yield sent_event(chunks.begin())
        try:
            async for event in events:
                if isinstance(event, ClaimVerified):
                    yield sent_event(chunks.claim(event.claim))
                elif isinstance(event, Finished):
                    for piece in chunks.end(event.answer):
                        yield sent_event(piece)
        except Exception as error:
            yield sent_event(problem_of(error).body)
    yield sent_event("[DONE]")
