"""Every test of the page begins without anything that Streamlit keeps between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.page.engine import Engine
from rag.testing import FakeLLM
from tests.world import opened

APP = str(Path(__file__).parents[2] / "app.py")
LIBRARY = """
from rag.page.articles import draw_library
from rag.page.engine import engine
from rag.page.opening import ready

draw_library(engine(), ready(engine()))
"""  # a test of this kind cannot change to another view of the page
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

    def new_tab(
        engine: Engine, *, wait: bool = True, chat: str = "", library: bool = False
    ) -> AppTest:
        monkeypatch.setattr("rag.page.engine.engine", lambda: engine)
        if library:
            tab = AppTest.from_string(LIBRARY, default_timeout=SECONDS)
        else:
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


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Any]:
    """A headless Chromium for all browser tests; skips where there is none."""
    pytest.importorskip("playwright.sync_api", reason="Playwright's package is not installed")
    from tests.page.browser import browsing, chromium

    path = chromium()
    if path is None:
        pytest.skip("no Chromium was found; install Debian's package chromium")
    with browsing(path) as browser:
        yield browser


@pytest.fixture
def window(chromium_browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens windows; at the end none may have met an error or looked outside this machine."""
    contexts, faults = [], []

    def open_window(address: str, *, width: int = 1400, scheme: str = "light") -> Any:
        context = chromium_browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        inside = (address, address.replace("http", "ws"), "data:", "blob:")
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on("request", lambda r: None if r.url.startswith(inside) else faults.append(r.url))
        page.set_default_timeout(60_000)  # a busy machine is slow
        page.goto(address)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not faults
