"""What tests of several commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

import rag.opening
from rag.models.parts import Parts
from rag.testing import FakeEmbedder
from tests.commands.stand_in import RAW
from tests.models.packages import parts_of

TWO = {"a.txt": "Tea\n\nTea grows on hills.", "b.txt": "Chips\n\nThe chip is slow."}


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """A small stand-in for the writer."""
    parts = parts_of(RAW)
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("rag.models.catalogue.WRITER_PARTS", parts)
    return parts


@pytest.fixture
def indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two articles indexed with a fake; the options that name them."""
    folder, index = tmp_path / "articles", tmp_path / "index"
    folder.mkdir()
    for name, text in TWO.items():
        (folder / name).write_text(text)
    monkeypatch.setattr("rag.modelset.load_embedder", lambda *_, **__: FakeEmbedder())
    with rag.opening.prepare(folder, index=index) as assistant:
        assistant.sync()
        assistant.chats.begin("one", "What grows?")
    return ["--folder", str(folder), "--index", str(index)]
