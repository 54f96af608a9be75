"""Every test of the page begins without anything that Streamlit keeps between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.page.engine import Engine
from rag.testing import FakeLLM
from tests.world import opened

APP = str(Path(__file__).parents[2] / "app.py")
SECONDS = 60


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        yield assistant


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a tab of the page over an engine; waits until it is not busy."""

    def new_tab(engine: Engine, *, wait: bool = True, chat: str = "") -> AppTest:
        monkeypatch.setattr("rag.page.engine.engine", lambda: engine)
        tab = AppTest.from_file(APP, default_timeout=SECONDS)
        if chat:
            tab.query_params["chat"] = chat
        tab.run()
        if wait:
            assert engine.wait(SECONDS)
            tab.run()
        assert not tab.exception
        return tab

    return new_tab
