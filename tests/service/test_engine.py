from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

from rag.assistant import Assistant
from rag.errors import Cancelled, FolderError, ModelError
from rag.listing import Progress, SyncReport
from rag.service.engine import Engine

SECONDS = 30


class Slow:
    """An assistant that indexes four batches, each when it is told to."""

    def __init__(self) -> None:
        self.batch = threading.Semaphore(0)
        self.begun = threading.Event()
        self.done = 0
        self.closed = self.warmed = self.outdated = False

    def sync(
        self, *, progress: Callable[[Progress], None], cancelled: Callable[[], bool]
    ) -> SyncReport:
        while self.done < 4:
            if cancelled():
                raise Cancelled("Stopped.")
            self.begun.set()
            assert self.batch.acquire(timeout=SECONDS)
            self.done += 1
            progress(Progress(self.done, 4, self.done, 1.0, 4.0 - self.done, "a.txt"))
        return SyncReport()

    def warm(self) -> None:
        self.warmed = True

    def documents(self) -> list[Any]:
        return []

    def close(self) -> None:
        self.closed = True


def engine_of(assistant: object) -> Engine:
    return Engine(lambda: assistant)  # type: ignore[arg-type, return-value]


def test_it_opens_once_for_all(assistant: Assistant) -> None:
    made = []

    def prepare() -> Assistant:
        made.append(assistant)
        return assistant

    engine = Engine(prepare)
    assert engine.assistant is None
    threads = [threading.Thread(target=engine.start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert engine.wait(SECONDS)
    assert engine.assistant is assistant
    assert not engine.state.stopped
    assert made == [assistant]


def test_a_stop_keeps_what_is_done_and_going_on_does_the_rest() -> None:
    slow = Slow()
    engine = engine_of(slow)
    engine.start()
    assert slow.begun.wait(SECONDS)
    engine.stop()
    assert engine.state.stopping
    slow.batch.release(4)
    assert engine.wait(SECONDS)
    assert engine.state.stopped
    assert engine.assistant is slow
    assert slow.done == 1
    engine.start()
    assert engine.wait(SECONDS)
    assert slow.done == 4
    assert not engine.state.stopped
    assert not slow.closed


def test_progress_is_told() -> None:
    slow = Slow()
    seen: list[Progress | None] = []
    engine = engine_of(slow)
    note = engine.note

    def watch(progress: Progress) -> None:
        note(progress)
        seen.append(engine.state.progress)

    engine.note = watch  # type: ignore[method-assign]
    slow.batch.release(4)
    engine.start()
    assert engine.wait(SECONDS)
    assert [progress.documents for progress in seen if progress] == [1, 2, 3, 4]


def test_an_error_is_told_and_it_can_be_tried_again(assistant: Assistant) -> None:
    engine = Engine(Mock(side_effect=[FolderError("The folder x does not exist."), assistant]))
    engine.start()
    assert engine.wait(SECONDS)
    assert engine.state.error == "The folder x does not exist."
    assert engine.assistant is None
    engine.start()
    assert engine.wait(SECONDS)
    assert (engine.state.error, engine.assistant) == ("", assistant)


def test_an_assistant_whose_model_is_broken_is_closed() -> None:
    class Broken(Slow):
        def warm(self) -> None:
            raise ModelError("The model file y does not exist.")

    broken = Broken()
    broken.batch.release(4)
    engine = engine_of(broken)
    engine.start()
    assert engine.wait(SECONDS)
    assert broken.closed
    assert engine.state.error == "The model file y does not exist."
