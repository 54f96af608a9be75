"""One conversation: each question is asked with the turns before it, and every turn is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from rag.chats.store import ChatStore, Turn
from rag.errors import LibraryError, RagError
from rag.events import Event, Finished
from rag.schema import Answer

if TYPE_CHECKING:
    from rag import Assistant

STOPPED = "Stopped."
_UNFORESEEN = "The question could not be answered because of a fault in the program. Ask again."


class Chat:
    """A conversation kept on disk; made by `Assistant.chat`."""

    def __init__(self, assistant: Assistant, store: ChatStore, id_: str) -> None:
        self._assistant, self._store = assistant, store
        self.id = id_

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was asked and answered so far, oldest first."""
        return self._store.turns(self.id)

    def ask(self, question: str, *, today: date | None = None, write: bool | None = None) -> Answer:
        """Ask with the turns so far; the rest and what is raised are as for `Assistant.ask`."""
        events = self.stream(question, today=today, write=write)
        return [event.answer for event in events if isinstance(event, Finished)][-1]

    def stream(
        self, question: str, *, today: date | None = None, write: bool | None = None
    ) -> Iterator[Event]:
        """As `ask`, but event by event.

        The question is kept before its answer begins, and with what came of it: the answer, what
        went wrong, or that it was stopped by closing the iterator. What is no question is not.
        """
        info = self._store.info(self.id)
        events = self._assistant.stream(
            question,
            history=history(t for t in self.turns if t.answer is not None),
            documents=info.documents if info else None,
            today=today,
            write=write,
        )
        turn = self._store.begin(self.id, question)
        try:
            for event in events:
                if isinstance(event, Finished):
                    self._store.finish(turn, event.answer)
                yield event
        except (GeneratorExit, KeyboardInterrupt):
            self._note(turn, STOPPED)
            raise
        except RagError as error:
            self._note(turn, str(error))
            raise
        except BaseException:
            self._note(turn, _UNFORESEEN)
            raise

    def _note(self, turn: int, problem: str) -> None:
        """Keep what went wrong, unless that fails as well: what is raised next says more."""
        with suppress(LibraryError):
            self._store.fail(turn, problem)


def history(turns: Iterable[Turn]) -> list[tuple[str, str]]:
    """Turns as (role, text), as `Assistant.ask` takes them: what was asked and claimed, marked."""
    said: list[tuple[str, str]] = []
    for turn in turns:
        said.append(("user", turn.question))
        if turn.answer is not None and turn.answer.claims:
            said.append(("assistant", turn.answer.text))
    return said
