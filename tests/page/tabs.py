"""Tabs of the real page in a browser, and what tests look for in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from tests.page.browser import (
    answered,
    ask,
)

WIDE = {"width": 1400, "height": 900}
BUILT = "When was the ferry Hanna built?"
BRIDGE = "When did the bridge over the Lund open?"
GEESE = "Where do barnacle geese breed?"
WINE = "Which wine goes with blue cheese?"
HOSTILE = (
    "<img src=x onerror=window.harmed=1> The **Marrow** lighthouse\n\n"
    "The Marrow lighthouse is kept by <b>Ida Vann</b><script>window.harmed=1</script> and $two$ "
    "[dogs](javascript:window.harmed=1). <iframe srcdoc='<script>parent.harmed=1</script>'>"
    "</iframe> It burns whale oil.\n"
)


FOCUSED = "(document.activeElement.shadowRoot?.activeElement ?? document.activeElement)"


Tab = Callable[..., Page]


@dataclass(frozen=True)
class Server:
    """The page over fakes; `held` keeps the model from writing."""

    address: str
    hold: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        self.hold.touch()
        try:
            yield
        finally:
            self.hold.unlink(missing_ok=True)


def _outside(url: str, address: str) -> list[str]:
    host = re.sub(r"^(https?://[^/?]+).*", r"\1", address)
    inside = url.startswith((host, host.replace("http", "ws"), "data:", "blob:"))
    return [] if inside else [url]


def answer_to(page: Page, question: str) -> Locator:
    return answered(ask(page, question))


def listed(page: Page, title: str) -> Locator:
    return page.locator(".st-key-chats").get_by_role("link", name=title)


def shift_tab_to(page: Page, label: str) -> None:
    passed = []
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        name = page.evaluate(f"{FOCUSED}.getAttribute('aria-label') ?? {FOCUSED}.textContent")
        if name.startswith(label):
            return
        passed.append(name[:40])
    pytest.fail(f"{label} was not reached by Shift+Tab, which led over {passed}")


def serious(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical."""
    page.wait_for_timeout(300)  # transitions change colours
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
