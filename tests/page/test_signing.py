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
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from rag.page.signing import SentBack
from tests.page.browser import ROOT, _await
from tests.page.signed import COOKIE, SECRETS, free_port

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


def shows_page(_request: Request) -> Response:
    return HTMLResponse("<p>")


def browser() -> TestClient:
    """Of somebody who is signed out; it keeps cookies as one does."""
    routes = [
        Route("/auth/login", provider_fails),
        Route("/oauth2callback", comes_back),
        Route("/file.txt", lambda _: PlainTextResponse("x")),
        Route("/", shows_page),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(SentBack)]))


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
    answer = browser().get(asked, follow_redirects=False)
    assert (answer.status_code in (302, 303), answer.headers["location"]) == (True, sent)


CHAT, IN = "/?chat=1f0c22aa9b01", "/oauth2callback?state=a&code=b"


@pytest.mark.parametrize(
    ("before", "sent"),
    [
        ([CHAT], CHAT),
        ([CHAT, "/file.txt"], CHAT),
        ([CHAT, "/oauth2callback?error=access_denied", "/?sign-in=failed"], CHAT),
        ([CHAT, "/"], "/"),  # the page was opened anew, for none
        ([CHAT, "/?chat=2"], "/?chat=2"),
        ([CHAT, IN], "/"),  # once
        (["/file.txt?chat=1"], "/"),
        (["/?chat=a%3B%20Domain%3Dx"], "/"),
        (["/?chat=a%0d%0aset-cookie:%20b"], "/"),
        (["/?chat=" + "a" * 65], "/"),
        (["/?chat=%C3%A9"], "/"),
    ],
)
def test_who_signs_in_comes_back_to_the_chat_that_they_came_for(
    before: list[str], sent: str
) -> None:
    client = browser()
    for asked in before:
        client.get(asked, follow_redirects=False)
        if asked == IN:
            client.cookies.delete("_streamlit_user")  # signed out
    assert client.get(IN, follow_redirects=False).headers["location"] == sent


def test_of_who_is_signed_in_nothing_is_kept() -> None:
    client = browser()
    client.get(IN, follow_redirects=False)
    assert "set-cookie" not in client.get(CHAT).headers


def test_what_is_kept_meanwhile_is_for_the_page_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for origin, secure in (("http://127.0.0.1:1", False), ("https://quoth.example", True)):
        monkeypatch.setattr("rag.page.signing.origin", lambda origin=origin: origin)
        cookie = browser().get(CHAT).headers["set-cookie"]
        assert "; HttpOnly; SameSite=Lax" in cookie
        assert ("; Secure" in cookie) is secure
