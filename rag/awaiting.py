"""Events awaited: a stream that works in a thread of its own, for callers that await.

Owns handing events over and stopping the work. Knows nothing of what is asked.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import closing, suppress
from contextvars import copy_context

from rag.events import Event

_Told = Event | BaseException | None  # `None` once all is told


async def awaited(events: Generator[Event]) -> AsyncGenerator[Event]:
    """The events of a stream, without holding up the loop while they are made.

    Closing it, or cancelling the task that iterates, stops the work as closing the stream does: at
    its next event, which is not waited for. What the stream raises is raised here.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Queue[_Told]()
    stopped = threading.Event()

    def tell(what: _Told) -> None:
        with suppress(RuntimeError):  # the loop is gone, and with it who asked
            loop.call_soon_threadsafe(told.put_nowait, what)

    def work() -> None:
        try:
            _tell_all(events, tell, stopped.is_set)
        except BaseException as error:
            tell(error)
        else:
            tell(None)

    threading.Thread(target=copy_context().run, args=(work,), name="quoth-asked").start()
    try:
        while (event := await told.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event
    finally:
        stopped.set()


def _tell_all(
    events: Generator[Event], tell: Callable[[Event], None], stopped: Callable[[], bool]
) -> None:
    """Tell each event; the stream is closed in the thread that it worked in."""
    with closing(events):
        for event in events:
            if stopped():
                return
            tell(event)
