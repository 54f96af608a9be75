from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from rag.library import watch
from rag.service.engine import Engine
from rag.service.following import Following
from tests.service.test_engine import SECONDS, Slow
from tests.slow import until


def test_a_stopped_opening_is_not_gone_on_with() -> None:
    slow = Slow()
    engine = Engine(lambda: slow, follow=True)  # type: ignore[arg-type, return-value]
    engine.start()
    assert slow.begun.wait(SECONDS)
    engine.stop()
    slow.batch.release(4)
    assert engine.wait(SECONDS)
    assert engine.state.stopped
    assert not engine.following.active


def test_a_fault_of_the_program_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(watch, "follow", broken)
    following = Following(lambda _: None)
    with caplog.at_level(logging.ERROR):
        following.begin(tmp_path, tmp_path / "index")
        until(lambda: bool(following.hindered))
        following.end(SECONDS)
    assert "Press “Sync again” after a change" in following.hindered
    assert "secret" in caplog.text
