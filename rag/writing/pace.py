"""How long a model would take to write an answer, from its speed as it was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.events import Event, Finished
from rag.models import LLM
from rag.writing import prompts

_READ, _WRITTEN = 660, 120  # tokens of an open question with its evidence, and of its answer
_PATIENCE = 45.0  # seconds
_TRIAL = "A ferry goes at noon.\n\nQuestion: When does it go?\n" + prompts.FEW
_FEW = 8  # tokens


def warm(llm: LLM) -> None:
    """Have a model write a few words, so that its speed is known and it keeps what all begin with.

    Raises:
        ModelError: It fails.
    """
    for _ in llm.stream(head=prompts.HEAD, request=_TRIAL, limit=_FEW):
        pass


def too_long(llm: LLM | None) -> float | None:
    """The seconds that a model that writes would take for an answer of some sentences.

    `None` where that is no longer than most would wait, or where its speed is not known.
    """
    speed = llm.speed if llm is not None and llm.writes else None
    if speed is None or not speed.prompt or not speed.generation:
        return None
    seconds = _READ / speed.prompt + _WRITTEN / speed.generation
    return seconds if seconds > _PATIENCE else None


def offered(events: Iterable[Event], seconds: float) -> Iterator[Event]:
    """The events of an answer of quotes, which tells at its end that a model could write it out."""
    for event in events:
        if isinstance(event, Finished) and event.answer.claims:
            answer = event.answer
            note = (
                "These are quotes alone: on this computer the language model would take about "
                f"{seconds:.0f} seconds to write them out."
            )
            event = Finished(replace(answer, unwritten=True, notes=(*answer.notes, note)))
        yield event
