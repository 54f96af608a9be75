"""Who may speak to the page."""

from __future__ import annotations

import sys
from collections.abc import Collection

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import net_util
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path
from streamlit.web.server.server_util import is_url_from_allowed_origins

from rag.page.gate import SCRIPT, OwnOrigin, gates, keep_script_folder, names_of


def test_a_run_of_the_script_moves_no_folder_of_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    keep_script_folder()
    kept = [*sys.path]
    with modified_sys_path(str(SCRIPT)):  # as Streamlit runs it, beside imports in other threads
        assert sys.path == kept
    assert sys.path == kept


async def told(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("Come in")
    await socket.close()


def client(address: str, host: str, known: Collection[str] = ()) -> TestClient:
    """Who asks a page that listens on an address, by a host name of its own."""
    routes = [
        Route("/", lambda _: PlainTextResponse("Come in"), methods=["GET", "POST"]),
        WebSocketRoute("/stream", told),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(OwnOrigin, address=address, known=known)])
    return TestClient(app, base_url=f"http://{host}")


@pytest.mark.parametrize(
    ("address", "host", "origin", "may"),
    [
        ("localhost", "localhost:8501", "", True),
        ("localhost", "127.0.0.1:8501", "http://127.0.0.1:8501", True),
        ("::1", "[::1]:8501", "http://[::1]:8501", True),
        ("localhost", "evil.example:8501", "", False),
        ("localhost", "localhost.evil.example", "", False),
        ("localhost", "localhost:8501", "http://evil.example", False),
        ("localhost", "localhost:8501", "http://localhost:9000", False),
        ("localhost", "localhost:8501", "null", False),
        ("localhost", "localhost:8501", "http://[", False),
        ("192.168.1.5", "192.168.1.5:8501", "http://192.168.1.5:8501", True),
        ("192.168.1.5", "evil.example", "", False),
        ("0.0.0.0", "news.example", "http://news.example", True),
        ("0.0.0.0", "news.example", "http://evil.example", False),
    ],
)
def test_only_the_page_itself_is_let_in(address: str, host: str, origin: str, may: bool) -> None:
    asking = client(address, host)
    headers = {"origin": origin} if origin else {}
    for answer in (asking.get("/", headers=headers), asking.post("/", headers=headers)):
        assert (answer.status_code, answer.text == "Come in") == (
            (200, True) if may else (403, False)
        )
        assert not may or "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    url = f"ws://{host}/stream"
    if may:
        with asking.websocket_connect(url, headers=headers) as socket:
            assert socket.receive_text() == "Come in"
    else:
        with pytest.raises(WebSocketDisconnect), asking.websocket_connect(url, headers=headers):
            pass


def test_nothing_of_the_page_comes_from_elsewhere() -> None:
    policy = client("localhost", "localhost").get("/").headers["Content-Security-Policy"]
    allowed = {name: set(of) for name, *of in (rule.split() for rule in policy.split(";"))}
    assert allowed["default-src"] == {"'self'"}  # of frames, connections and media too
    assert allowed["frame-ancestors"] == allowed["object-src"] == {"'none'"}
    own = {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
    assert set().union(*allowed.values()) <= own


def test_nobody_is_asked_which_address_this_computer_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net_util, "_external_ip", None)
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda *_, **__: pytest.fail("asked"))
    gates()
    assert not is_url_from_allowed_origins("http://evil.example")
    assert not net_util.get_external_ip()


def test_a_page_on_every_address_is_asked_under_any_name() -> None:
    assert names_of("0.0.0.0") is names_of("::") is None
    assert names_of("Quoth.example") == {"quoth.example", "localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize("address", ["0.0.0.0", "localhost", "192.168.1.5"])
def test_a_page_with_a_known_name_is_opened_by_that(address: str) -> None:
    for host, may in (("quoth.example", 200), ("localhost", 200), ("evil.example", 403)):
        assert client(address, host, ["quoth.example"]).get("/").status_code == may


def test_the_names_that_a_page_is_known_by_are_set_from_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUOTH_PAGE_NAMES", " Quoth.example, news.example,")
    (gate,) = gates()
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("Come in"))], middleware=[gate])
    for host, may in (("quoth.example", 200), ("news.example", 200), ("evil.example", 403)):
        assert TestClient(app, base_url=f"http://{host}").get("/").status_code == may
