"""Another embedder or passage length for an assistant, from Python and from the command line."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import rag
from rag.assistant import Assistant
from rag.cli import app
from rag.errors import ModelError
from rag.listing import Progress
from rag.models import Embedder
from rag.models.embedder import load_embedder
from rag.settings import Settings
from rag.testing import FakeEmbedder, FakeReader
from tests.world import write

QUERY = "Who designed the bridge over the Lund?"
PLAIN = Settings(llm="none")


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> dict[str, Embedder]:
    """Embedders by the name in the settings; a name that is not there cannot be loaded."""
    known: dict[str, Embedder] = {
        "bundled": FakeEmbedder(name="bundled"),
        "other": FakeEmbedder(name="other", dimension=48),
    }

    def load(name: str, **_: Any) -> Embedder:
        if name not in known:
            raise ModelError(f"The embedding model {name} cannot be loaded. Name another.")
        return known[name]

    monkeypatch.setattr("rag.modelset.load_embedder", load)
    return known


def make(place: Path, embedder: str = "bundled", length: int = 800) -> Assistant:
    settings = dataclasses.replace(PLAIN, embedder=embedder, passage_characters=length)
    folder = write(place / "articles")
    return Assistant(folder, place / "index", settings=settings, reader=FakeReader())


def found(assistant: Assistant) -> list[tuple[str, int, float]]:
    hits = assistant.search(QUERY, limit=50)
    return [(hit.document, hit.start, round(hit.score, 4)) for hit in hits]


@pytest.mark.parametrize(("embedder", "length"), [("other", 800), ("bundled", 200), ("other", 200)])
def test_open_brings_the_library_to_the_settings(
    tmp_path: Path, models: dict[str, Embedder], embedder: str, length: int
) -> None:
    with make(tmp_path / "a") as assistant:
        assistant.sync()
        assert not assistant.outdated
    settings = dataclasses.replace(PLAIN, embedder=embedder, passage_characters=length)
    told: list[Progress] = []
    place = tmp_path / "a"
    with (
        rag.open(
            place / "articles", index=place / "index", settings=settings, progress=told.append
        ) as again,
        make(tmp_path / "b", embedder, length) as fresh,
    ):
        assert told[0].passages_total
        assert not again.outdated
        fresh.sync()
        assert found(again) == found(fresh)


def test_an_open_assistant_takes_another(tmp_path: Path, models: dict[str, Embedder]) -> None:
    with make(tmp_path) as assistant:
        assistant.sync()
        before = found(assistant)
        del models["bundled"]  # it is still in memory
        assistant.use(dataclasses.replace(assistant.settings, embedder="other"))
        assert assistant.outdated
        assert found(assistant) == before
        assert assistant.reembed() > 0
        assert found(assistant) != before
        with pytest.raises(ModelError, match="cannot be loaded"):
            assistant.use(dataclasses.replace(assistant.settings, embedder="bundled"))
        assert assistant.settings.embedder == "other"
        assert not assistant.outdated
        assistant.use(dataclasses.replace(assistant.settings, passage_characters=200))
        assert assistant.outdated
        assert assistant.reembed() > 0


def test_the_command_embeds_anew_and_goes_on(
    tmp_path: Path, models: dict[str, Embedder], monkeypatch: pytest.MonkeyPatch
) -> None:
    with make(tmp_path) as assistant:
        assistant.sync()
    options = ["index", str(tmp_path / "articles"), "--index", str(tmp_path / "index")]
    monkeypatch.setenv("QUOTH_EMBEDDER", "other")
    models["other"] = FakeEmbedder(name="other", dimension=48, fail_after=0)
    failed = CliRunner().invoke(app, options)
    assert failed.exit_code == 1
    assert "was told to fail" in failed.stderr
    models["other"] = FakeEmbedder(name="other", dimension=48)
    monkeypatch.setattr("rag.commands.terminal.EVERY_SECONDS", 0)
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0
    assert "passages embedded anew" in done.stderr
    assert "4 unchanged" in done.stdout


def test_with_the_embedder_that_comes_with_the_install(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the real one to a fake and back, the real one loaded by its name meanwhile."""
    loaded = []

    def load(name: str, **more: Any) -> Embedder:
        loaded.append(name)
        return load_embedder(name, **more)

    monkeypatch.setattr("rag.modelset.load_embedder", load)
    folder, index = write(tmp_path / "articles"), tmp_path / "index"

    def opened(embedder: Embedder) -> Assistant:
        return Assistant(folder, index, settings=PLAIN, embedder=embedder, reader=FakeReader())

    with opened(embedder) as assistant:
        assistant.sync()
        before = found(assistant)
    with opened(FakeEmbedder()) as assistant:
        assert found(assistant) == before
        assert loaded == ["all-MiniLM-L6-v2"]
        assistant.reembed()
        assert found(assistant) != before
    with opened(embedder) as assistant:
        assistant.reembed()
        assert found(assistant) == before
