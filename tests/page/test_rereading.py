"""The page while articles are embedded anew: it answers, tells how far it is, and changes over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.errors import Cancelled, EmbedderMismatch, LibraryError
from rag.listing import Progress, SyncReport
from rag.page.background import Run
from rag.page.engine import Engine
from rag.page.opening import rereading_line
from rag.page.rereading import Rereading
from rag.settings import Settings
from rag.testing import FakeEmbedder
from tests.page.slow import until
from tests.world import opened

SECONDS = 60


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


def engine_of(assistant: object) -> Engine:
    return Engine(lambda: assistant)  # type: ignore[arg-type, return-value]


def test_it_opens_at_once_and_changes_over_in_the_background() -> None:
    assistant = Outdated()
    engine = engine_of(assistant)
    engine.start()
    assert engine.wait(SECONDS)
    assert engine.state.assistant is assistant
    assert assistant.synced == 1
    assert engine.rereading.state == Run(busy=True)
    assistant.step.release()
    until(lambda: engine.rereading.state.progress)
    line = rereading_line(engine.rereading.state.progress, by_words=False)
    assert line.startswith("Re-reading for the new model: 1 of 3 passages, about")
    assistant.step.release(2)
    assert engine.rereading.wait(SECONDS)
    assert engine.rereading.state == Run()
    assert assistant.synced == 1


def test_without_the_earlier_model_words_serve_and_it_syncs_afterwards() -> None:
    assistant = Outdated(gone=True)
    engine = engine_of(assistant)
    engine.start()
    assert engine.wait(SECONDS)
    assert not engine.state.error
    assert engine.rereading.by_words
    assert rereading_line(None, by_words=True).endswith("searched by their words alone.")
    assistant.step.release(3)
    assert engine.rereading.wait(SECONDS)
    assert assistant.synced == 1


def test_it_begins_anew_when_the_settings_change_again() -> None:
    assistant, rereading = Outdated(), Rereading()
    rereading.start(assistant)  # type: ignore[arg-type]
    until(lambda: assistant.begun)
    rereading.start(assistant)  # type: ignore[arg-type]
    until(lambda: assistant.begun == 2)
    assistant.step.release(3)
    assert rereading.wait(SECONDS)
    rereading.start(assistant)  # type: ignore[arg-type]
    assert rereading.state == Run()


@pytest.mark.parametrize("error", [LibraryError("The disk is full."), ValueError("A fault.")])
def test_a_failure_is_told(error: Exception) -> None:
    assistant, rereading = Outdated(error=error), Rereading()
    rereading.start(assistant)  # type: ignore[arg-type]
    assert rereading.wait(SECONDS)
    assert not rereading.state.busy
    told = rereading.state.error
    assert told == "The disk is full." if isinstance(error, LibraryError) else "fault" in told


def test_the_page_tells_and_goes_on_answering(
    tmp_path: Path, visit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path):
        pass
    monkeypatch.setattr("rag.modelset.load_embedder", lambda *_, **__: FakeEmbedder(dimension=256))
    new, gate = FakeEmbedder(dimension=32), threading.Semaphore(0)

    class Held(FakeEmbedder):
        def embed(self, texts: Any) -> Any:
            if texts != ["warm"]:
                assert gate.acquire(timeout=SECONDS)
            return super().embed(texts)

    held = Held(dimension=32)
    assert held.identity == new.identity
    given = Settings(llm="none")
    assistant = Assistant(tmp_path / "articles", tmp_path / "index", settings=given, embedder=held)
    engine = Engine(lambda: assistant)
    tab = visit(engine)
    assert not tab.exception
    assert tab.chat_input
    assert any("Re-reading for the new model" in c.value for c in tab.caption)
    assert assistant.search("ferry Hanna")[0].document == "ferry.md"
    gate.release(1000)
    assert engine.rereading.wait(SECONDS)
    tab.run()
    assert not tab.exception
    assert not any("Re-reading" in c.value for c in tab.caption)
    assert assistant.search("ferry Hanna")[0].document == "ferry.md"
    assistant.close()
