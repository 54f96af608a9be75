"""The service in a thread, on a free port of loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from rag.assistant import Assistant
from rag.server.http import HttpService, ServeOptions
from rag.server.running import DrainingServer, listening
from rag.service.engine import Engine
from tests.slow import until

BUILT = "When was the ferry Hanna built?"
BRIDGE = "When did the bridge over the Lund open?"
GEESE = "Where do barnacle geese breed?"
SAID = {BUILT: "1962", BRIDGE: "1932", GEESE: "Greenland"}


@dataclass
class Served:
    """A running service, and a client of it."""

    service: HttpService
    server: DrainingServer
    engine: Engine
    port: int
    client: httpx2.Client
    thread: threading.Thread

    def post(self, path: str, given: Any, **headers: str) -> httpx2.Response:
        return self.client.post(path, json=given, headers=headers)

    def ask(self, question: str, **more: Any) -> httpx2.Response:
        return self.post("/v1/ask", {"question": question, **more})

    def events(self, path: str, given: Any) -> list[tuple[str, Any]]:
        """All events of a stream, as names and data."""
        with self.client.stream("POST", path, json=given) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            return list(events_of(response.iter_lines()))

    def raw(self) -> socket.socket:
        """A connection to misbehave on."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: ") and line != "data: [DONE]":
            yield name, json.loads(line.removeprefix("data: "))


@contextmanager
def serving(engine: Engine, **options: Any) -> Iterator[Served]:
    """The service over an engine as it is."""
    service = HttpService(engine, ServeOptions(**options))
    server = DrainingServer(service, engine)
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        run = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        run.start()
        until(lambda: server.started)
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield Served(service, server, engine, port, client, run)
        finally:
            server.should_exit = True
            run.join(30)
            assert not run.is_alive()


@contextmanager
def served(assistant: Assistant, **options: Any) -> Iterator[Served]:
    """The service over an assistant that is open."""
    engine = Engine(lambda: assistant)
    engine.start()
    assert engine.wait(60)
    with serving(engine, **options) as running:
        yield running


def told(response: httpx2.Response, status: int) -> str:
    """The one message of an error."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    message: str = error["message"]
    assert "Traceback" not in message
    assert "\n" not in message
    return message
