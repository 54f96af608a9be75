"""What tests of several commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.models.parts import Parts
from tests.commands.stand_in import RAW
from tests.models.packages import parts_of


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """A small stand-in for the writer."""
    parts = parts_of(RAW)
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("rag.models.catalogue.WRITER_PARTS", parts)
    return parts
