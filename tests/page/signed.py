"""The page as people sign in to it, in a browser, and what tests look for there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.page.browser import ROOT, _await
from tests.page.provider import CLIENT, SECRET
from tests.world import ARTICLES, write

Visitor = Callable[[str], Page]

SECRETS = """[auth]
redirect_uri = "{page}/oauth2callback"
cookie_secret = "{cookie}"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""
COOKIE = "0123456789abcdef" * 4


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def page_of(
    place: Path, port: int, issuer: str, *, secret: str = SECRET, **settings: str
) -> Iterator[str]:
    """The page as `quoth page` opens it, for people whom the issuer knows."""
    address = f"http://127.0.0.1:{port}"
    told = SECRETS.format(page=address, cookie=COOKIE, client=CLIENT, secret=secret, issuer=issuer)
    (place / ".streamlit").mkdir(parents=True)
    (place / ".streamlit" / "secrets.toml").write_text(told)
    folder, log = write(place / "articles", ARTICLES), place / "page.log"
    command = [sys.executable, "-m", "rag", "page", str(folder), "--index", str(place / "index")]
    command += ["--address", "127.0.0.1", "--port", str(port), "--no-browser"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "QUOTH_LLM": "none"} | settings
    with log.open("wb") as output:
        run = subprocess.Popen(
            command, cwd=place, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _await(address, run, log)
            yield address
        finally:
            run.terminate()
            with suppress(subprocess.TimeoutExpired):
                run.wait(30)


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Sign in", exact=True)


def sign_in(page: Page, name: str) -> None:
    button(page).click()
    page.get_by_role("link", name=f"I am {name}", exact=True).click()


def listed(page: Page) -> Locator:
    return page.locator(".st-key-chats").get_by_role("link")
