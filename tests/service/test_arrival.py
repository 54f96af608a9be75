"""The model that writes comes while the page is open."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.errors import ModelError
from rag.models.llm import Running
from rag.service.arrival import Arrival
from rag.settings import Settings
from tests.models.packages import content, parts_of

RAW = content(2)
SECONDS = 20


class Opened:
    """As much of an assistant as is asked."""

    def __init__(self, llm: str = "auto", running: str = "small") -> None:
        self.settings = Settings(llm=llm)
        self.model = Running(running, "this computer", 2048, None)
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
