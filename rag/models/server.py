"""An `LLM` on a server that speaks OpenAI's chat protocol: llama-server, vLLM, Ollama and others.

Owns what is asked and how the answer is read. Kinds of server are told apart by the owner that
they name in their list of models. Tokens are estimated, since many servers count none.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.escaping import encodable, without_signs
from rag.models.connection import Connection
from rag.models.llm import Ahead, Speed, Speedometer, too_long
from rag.models.repeats import Repeats
from rag.models.servers import Servers

if TYPE_CHECKING:
    import httpx2

_FRAME = 48  # tokens that a chat template may add
_LISTED = 5
_TOO_MANY = 4  # pieces for each token of the limit
_LOOKING = 10.0  # seconds for the list of models
_LLAMA, _VLLM, _OLLAMA = "llamacpp", "vllm", "library"
_HELD = (_LLAMA, "me")  # kinds that take a grammar; the second is llama-cpp-python's own server
_CHAT = "chat/completions"
_CONTEXT = 8192  # tokens, where a server does not tell
_USUAL = {_OLLAMA: 4096}  # Ollama cuts longer prompts without a word
_TOLD = ("max_model_len", "loaded_context_length", "context_length")  # vLLM, LM Studio, others
_UNTOLD = 0.01  # probability of a word that the server does not tell
_PIECE = re.compile(r"[a-z]+|\S|\n")


class OpenAICompatible:
    """An `LLM` at an address; safe to share between threads.

    Args:
        address: Such as `http://localhost:8080/v1`; without a path, `/v1` is taken. Several
            servers that have the same model stand with blanks between.
        model: The model to ask for; empty for the only one that the server has.
        key: Sent as a bearer token; empty for none.
        context: How many tokens the prompt and the answer may have together; 0 for what the server
            tells, else what its kind usually has.
        timeout: Seconds to wait for the server's next piece of text.

    Raises:
        ModelError: The server does not answer, wants another key, or has no such model.
    """

    taught, writes = False, True

    def __init__(
        self,
        address: str,
        *,
        model: str = "",
        key: str = "",
        context: int = 0,
        timeout: float = 60.0,
    ) -> None:
        self._servers = Servers(address, key=key, timeout=timeout)
        self.where, self._speedometer = self._servers.where, Speedometer()
        try:
            self._model, self._kind, told = self._choose(model)
            self.context = context or told or _USUAL.get(self._kind, _CONTEXT)
        except BaseException:
            self._servers.close()
            raise

    @property
    def name(self) -> str:
        if not self._model.lower().endswith(".gguf"):
            return self._model
        return PurePath(self._model).stem  # llama-server names the file's path

    @property
    def speed(self) -> Speed:
        return self._speedometer.speed

    def count(self, text: str) -> int:
        return estimated(encodable(text))

    def stream(
        self,
        *,
        head: str,
        request: str,
        grammar: str | None = None,
        limit: int = 256,
        ahead: Ahead | None = None,  # the server has a line of its own and does not tell
    ) -> Iterator[str]:
        needed = self.count(head) + self.count(request) + _FRAME + limit
        if needed > self.context:
            raise too_long(needed, self.context)
        began = time.perf_counter()
        first, pieces, repeats = 0.0, 0, Repeats()
        usage: Any = None
        body = self._body(head, request, limit)
        if grammar is not None and self._kind in _HELD:
            body["grammar"] = grammar
        with self._servers.asked("POST", _CHAT, body) as (server, response):
            server.check(response)
            for chunk in _chunks(server, response):
                usage = chunk.get("usage") or usage
                if text := _text(chunk):
                    first, pieces = first or time.perf_counter(), pieces + 1
                    yield text
                    if pieces >= _TOO_MANY * limit:  # it does not keep to the limit
                        break
                    if repeats.seen(text):
                        break
        if first:
            taken, written = _used(usage)  # a piece is a token where the server does not tell
            ended = time.perf_counter()
            self._speedometer.note(
                prompt=(taken, first - began), generation=(written or pieces, ended - first)
            )

    def odds(self, *, head: str, request: str) -> float:
        """From the likeliest first tokens where the server tells them, else from its word."""
        body = self._body(head, request, 1) | {
            "stream": False,
            "logprobs": True,
            "top_logprobs": 10,
        }
        del body["stream_options"]
        with self._servers.asked("POST", _CHAT, body) as (server, response):
            response.read()
        if response.status_code == 400:  # it knows no probabilities
            for key in ("logprobs", "top_logprobs"):
                del body[key]
            with self._servers.asked("POST", _CHAT, body) as (server, response):
                response.read()
        with server.failing_clearly():
            server.check(response)
            return _yes(response.json()["choices"][0])

    def point(self, *, head: str, request: str, at: str) -> list[float]:
        """Nothing: it was not taught to."""
        return []

    def close(self) -> None:
        """Close the connections; further requests fail."""
        self._servers.close()

    def _body(self, head: str, request: str, limit: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": encodable(head)},
                {"role": "user", "content": without_signs(encodable(request))},
            ],
            "temperature": 0.0,
            "seed": 0,
            "max_tokens": limit,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._kind in (_LLAMA, _VLLM):  # thinking aloud would use up the limit
            body["chat_template_kwargs"] = {"enable_thinking": False}
        return body

    def _choose(self, model: str) -> tuple[str, str, int]:
        """The model to ask for, the kind of server, and the context if it is told; else 0."""
        with self._servers.asked("GET", "models", timeout=_LOOKING) as (one, response):
            response.read()
            one.check(response)
            offered = {str(entry["id"]): entry for entry in response.json()["data"]}
            named = model if model or len(offered) != 1 else next(iter(offered))
            if named in offered:
                entry = offered[named]
                told = [tokens for key in _TOLD if (tokens := _whole(entry.get(key)))]
                kind = str(entry.get("owned_by", ""))
                return named, kind, next(iter(told), 0) or (_told(one) if kind == _LLAMA else 0)
        names = ", ".join(sorted(offered)[:_LISTED]) + (" …" if len(offered) > _LISTED else "")
        server = f"The server at {one.address}"
        if not offered:
            raise ModelError(f"{server} has no model. Load one there first.")
        if not model:
            raise ModelError(
                f"{server} has {len(offered)} models. Name one of them in the setting model: "
                f"{names}."
            )
        raise ModelError(
            f"{server} has no model {model}. Set the setting model to one of these: {names}."
        )


def _chunks(server: Connection, response: httpx2.Response) -> Iterator[dict[str, Any]]:
    from httpx2 import EventSource

    whole = False
    for event in EventSource(response):
        if event.data.strip() == "[DONE]":
            return
        chunk = json.loads(event.data)
        if not isinstance(chunk, dict):
            raise ValueError("no object")
        if chunk.get("error"):
            said = server.said(chunk)
            raise ModelError(f"The server at {server.address} broke off: {said} Ask again.")
        yield chunk
        whole = whole or any(c.get("finish_reason") for c in chunk.get("choices") or ())
    if not whole:
        raise server.broken("the answer ended before it was whole")


def _told(server: Connection) -> int:
    """The context that llama-server tells in a place of its own; else 0."""
    root = server.address.removesuffix("/v1")
    response = server.client.get(f"{root}/props", timeout=_LOOKING)
    try:
        return _whole(response.raise_for_status().json()["default_generation_settings"]["n_ctx"])
    except Exception:  # a server behind another's name
        return 0


def estimated(text: str) -> int:
    """Tokens of a text, estimated so that hardly any tokenizer needs more.

    >>> estimated("The bridge opened in May 1932.")
    14
    """
    return sum(
        -(-len(piece) // 3) if piece[0].isascii() and piece[0].islower() else len(piece.encode())
        for piece in _PIECE.findall(text)
    )


def _whole(value: Any) -> int:
    """A number of tokens that a server tells; 0 where it is none that makes sense."""
    return value if isinstance(value, int) and 512 <= value <= 2**30 else 0


def _text(chunk: dict[str, Any]) -> str:
    """The piece of text in a chunk; empty where it has none."""
    choices = chunk.get("choices")
    text = choices[0]["delta"].get("content") if choices else None
    if text is not None and not isinstance(text, str):
        raise TypeError("the content is no text")
    return text or ""


def _yes(choice: dict[str, Any]) -> float:
    """The log odds of yes over no in what a server answered."""
    said = str((choice.get("message") or {}).get("content") or "")
    first = ((choice.get("logprobs") or {}).get("content") or [{}])[0]
    likely = first.get("top_logprobs") or [{"token": said, "logprob": 0.0}]
    shares = {"yes": 0.0, "no": 0.0}
    for one in likely:
        word = str(one["token"]).strip(" .,!").lower()
        if word in shares:
            shares[word] += math.exp(float(one["logprob"]))
    return math.log((shares["yes"] + _UNTOLD) / (shares["no"] + _UNTOLD))


def _used(usage: Any) -> tuple[int, int]:
    """Tokens of the prompt and of the answer, as far as the server tells; else 0."""
    told = usage if isinstance(usage, dict) else {}
    taken, written = told.get("prompt_tokens"), told.get("completion_tokens")
    return taken if isinstance(taken, int) else 0, written if isinstance(written, int) else 0
