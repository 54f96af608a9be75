"""Work in the background: the writer that comes, articles embedded anew, measuring."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.errors import Cancelled, EmbedderMismatch, LibraryError, ModelError
from rag.listing import Progress, SyncReport
from rag.service.background import Arrival, Measuring, Reindexing
from rag.service.jobs import Run
from rag.settings import Settings
from rag.testing import FakeLLM
from tests.calibration.world import lives
from tests.models.packages import content, parts_of
from tests.service.test_engine import engine_of
from tests.slow import SECONDS, until

RAW = content(2)


class Opened:
    """As much of an assistant as is asked."""

    def __init__(self, llm: str = "auto", running: str = "small") -> None:
        self.settings = Settings(llm=llm)
        self.model = FakeLLM(name=running)
        self.used: list[Settings] = []
        self.fault: ModelError | None = None

    def use(self, settings: Settings) -> None:
        self.used.append(settings)
        if self.fault:
            raise self.fault
        self.settings = settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the writer will be."""
    parts = parts_of(RAW)
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("rag.models.catalogue.WRITER_PARTS", parts)
    monkeypatch.setattr("rag.models.catalogue.free_memory", lambda: 10**10)
    parts.file.parent.mkdir(parents=True)
    return parts.file


def _looked(arrival: Arrival, assistant: Any) -> list[str]:
    arrival.look(assistant)
    assert arrival.wait(SECONDS)
    return [settings.llm for settings in assistant.used]


def test_it_is_taken_once_it_is_here(file: Path) -> None:
    arrival, assistant = Arrival(), Opened()
    assert _looked(arrival, assistant) == []
    file.write_bytes(RAW[:-1])
    assert _looked(arrival, assistant) == []
    file.write_bytes(RAW)
    assert _looked(arrival, assistant) == ["writer"]
    assert _looked(arrival, assistant) == ["writer"]


@pytest.mark.parametrize(
    "assistant",
    [Opened("none"), Opened("bundled"), Opened(running="made")],
    ids=["none", "bundled", "running"],
)
def test_it_is_not_taken_where_another_is_set_or_it_answers_already(
    file: Path, assistant: Opened
) -> None:
    file.write_bytes(RAW)
    assert _looked(Arrival(), assistant) == []


def test_it_is_not_taken_where_it_does_not_fit(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(RAW)
    monkeypatch.setattr("rag.models.catalogue.free_memory", lambda: 10**9)
    assert _looked(Arrival(), Opened()) == []


def test_one_that_cannot_be_loaded_is_tried_once(file: Path) -> None:
    file.write_bytes(RAW)
    arrival, assistant = Arrival(), Opened()
    assistant.fault = ModelError("It is broken.")
    assert _looked(arrival, assistant) == _looked(arrival, assistant) == ["writer"]
    assert arrival.state.error == "It is broken."


def test_where_no_model_answers_none_is_taken(file: Path) -> None:
    file.write_bytes(RAW)
    bare = SimpleNamespace(settings=Settings(), model=None, used=[])
    assert _looked(Arrival(), bare) == []


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


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with lives(tmp_path) as assistant:
        yield assistant


class Held(Measuring):
    """Measuring that a test lets go on, question by question."""

    def __init__(self) -> None:
        super().__init__()
        self.free, self.looked = threading.Event(), threading.Event()

    def others(self) -> bool:
        self.looked.set()
        return not self.free.is_set()


def test_it_waits_while_people_ask(assistant: Assistant) -> None:
    held = Held()
    held.start(assistant, held.others)
    assert held.looked.wait(SECONDS)
    assert held.state.busy
    assert held.state.progress.done == 0
    held.free.set()
    assert held.wait(SECONDS)
    assert held.state == Run()
    assert assistant.line.calibration is not None


def test_it_can_be_stopped_even_while_people_ask(assistant: Assistant) -> None:
    held = Held()
    held.start(assistant, held.others)
    held.start(assistant, held.others)  # one at a time
    assert held.looked.wait(SECONDS)
    held.stop()
    assert held.state.stopping
    assert held.wait(SECONDS)
    assert "All is as it was" in held.ended
    assert assistant.line.calibration is None
    held.stop()  # of nothing
    assert not held.state.stopping
