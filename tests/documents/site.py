"""A small web site on this machine, which says what a test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rag.documents.fetch import FetchedFile, fetch
from rag.documents.network import IP

HERE = "127.0.0.1"
PAGE = b"<html><body><p>Rollo led the Norse to the coast.</p></body></html>"


Reply = Callable[[BaseHTTPRequestHandler], None]


def only_here(address: IP) -> bool:
    return str(address) == HERE


ANY_PORT = range(1, 1 << 16)
HERE_ALONE: dict[str, Any] = {"allowed": only_here, "ports": ANY_PORT}


class Handler(BaseHTTPRequestHandler):
    """Answers from `replies`; anything else is not found."""

    protocol_version = "HTTP/1.1"
    replies: dict[str, Reply]
    asked: list[Any]

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        reply = self.replies.get(self.path)
        try:
            reply(self) if reply else self.send_error(404)
        except OSError:  # the other side has seen enough
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def says(body: bytes = PAGE, type_: str | None = "text/html", **headers: str) -> Reply:
    def reply(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        if type_ is not None:
            to.send_header("Content-Type", type_)
        to.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(body)

    return reply


class Site:
    """A server with the replies of a test."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        handler = type("Own", (Handler,), {"replies": self.replies, "asked": self.asked})
        self.server = ThreadingHTTPServer((HERE, 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def get(self, path: str, **more: Any) -> FetchedFile:
        return fetch(f"http://{HERE}:{self.port}{path}", **HERE_ALONE | more)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def silent(first: bytes = b"", drip: bytes = b"") -> Iterator[int]:
    """A server that takes a connection, says a little, and then drips or says nothing."""
    with socket.create_server((HERE, 0)) as server:
        done = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(first)
                while not done.wait(0.05):
                    try:
                        connection.sendall(drip)
                    except OSError:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        done.set()
        thread.join(10)
