"""One conversation: each question is asked with the turns before it, and both sides are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from rag.chats.turns import Turn, TurnStore
from rag.schema import Answer, Event, Finished


class Asks(Protocol):
    """What a conversation needs of the assistant."""

    def stream(
        self, question: str, *, history: Sequence[tuple[str, str]] = ...
    ) -> Iterator[Event]: ...


class Chat:
    """A conversation kept on disk; made by `Assistant.chat`."""

    def __init__(self, assistant: Asks, store: TurnStore, id_: str) -> None:
        self._assistant, self._store = assistant, store
        self.id = id_

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was said so far, oldest first."""
        return self._store.turns(self.id)

    def ask(self, question: str) -> Answer:
        """Ask with the turns so far. Raises as `Assistant.ask` does."""
        finished = [e for e in self.stream(question) if isinstance(e, Finished)]
        return finished[-1].answer

    def stream(self, question: str) -> Iterator[Event]:
        """As `ask`, but event by event; both turns are kept once the answer is whole."""
        history = [(turn.role, turn.text) for turn in self.turns]
        for event in self._assistant.stream(question, history=history):
            if isinstance(event, Finished):
                self._store.add(self.id, ("user", question), ("assistant", event.answer.text))
            yield event
