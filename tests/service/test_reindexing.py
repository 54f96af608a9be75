"""Embedding anew in the background: it begins, changes over, begins anew, and fails in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from rag.errors import Cancelled, EmbedderMismatch, LibraryError
from rag.listing import Progress, SyncReport
from rag.service.jobs import Run
from rag.service.reindexing import Reindexing
from tests.service.test_engine import engine_of
from tests.slow import SECONDS, until


class Outdated:
    """An assistant whose passages are embedded anew one by one, each when it is told to."""

    def __init__(self, *, gone: bool = False, error: Exception | None = None) -> None:
        self.step, self.done, self.begun = threading.Semaphore(0), 0, 0
        self.outdated, self.synced = True, 0
        self._gone, self._error = gone, error

    def reembed(
        self, *, progress: Callable[[Progress], None], cancelled: Callable[[], bool]
    ) -> int:
        self.begun += 1
        if self._error is not None:
            raise self._error
        while self.done < 3:
            while not self.step.acquire(timeout=0.01):
                if cancelled():
                    raise Cancelled("Stopped.")
            self.done += 1
            progress(Progress(1, 1, self.done, 1.0, 3.0 - self.done, "", passages_total=3))
        self.outdated = False
        return 3

    def sync(self, **_: Any) -> SyncReport:
        if self._gone and self.outdated:
            raise EmbedderMismatch("It is gone.")
        self.synced += 1
        return SyncReport()

    def warm(self) -> None:
        pass

    def documents(self) -> list[Any]:
        return []

    def close(self) -> None:
        pass


def test_it_opens_at_once_and_changes_over_in_the_background() -> None:
    assistant = Outdated()
    engine = engine_of(assistant)
    engine.start()
    assert engine.wait(SECONDS)
    assert engine.assistant is assistant
    assert assistant.synced == 1
    assert engine.reindexing.state == Run(busy=True)
    assistant.step.release()
    until(lambda: engine.reindexing.state.progress)
    assert engine.reindexing.state.progress.passages == 1
    assistant.step.release(2)
    assert engine.reindexing.wait(SECONDS)
    assert engine.reindexing.state == Run()
    assert assistant.synced == 1


def test_without_the_earlier_model_words_serve_and_it_syncs_afterwards() -> None:
    assistant = Outdated(gone=True)
    engine = engine_of(assistant)
    engine.start()
    assert engine.wait(SECONDS)
    assert not engine.state.error
    assert engine.reindexing.by_words
    assistant.step.release(3)
    assert engine.reindexing.wait(SECONDS)
    assert assistant.synced == 1


def test_it_begins_anew_when_the_settings_change_again() -> None:
    assistant, reindexing = Outdated(), Reindexing()
    reindexing.start(assistant)  # type: ignore[arg-type]
    until(lambda: assistant.begun)
    reindexing.start(assistant)  # type: ignore[arg-type]
    until(lambda: assistant.begun == 2)
    assistant.step.release(3)
    assert reindexing.wait(SECONDS)
    reindexing.start(assistant)  # type: ignore[arg-type]
    assert reindexing.state == Run()


@pytest.mark.parametrize("error", [LibraryError("The disk is full."), ValueError("A fault.")])
def test_a_failure_is_told(error: Exception) -> None:
    assistant, reindexing = Outdated(error=error), Reindexing()
    reindexing.start(assistant)  # type: ignore[arg-type]
    assert reindexing.wait(SECONDS)
    assert not reindexing.state.busy
    told = reindexing.state.error
    assert told == "The disk is full." if isinstance(error, LibraryError) else "fault" in told
