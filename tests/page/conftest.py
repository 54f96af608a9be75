"""Every test of the page begins without anything that Streamlit keeps between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import streamlit as st
from playwright.sync_api import Browser, BrowserContext, Page
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.page import signing
from rag.service.engine import Engine
from rag.testing import FakeLLM
from tests.page.browser import (
    ANSWERING,
    box,
    chromium,
    serving,
)
from tests.page.provider import providing
from tests.page.signed import Visitor, free_port
from tests.page.tabs import HOSTILE, WIDE, Server, Tab, _outside
from tests.page.visited import Place, Visit
from tests.slow import GatedLLM, until
from tests.world import ARTICLES, opened, write

APP = str(Path(__file__).parents[2] / "rag/page/main.py")
LIBRARY = """
from rag.page.articles import draw_library
from rag.page.opening import engine, ready

draw_library(engine(), ready(engine()))
"""  # a test of this kind cannot change to another view of the page
SECONDS = 60


@pytest.fixture(scope="session", autouse=True)
def components() -> Iterator[None]:
    """Each tab would look through all installed packages for components of Streamlit's."""
    found = cache(manifest_scanner.scan_component_manifests)
    with patch.object(manifest_scanner, "scan_component_manifests", found):
        yield


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    st.cache_resource.clear()
    signing.required.cache_clear()
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
        monkeypatch.setattr("rag.page.opening.engine", lambda: engine)
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
    from tests.page.browser import browsing

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


@pytest.fixture(scope="session")
def browser(chromium_browser: Browser) -> Browser:
    return chromium_browser


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for nearly all tests, over the small world and a hostile article."""
    place = tmp_path_factory.mktemp("page")
    folder = write(place / "articles", ARTICLES | {"lighthouse.txt": HOSTILE})
    with serving(folder, place / "index", app="tests/page/fake_app.py") as address:
        yield Server(address, place / "hold")


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Tab]:
    """Opens tabs; at the end none may have met an error or looked outside this machine."""
    contexts, faults = [], []

    def new_tab(
        address: str = server.address,
        *,
        size: dict[str, int] = WIDE,
        scheme: str = "light",
        wait: bool = True,
        locale: str = "en-US",
    ) -> Page:
        context = browser.new_context(
            viewport=size,
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
            locale=locale,
        )
        context.set_default_timeout(ANSWERING)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: faults.extend(_outside(request.url, address)))
        page.goto(address)
        if wait:
            box(page).wait_for(timeout=ANSWERING)
        return page

    yield new_tab
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def llm() -> GatedLLM:
    return GatedLLM()


@pytest.fixture
def slow(tmp_path: Path, llm: GatedLLM, visit: Visit) -> Iterator[Place]:
    """A tab whose answers come only when the model is let."""
    with opened(tmp_path, llm=llm) as assistant:
        engine = Engine(lambda: assistant)
        yield Place(visit(engine), engine, assistant)
        llm.let(100)
        until(lambda: not engine.questions.busy())


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """A provider that knows some people; gives its address."""
    with providing(free_port()) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Opens pages, each in a browser that knows of no other."""
    contexts: list[BrowserContext] = []

    def arrive(address: str) -> Page:
        contexts.append(context := browser.new_context())
        context.set_default_timeout(ANSWERING)
        page = context.new_page()
        page.goto(address)
        return page

    yield arrive
    for context in contexts:
        context.close()
