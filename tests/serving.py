"""A small server on loopback that speaks OpenAI's chat protocol over any `LLM`, and can misbehave.

It writes what llama-server, vLLM and Ollama write, as far as the adapter reads it.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rag.models import LLM


@dataclass
class Behaviour:
    """What the server is like, and what it was asked.

    Attributes:
        llm: Writes the answers.
        kind: `llamacpp`, `vllm` or `library` (Ollama), as its list of models says.
        models: The names in that list.
        listed: What it tells of each in that list beside its name.
        window: Tokens of context, where llama-server tells them; 0 where it does not.
        key: The key that it wants.
        tells_usage: Tells the tokens that it took and wrote.
        tells_odds: Tells the likeliest tokens; without it a request for them is answered by 400.
        fault: Bytes sent in place of the stream, with the status before them.
        cut_after: Pieces after which the connection is dropped.
        go: Cleared to make it wait before every answer until it is set.
        asked: Path and body of every request.
        broken_off: Set once somebody went away in the middle of an answer.
    """

    llm: LLM
    kind: str = "llamacpp"
    models: tuple[str, ...] = ("small",)
    listed: dict[str, object] = field(default_factory=dict)
    window: int = 0
    key: str = ""
    tells_usage: bool = True
    tells_odds: bool = True
    fault: tuple[int, str, bytes] | None = None
    cut_after: int | None = None
    go: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    broken_off: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def __post_init__(self) -> None:
        self.go.set()

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def chats(self) -> list[dict[str, Any]]:
        return [body for path, body in self.asked if path.endswith("/chat/completions")]


@contextmanager
def served(behaviour: Behaviour) -> Iterator[Behaviour]:
    """The server, running."""

    class Handler(_Handler):
        it = behaviour

    with _Quiet(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        behaviour.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield behaviour
        finally:
            behaviour.go.set()
            server.shutdown()
            thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing when somebody has gone away."""


class _Handler(BaseHTTPRequestHandler):
    it: Behaviour
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._note({})
        if self._welcome() and self.path == "/v1/models":
            own = self.it.listed
            listed = [{"id": name, "owned_by": self.it.kind} | own for name in self.it.models]
            self._send(200, {"object": "list", "data": listed})
        elif self.path == "/props" and self.it.window:
            self._send(200, {"default_generation_settings": {"n_ctx": self.it.window}})
        elif not self.wfile.closed:
            self._send(404, {"error": {"message": "no such path"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._note(body)
        if not self._welcome():
            return
        if self.path != "/v1/chat/completions":
            self._send(404, {"error": {"message": "no such path"}})
        elif body["model"] not in self.it.models:
            self._send(404, {"error": {"message": f"model {body['model']!r} not found"}})
        else:
            self.it.go.wait(60)
            self._answer(body)

    def _note(self, body: dict[str, Any]) -> None:
        self.it.asked.append((self.path, body))
        self.it.headers.append(dict(self.headers))

    def _welcome(self) -> bool:
        if self.it.key and self.headers.get("Authorization") != f"Bearer {self.it.key}":
            said = f"wrong key {self.headers.get('Authorization')}"
            self._send(401, {"error": {"message": said}})
            self.close_connection = True
            return False
        return True

    def _send(self, status: int, body: Any, kind: str = "application/json") -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _answer(self, body: dict[str, Any]) -> None:
        if self.it.fault:
            status, kind, raw = self.it.fault
            self._send(status, raw, kind)
            return
        if not body["stream"]:
            self._say(body)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self._stream(body)
        except (BrokenPipeError, ConnectionResetError):
            self.it.broken_off.set()
            self.close_connection = True

    def _say(self, body: dict[str, Any]) -> None:
        """One word, yes or no, with the likeliest tokens."""
        if body.get("logprobs") and not self.it.tells_odds:
            self._send(400, {"error": {"message": "logprobs are not supported"}})
            return
        head, request = (message["content"] for message in body["messages"])
        yes = 1 / (1 + math.exp(-self.it.llm.odds(head=head, request=request)))
        words = {"Yes": yes, " no": 1 - yes}
        choice: dict[str, Any] = {"message": {"content": "Yes." if yes > 0.5 else "No"}}
        if body.get("logprobs"):
            told = [{"token": w, "logprob": math.log(max(p, 1e-9))} for w, p in words.items()]
            choice["logprobs"] = {"content": [{"token": "Yes", "top_logprobs": told}]}
        self._send(200, {"choices": [choice]})

    def _stream(self, body: dict[str, Any]) -> None:
        head, request = (message["content"] for message in body["messages"])
        asked = {"head": head, "request": request, "limit": body["max_tokens"]}
        self._chunk({"choices": [{"delta": {"role": "assistant", "content": None}}]})
        count = 0
        with closing(self.it.llm.stream(**asked)) as pieces:  # type: ignore[type-var]
            for piece in pieces:
                if self.it.cut_after is not None and count >= self.it.cut_after:
                    self.close_connection = True
                    return
                count += 1
                self._chunk({"choices": [{"delta": {"content": piece}, "finish_reason": None}]})
        self._chunk({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        prompt = self.it.llm.count(head) + self.it.llm.count(request)
        usage = {"prompt_tokens": prompt, "completion_tokens": count}
        if self.it.tells_usage:
            self._chunk({"choices": [], "usage": usage})
        self._write(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: dict[str, Any]) -> None:
        self._write(b"data: " + json.dumps(data).encode() + b"\n\n")

    def _write(self, raw: bytes) -> None:
        self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        self.wfile.flush()
