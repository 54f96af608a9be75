"""How the service ends, and how patient it is."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NoReturn

import httpx2
import pytest

from rag.errors import ModelError, RagError, SettingsError
from rag.schema import Document
from rag.server import running as module
from rag.server.http import ServeOptions
from rag.server.running import is_loopback, listening, run
from rag.service.engine import Engine
from rag.testing import FakeLLM
from tests.server.served import BUILT, Served, events_of, served, told
from tests.slow import GatedLLM, until
from tests.world import opened


@pytest.fixture
def llm() -> GatedLLM:
    return GatedLLM()


@pytest.fixture
def held(tmp_path: Path, llm: GatedLLM) -> Iterator[Served]:
    with opened(tmp_path, llm=llm) as assistant, served(assistant) as here:
        yield here
        llm.let(100)


def test_what_runs_is_finished_and_what_is_new_turned_away(held: Served, llm: GatedLLM) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(held.ask, BUILT)
        until(lambda: llm.begun)
        held.server.handle_exit(signal.SIGTERM, None)
        assert "The service is ending" in told(held.ask(BUILT), 503)
        assert told(held.client.get("/ready"), 503) == "The service is ending."
        assert held.client.get("/health").status_code == 200
        llm.let()
        assert "1962" in running.result().json()["text"]
    held.thread.join(20)
    assert not held.thread.is_alive()
    with pytest.raises(httpx2.TransportError):
        held.ask(BUILT)


def test_what_takes_too_long_is_cut_off(
    held: Served, llm: GatedLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.2)
    held.server.config.timeout_graceful_shutdown = 1
    given = {"question": BUILT, "stream": True}
    with held.client.stream("POST", "/v1/ask", json=given) as response:
        events = events_of(response.iter_lines())
        next(events)
        held.server.drain()
        with pytest.raises(httpx2.TransportError):
            list(events)
    held.thread.join(20)
    assert not held.thread.is_alive()
    assert llm.begun == 1


def test_told_a_second_time_it_ends_at_once(held: Served) -> None:
    held.server.drain()
    held.server.drain()
    held.thread.join(20)
    assert not held.thread.is_alive()


def test_a_request_that_never_comes_whole_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEAD_SECONDS", 0.3)
    with opened(tmp_path) as assistant, served(assistant) as here:
        for begun in (b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: "):
            with here.raw() as raw:
                raw.sendall(begun)
                assert _ended(raw)
        with here.raw() as raw:  # a refused body goes on for ever
            raw.sendall(
                b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n"
            )
            assert raw.recv(20).startswith(b"HTTP/1.1 413")
            assert _ended(raw)
        assert here.client.get("/health").status_code == 200


def _ended(raw: object) -> bool:
    """Whether the other side drops the connection soon."""
    try:
        while raw.recv(65536):  # type: ignore[attr-defined]
            pass
    except ConnectionResetError:
        pass
    return True


def test_a_caller_that_takes_nothing_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STUCK_SECONDS", 0.3)
    long = Document("long.txt", "Whales", "Whales sing. " * 1_000_000)
    with opened(tmp_path) as assistant, served(assistant) as here:
        monkeypatch.setattr(assistant, "find_document", lambda _: long)
        with here.raw() as raw:
            raw.sendall(b"GET /v1/documents/long.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
            raw.recv(100)
            until(lambda: not here.server.server_state.connections)
        assert here.client.get("/v1/documents/long.txt").json()["text"] == long.text


def test_articles_that_cannot_be_opened_end_it() -> None:
    def broken(error: Exception) -> NoReturn:
        raise error

    for error, said in (
        (ModelError("The model file gone.gguf does not exist."), r"gone\.gguf"),
        (ValueError("a fault"), "The log of this server has the details"),
    ):
        with listening("127.0.0.1", 0) as listener, pytest.raises(RagError, match=said):
            run(Engine(partial(broken, error)), listener, ServeOptions())


def test_the_assistant_is_closed_at_the_end(tmp_path: Path) -> None:
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        with ThreadPoolExecutor(1) as pool, listening("127.0.0.1", 0) as listener:
            servers: list[module.DrainingServer] = []
            made = module.DrainingServer.__init__

            def note(self: module.DrainingServer, *given: object) -> None:
                made(self, *given)  # type: ignore[arg-type]
                servers.append(self)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(module.DrainingServer, "__init__", note)
                ended = pool.submit(run, Engine(lambda: assistant), listener, ServeOptions())
                until(lambda: servers and servers[0].started and servers[0]._told)
            servers[0].drain()
            ended.result(30)
        with pytest.raises(RagError):
            assistant.search("geese")


def test_where_it_listens() -> None:
    assert is_loopback("localhost")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("192.0.2.1")
    with listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(SettingsError, match=f"cannot listen at 127.0.0.1, port {port}: "):
            listening("127.0.0.1", port)
    for nowhere in ("no.such.host.invalid", "192.0.2.1", "a" * 300):
        with pytest.raises(SettingsError, match="Choose others by --address"):
            listening(nowhere, 0)
