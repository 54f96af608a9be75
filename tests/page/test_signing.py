"""Before the page opens, and when signing in fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from rag.page.signing import SentBack
from tests.page.browser import ROOT, _await
from tests.page.test_browser_people import COOKIE, SECRETS, free_port

SOUND = SECRETS.format(
    page="http://127.0.0.1:8501",
    cookie=COOKIE,
    client="quoth",
    secret="both know",
    issuer="https://login.example",
)


def started(place: Path, address: str, secrets: str = "", *options: str) -> tuple[int, str]:
    """How the page fares that is opened there; -1 for one that opens, which is ended at once."""
    if secrets:
        (place / ".streamlit").mkdir()
        (place / ".streamlit" / "secrets.toml").write_text(secrets)
    (place / "articles").mkdir()
    port, log = free_port(), place / "page.log"
    command = [sys.executable, "-m", "rag", "page", str(place / "articles"), "--no-browser"]
    command += ["--address", address, "--port", str(port), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(place)}
    with log.open("wb") as told:
        run = subprocess.Popen(command, cwd=place, env=environment, stdout=told, stderr=told)
        try:
            _await(f"http://127.0.0.1:{port}", run, log)
        except RuntimeError:
            return run.wait(), log.read_text()
        finally:
            run.terminate()
            run.wait(60)
    return -1, ""


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ("", "could read and delete every chat.*--open-to-all"),
        ("[other]\na = 1\n", "could read and delete every chat.*--open-to-all"),
        ("[auth\n", "secrets.toml cannot be read: it is no TOML"),
        (SOUND.replace(COOKIE, "short"), "cookie_secret under .auth. in .* at least 32"),
        (SOUND.replace("client_secret", "x"), "missing the following keys: .'client_secret'."),
        (SOUND.replace("oauth2callback", "home"), "redirect_uri under .auth. in .*/oauth2callback"),
    ],
)
def test_a_page_for_others_is_refused_unless_people_sign_in(
    tmp_path: Path, secrets: str, told: str
) -> None:
    code, said = started(tmp_path, "0.0.0.0", secrets)
    assert code == 1
    assert re.search(told, said.splitlines()[-1]), said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("address", "secrets", "options"),
    [("localhost", "", ()), ("127.0.0.1", "", ("--open-to-all",)), ("127.0.0.1", SOUND, ())],
)
def test_otherwise_it_opens(
    tmp_path: Path, address: str, secrets: str, options: tuple[str, ...]
) -> None:
    assert started(tmp_path, address, secrets, *options) == (-1, "")


SIGNED = "_streamlit_user=abc; HttpOnly; Path=/"
CLEARED = '_streamlit_user=""; Max-Age=0; Path=/'


def provider_fails(request: Request) -> Response:
    if "crash" in request.query_params:
        raise RuntimeError("no such client")
    return PlainTextResponse("Authentication error", status_code=400)


def comes_back(request: Request) -> Response:
    response = RedirectResponse("/", status_code=302)
    response.headers["set-cookie"] = SIGNED if "code" in request.query_params else CLEARED
    return response


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("/auth/login?provider=a", "../?sign-in=failed"),
        ("/auth/login?crash=1", "../?sign-in=failed"),
        ("/oauth2callback?state=a&code=b", "/"),
        ("/oauth2callback?state=a", "/?sign-in=failed"),
        ("/oauth2callback?error=access_denied", "/?sign-in=failed"),
        ("/oauth2callback", "/"),  # back from signing out
    ],
)
def test_who_could_not_be_signed_in_comes_back_and_is_told(asked: str, sent: str) -> None:
    routes = [Route("/auth/login", provider_fails), Route("/oauth2callback", comes_back)]
    client = TestClient(Starlette(routes=routes, middleware=[Middleware(SentBack)]))
    answer = client.get(asked, follow_redirects=False)
    assert (answer.status_code in (302, 303), answer.headers["location"]) == (True, sent)
