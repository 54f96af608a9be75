"""Who is let in, how much they may send, and how slowly."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.server import guard
from tests.server.served import BUILT, Served, served, told

KEY, OTHER = "a-key-of-the-newsroom", "a-key-of-somebody-else"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def here(assistant: Assistant) -> Iterator[Served]:
    with served(assistant) as running:
        yield running


@pytest.fixture
def locked(assistant: Assistant) -> Iterator[Served]:
    with served(assistant, keys=(KEY, OTHER), per_minute=2) as running:
        yield running


def test_a_key_is_needed_where_there_are_some(
    locked: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rag.server")
    for path in ("/v1/documents", "/metrics", "/openapi.json", "/v1/models", "/nothing"):
        missing = locked.client.get(path)
        assert "There is no key. Send a key" in told(missing, 401)
        assert missing.headers["www-authenticate"] == "Bearer"
    for wrong in (f"Bearer {KEY}x", f"Basic {KEY}", "Bearer", f"Bearer  {OTHER[:-1]}"):
        assert "key" in told(
            locked.client.get("/v1/documents", headers={"Authorization": wrong}), 401
        )
    assert locked.client.get("/health").status_code == 200
    assert locked.client.get("/ready").status_code == 200
    right = {"Authorization": f"Bearer {KEY}"}
    assert locked.client.get("/v1/documents", headers=right).status_code == 200
    assert KEY not in json.dumps([vars(r) for r in caplog.records], default=str)


def test_each_key_has_its_questions_a_minute(locked: Served) -> None:
    def ask(key: str) -> int:
        return locked.post(
            "/v1/ask", {"question": BUILT}, Authorization=f"Bearer {key}"
        ).status_code

    assert [ask(KEY) for _ in range(3)] == [200, 200, 429]
    turned = locked.post("/v1/search", {"query": "geese"}, Authorization=f"Bearer {KEY}")
    assert "This key may ask 2 questions a minute." in told(turned, 429)
    assert 1 <= int(turned.headers["retry-after"]) <= 30
    assert ask(OTHER) == 200


def test_the_host_must_be_this_computer(here: Served, assistant: Assistant) -> None:
    for host in ("localhost", "LOCALHOST:1", "127.0.0.1:8600", "[::1]", "[::1]:8600"):
        assert here.client.get("/health", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "evil.example:8600", "localhost.evil.example", "127.0.0.1.x", ""):
        assert "Ask it as localhost." in told(
            here.client.get("/health", headers={"Host": host}), 421
        )
    with served(assistant, loopback=False) as elsewhere:
        answered = elsewhere.client.get("/health", headers={"Host": "quoth.example"})
        assert answered.status_code == 200


def test_nothing_of_an_answer_is_drawn_or_framed(locked: Served) -> None:
    right = {"Authorization": f"Bearer {KEY}"}
    answers = [
        *(locked.client.get(path, headers=right) for path in ("/openapi.json", "/nothing")),
        locked.client.get("/health", headers={"Host": "evil.example"}),
        locked.client.get("/v1/documents"),
        locked.post("/v1/ask", {"question": BUILT, "stream": True}, **right),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 421, 401, 200]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_a_body_that_is_too_large_is_refused(here: Served) -> None:
    large = json.dumps({"question": "x" * guard.LARGEST_BODY}).encode()
    pieces = (large[start : start + 10_000] for start in range(0, len(large), 10_000))
    for content in (large, pieces):
        refused = here.client.post("/v1/ask", content=content, headers=JSON)
        assert "larger than 1,000,000 bytes" in told(refused, 413)
    with here.raw() as raw:  # refused before any of it is here
        raw.sendall(
            b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000000\r\n\r\n"
        )
        assert raw.recv(20).startswith(b"HTTP/1.1 413")
    assert here.ask(BUILT).status_code == 200


def test_a_body_that_comes_too_slowly_is_refused(
    here: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.4)
    with here.raw() as raw:
        raw.sendall(
            b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n"
        )
        began = time.monotonic()
        raw.sendall(b"{")
        time.sleep(0.2)
        raw.sendall(b'"')
        assert raw.recv(20).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < 5


def test_a_fault_before_the_routes_is_told_too(
    here: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(here.service.app, "_checked", lambda _: 1 / 0)
    assert "There was a fault in the program." in told(here.client.get("/health"), 500)
