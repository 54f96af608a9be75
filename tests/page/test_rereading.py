"""The page while articles are embedded anew: it answers, tells how far it is, and changes over."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.service.engine import Engine
from rag.settings import Settings
from rag.testing import FakeEmbedder
from tests.world import opened

SECONDS = 60


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
    assert engine.reindexing.wait(SECONDS)
    tab.run()
    assert not tab.exception
    assert not any("Re-reading" in c.value for c in tab.caption)
    assert assistant.search("ferry Hanna")[0].document == "ferry.md"
    assistant.close()
