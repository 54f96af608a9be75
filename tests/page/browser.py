"""The real page in a real browser, for the tests and for the screenshot."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
STARTING = 180.0  # seconds
ANSWERING = 180_000  # milliseconds; a busy machine takes long to load the models


def chromium() -> str | None:
    """The Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def serving(
    folder: Path, index: Path, *, app: str = "app.py", under: Sequence[str] = ()
) -> Iterator[str]:
    """The page over a folder, on a free port of this machine; gives its address.

    Args:
        under: A command that runs another one as the process itself, as `strace -D` does.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "server.headless": "true",
        "server.address": "127.0.0.1",
        "server.port": port,
        "logger.level": "warning",
    }
    command = [*under, sys.executable, "-m", "streamlit", "run", app]
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = os.environ | {
        "QUOTH_FOLDER": str(folder),
        "QUOTH_INDEX": str(index),
        "PYTHONPATH": str(ROOT),
    }
    index.parent.mkdir(parents=True, exist_ok=True)
    log = index.parent / "page.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _await(address, server, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(20)


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the page did not start: {log.read_text(errors='replace')}")


@contextmanager
def browsing(path: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def visit(page: Page, address: str) -> None:
    """Open the page and wait until questions can be asked."""
    page.goto(address)
    box(page).wait_for(timeout=ANSWERING)


def box(page: Page) -> Locator:
    """Where questions are typed."""
    return page.get_by_label("Ask about the articles")


def ask(page: Page, question: str) -> Locator:
    """Type a question and send it; gives the turn that its answer will stand in."""
    before = page.locator("[class*='st-key-turn-']").count()
    box(page).fill(question)
    box(page).press("Enter")
    turn = page.locator("[class*='st-key-turn-']").nth(before)
    turn.wait_for(timeout=ANSWERING)
    return turn


def send(page: Page, question: str) -> None:
    """Type a question and send it, again where files were on their way still and it stayed."""
    box(page).fill(question)
    for _ in range(3):
        box(page).press("Enter")
        with suppress(AssertionError):
            return expect(box(page)).to_have_value("", timeout=10_000)
    raise AssertionError("a question stayed in its box after three tries")


def answered(turn: Locator) -> Locator:
    """Wait until the answer stands in its turn, whole; gives its claims."""
    turn.get_by_role("button", name="Ask again").wait_for(timeout=ANSWERING)
    return turn.locator(".claims")


def tick(box: Locator) -> None:
    """Tick a box, again where the page was drawn anew under the click and it went nowhere."""
    for _ in range(3):
        at_rest(box.page)
        box.locator("xpath=ancestor::label").click()
        with suppress(AssertionError):
            return expect(box).to_be_checked(timeout=10_000)
    raise AssertionError("a box stayed empty after three clicks")


def at_rest(page: Page) -> None:
    """Wait until the page is not being drawn, as a person would before the next click."""
    drawn = page.locator("[data-test-script-state='notRunning']")
    expect(drawn).to_be_visible(timeout=ANSWERING)
