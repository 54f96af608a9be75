"""A small hub on loopback: what a download asks of huggingface.co, and every way to go wrong."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REPO, FILE, COMMIT = "maker/tiny-GGUF", "sub/tiny.gguf", "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the hub holds and how it behaves.

    Attributes:
        content: Bytes of the one file.
        promised: The bytes whose checksum it tells; those of the file by default.
        gated: Whether it wants a token.
        cuts: For each download in turn, the bytes after which the connection is dropped.
        ranges: Whether it can send the rest of a file.
        elsewhere: Whether it sends the bytes from another address, as the real one does.
        hold: After these bytes it waits for `go`.
        asked: Method, path, range and token of every request.
    """

    content: bytes
    promised: bytes | None = None
    gated: bool = False
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    elsewhere: str = ""
    hold: int | None = None
    etag: str | None = None
    status: int | None = None
    go: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, str, str]] = field(default_factory=list)
    address: str = ""

    def downloads(self) -> list[str]:
        """The ranges of the downloads so far."""
        return [span for method, _, span, _ in self.asked if method == "GET" and span]


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """The hub, answering."""

    class Handler(_Handler):
        it = hub

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hub.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            hub.go.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    it: Hub

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._note()
        if self._found():
            digest = hashlib.sha256(self.it.promised or self.it.content).hexdigest()
            self.send_response(302 if self.it.elsewhere else 200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("X-Linked-Etag", f'"{self.it.etag or digest}"')
            self.send_header("X-Linked-Size", str(len(self.it.content)))
            if self.it.elsewhere:
                self.send_header("Location", self.it.elsewhere + "/blob")
            self.end_headers()

    def do_GET(self) -> None:
        self._note()
        if self.it.elsewhere and self.path != "/blob":
            self.send_response(302)
            self.send_header("Location", self.it.elsewhere + "/blob")
            self.end_headers()
        elif self.path == "/blob" or self._found():
            with suppress(BrokenPipeError, ConnectionResetError):
                self._send()

    def _note(self) -> None:
        wanted = self.headers.get("Range", ""), self.headers.get("Authorization", "")
        self.it.asked.append((self.command, self.path, *wanted))

    def _found(self) -> bool:
        if self.it.status:
            self._fail(self.it.status)
        elif not self.path.startswith(f"/{REPO}/resolve/"):
            self._fail(401, "RepoNotFound")
        elif not self.path.endswith(f"/{FILE}"):
            self._fail(404, "EntryNotFound")
        elif self.it.gated and not self.headers.get("Authorization"):
            self._fail(401, "GatedRepo")
        else:
            return True
        return False

    def _fail(self, status: int, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self) -> None:
        first = int(self.headers.get("Range", "bytes=0-")[6:].rstrip("-")) if self.it.ranges else 0
        rest = self.it.content[first:]
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(rest)))
        if first:
            total = len(self.it.content)
            self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
        self.end_headers()
        cut = self.it.cuts.pop(0) if self.it.cuts else len(rest)
        held = self.it.hold if self.it.hold is not None else cut
        self.wfile.write(rest[: min(held, cut)])
        self.wfile.flush()
        if held < cut:
            self.it.go.wait(60)
            self.wfile.write(rest[held:cut])
