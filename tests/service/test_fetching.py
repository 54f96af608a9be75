from __future__ import annotations

import pytest

from rag.service.fetching import Fetching
from tests.slow import SECONDS


def test_a_fault_in_the_background_is_logged_not_shown(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Fetching()

    def broken() -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("rag.service.fetching.download", lambda *_, **__: None)
    fetch.start("a/b:c.gguf", broken)
    assert fetch.wait(SECONDS)
    assert "fault in the program" in fetch.state.error
    assert "secret" in caplog.text
