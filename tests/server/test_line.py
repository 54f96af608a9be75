"""The line: who is worked on, who waits, and when a place is free again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.events import Draft, Event
from rag.server.line import QuestionLine, TurnedAway


def called(tickets: list[Any]) -> list[bool]:
    return [ticket.called.is_set() for ticket in tickets]


def test_some_are_called_and_others_wait_in_order() -> None:
    async def go() -> None:
        line = QuestionLine(2, 2)
        tickets = [line.enter() for _ in range(4)]
        assert called(tickets) == [True, True, False, False]
        assert (line.working, line.waiting) == (2, 2)
        with pytest.raises(TurnedAway, match=r"Ask again in \d+ seconds") as full:
            line.enter()
        assert full.value.seconds >= 1
        assert not full.value.closing
        line.leave(tickets[1])
        line.leave(tickets[1])
        assert called(tickets) == [True, True, True, False]
        tickets[3].give_up()
        assert (line.working, line.waiting) == (2, 0)
        line.closed = True
        with pytest.raises(TurnedAway, match="is ending") as closing:
            line.enter()
        assert closing.value.closing

    asyncio.run(go())


def test_a_place_is_held_until_the_work_has_ended() -> None:
    go_on = threading.Event()

    def work() -> Generator[Event]:
        yield Draft("a")
        go_on.wait(20)

    async def go() -> None:
        line = QuestionLine(1, 1)
        first, second = line.enter(), line.enter()
        events = first.held(work())
        assert await asyncio.to_thread(next, events) == Draft("a")
        ending = asyncio.create_task(asyncio.to_thread(list, events))
        first.give_up()  # who asked has gone; the work goes on
        await asyncio.sleep(0.05)
        assert not second.called.is_set()
        go_on.set()
        await asyncio.wait_for(second.called.wait(), 5)
        await ending

    asyncio.run(go())


def test_how_long_to_wait_is_learned() -> None:
    async def go() -> None:
        line = QuestionLine(1, 0)
        for _ in range(20):
            line.leave(line.enter(), 10.0)
        line.enter()
        with pytest.raises(TurnedAway) as full:
            line.enter()
        assert full.value.seconds == 10

    asyncio.run(go())


@given(st.integers(1, 3), st.integers(0, 3), st.lists(st.integers(-1, 6), max_size=30))
def test_never_more_than_there_are_places(at_once: int, waiting: int, steps: list[int]) -> None:
    async def go() -> None:
        line, tickets = QuestionLine(at_once, waiting), list[Any]()
        for step in steps:
            if step >= 0:
                if step < len(tickets):
                    line.leave(tickets.pop(step))
            elif len(tickets) < at_once + waiting:
                tickets.append(line.enter())
            else:
                with pytest.raises(TurnedAway):
                    line.enter()
            assert called(tickets[:at_once]) == [True] * min(at_once, len(tickets))
            assert not any(called(tickets[at_once:]))
            assert line.working + line.waiting == len(tickets)

    asyncio.run(go())
