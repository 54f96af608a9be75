"""The bounded line of questions: a few are worked on, some wait, further ones are told when.

A place is held until the work behind it has really ended, also where nobody waits for it any more,
so that callers who come and go never make more threads than there are places. Knows nothing of
what carries questions and answers. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Generator
from contextlib import closing, suppress

from rag.events import Event

_FIRST_GUESS = 2.0  # seconds of a question before any was measured
_NEWEST = 0.2  # how much the newest question counts in the mean
_LONGEST_WAIT = 120  # seconds that anybody is told to wait


class TurnedAway(Exception):
    """There is no place for a question now.

    Attributes:
        closing: Whether there will be none here any more, as the service is ending.
        seconds: After how long to try again.
    """

    def __init__(self, said: str, seconds: int, *, closing: bool = False) -> None:
        super().__init__(said)
        self.seconds, self.closing = seconds, closing


class QuestionLine:
    """Who is worked on and who waits, in the order they came; nobody once it is `closed`."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once, self._most = at_once, at_once + waiting
        self._tickets: list[Ticket] = []
        self._mean = _FIRST_GUESS
        self.closed = False

    def enter(self) -> Ticket:
        """Take a place at the end. Raises `TurnedAway` where there is none."""
        if self.closed:
            raise TurnedAway(
                "The service is ending and takes no more questions. Ask again in a moment.",
                1,
                closing=True,
            )
        if len(self._tickets) >= self._most:
            rounds = len(self._tickets) / self._at_once
            seconds = min(_LONGEST_WAIT, max(1, math.ceil(rounds * self._mean)))
            raise TurnedAway(
                f"Too many questions are waiting. Ask again in {seconds} seconds.", seconds
            )
        ticket = Ticket(self)
        self._tickets.append(ticket)
        self._call()
        return ticket

    def leave(self, ticket: Ticket, seconds: float | None = None) -> None:
        """Give a place free; nothing where that was done. `seconds` is how long the work took."""
        if ticket not in self._tickets:
            return
        self._tickets.remove(ticket)
        if seconds is not None:
            self._mean += _NEWEST * (seconds - self._mean)
        self._call()

    def _call(self) -> None:
        for ticket in self._tickets[: self._at_once]:
            ticket.called.set()

    @property
    def working(self) -> int:
        """How many are worked on."""
        return min(len(self._tickets), self._at_once)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._tickets) - self.working


class Ticket:
    """One place in the line; `called` is set once its work may begin."""

    def __init__(self, line: QuestionLine) -> None:
        self._line, self._begun = line, False
        self._loop = asyncio.get_running_loop()
        self.called = asyncio.Event()

    def held(self, events: Generator[Event]) -> Generator[Event]:
        """The same events; the place is given free when they end or are closed, in any thread.

        They must be begun.
        """
        self._begun = True
        return self._until_the_end(events)

    def give_up(self) -> None:
        """Give the place free, unless the work has begun, which does so itself."""
        if not self._begun:
            self._line.leave(self)

    def _until_the_end(self, events: Generator[Event]) -> Generator[Event]:
        began = time.monotonic()
        try:
            with closing(events):
                yield from events
        finally:
            took = time.monotonic() - began
            with suppress(RuntimeError):  # the loop is gone, and the line with it
                self._loop.call_soon_threadsafe(self._line.leave, self, took)
