"""An `LLM` on a server that speaks OpenAI's chat protocol: llama-server, vLLM, Ollama and others.

Owns the requests and what each failure means to a person. The key goes into one header and nowhere
else. Two kinds of server are told apart, by the owner that they name in their list of models:
both can count tokens and be held to a grammar, each in its own way.
"""

from __future__ import annotations

import ipaddress
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.models.llm import Ahead, Speed, Speedometer, too_long

if TYPE_CHECKING:
    import httpx2

_CONNECTING = 5.0  # seconds
_FRAME = 48  # tokens that a chat template may add
_SHOWN = 200  # characters of a server's own message
_LISTED = 5
_KEPT_COUNTS = 256
_LLAMA, _VLLM = "llamacpp", "vllm"
_ODD = (ValueError, LookupError, TypeError, AttributeError)  # of an answer in another form
_PIECE = re.compile(r"[a-z]+|\S|\n")


class OpenAICompatible:
    """An `LLM` at an address; safe to share between threads.

    Args:
        address: Such as `http://localhost:8080/v1`; without a path, `/v1` is taken.
        model: The model to ask for; empty for the only one that the server has.
        key: Sent as a bearer token; empty for none.
        context: How many tokens the prompt and the answer may have together.
        timeout: Seconds to wait for the server's next piece of text.

    Raises:
        ModelError: The server does not answer, wants another key, or has no such model.
    """

    def __init__(
        self,
        address: str,
        *,
        model: str = "",
        key: str = "",
        context: int = 2048,
        timeout: float = 60.0,
    ) -> None:
        self._client, self._address = _client(address, key, timeout)
        self._key, self._timeout, self._context = key, timeout, context
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._speedometer = Speedometer()
        try:
            self._model, self._kind = self._choose(model)
        except BaseException:
            self._client.close()
            raise
        self._takes_grammar = self._counts_tokens = self._kind in (_LLAMA, _VLLM)

    @property
    def name(self) -> str:
        if not self._model.lower().endswith(".gguf"):
            return self._model
        return PurePath(self._model).stem  # llama-server names the file's path

    @property
    def where(self) -> str:
        return f"the server at {self._client.base_url.netloc.decode()}"

    @property
    def context(self) -> int:
        return self._context

    @property
    def speed(self) -> Speed:
        return self._speedometer.speed

    def count(self, text: str) -> int:
        if not text:
            return 0
        with self._lock:
            found = self._counts.get(text)
        if found is None:
            found = self._counted(_sendable(text))
            with self._lock:
                if len(self._counts) >= _KEPT_COUNTS:
                    self._counts.clear()
                self._counts[text] = found
        return found

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
        if needed > self._context:
            raise too_long(needed, self._context)
        began = time.perf_counter()
        first, pieces = 0.0, 0
        usage: Any = None
        with self._failing_clearly(), self._asked(head, request, grammar, limit) as response:
            for chunk in self._chunks(response):
                usage = chunk.get("usage") or usage
                if text := _text(chunk):
                    first, pieces = first or time.perf_counter(), pieces + 1
                    yield text
        if first:
            taken, written = _used(usage)  # a piece is a token where the server does not tell
            ended = time.perf_counter()
            self._speedometer.note(
                prompt=(taken, first - began), generation=(written or pieces, ended - first)
            )

    def close(self) -> None:
        """Close the connections; further requests fail."""
        self._client.close()

    @contextmanager
    def _asked(
        self, head: str, request: str, grammar: str | None, limit: int
    ) -> Iterator[httpx2.Response]:
        """The answer as it streams; a server that takes no grammar is asked without."""
        body = self._body(head, request, limit)
        if grammar is not None and self._takes_grammar:
            with self._client.stream(
                "POST", "chat/completions", json=body | self._held(grammar)
            ) as r:
                if r.status_code != 400:
                    self._check(r)
                    yield r
                    return
            self._takes_grammar = False
        with self._client.stream("POST", "chat/completions", json=body) as response:
            self._check(response)
            yield response

    def _body(self, head: str, request: str, limit: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": _sendable(head)},
                {"role": "user", "content": _sendable(request)},
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

    def _held(self, grammar: str) -> dict[str, Any]:
        if self._kind == _LLAMA:
            return {"grammar": grammar}
        return {"structured_outputs": {"grammar": grammar}}

    def _chunks(self, response: httpx2.Response) -> Iterator[dict[str, Any]]:
        from httpx2 import EventSource

        whole = False
        for event in EventSource(response):
            if event.data.strip() == "[DONE]":
                return
            chunk = json.loads(event.data)
            if not isinstance(chunk, dict):
                raise ValueError("no object")
            if error := chunk.get("error"):
                raise ModelError(
                    f"The server at {self._address} broke off: {self._said(error)} Ask again."
                )
            yield chunk
            whole = whole or any(c.get("finish_reason") for c in chunk.get("choices") or ())
        if not whole:
            raise self._broken("the answer ended before it was whole")

    def _choose(self, model: str) -> tuple[str, str]:
        """The model to ask for, and the kind of server."""
        with self._failing_clearly():
            response = self._client.get("models", timeout=min(self._timeout, 2 * _CONNECTING))
            self._check(response)
            offered = {str(m["id"]): str(m.get("owned_by", "")) for m in response.json()["data"]}
        if model in offered:
            return model, offered[model]
        if not model and len(offered) == 1:
            return next(iter(offered.items()))
        names = ", ".join(sorted(offered)[:_LISTED]) + (" …" if len(offered) > _LISTED else "")
        if not offered:
            raise ModelError(f"The server at {self._address} has no model. Load one there first.")
        if not model:
            raise ModelError(
                f"The server at {self._address} has {len(offered)} models. Name one of them in the "
                f"setting model: {names}."
            )
        raise ModelError(
            f"The server at {self._address} has no model {model}. Set the setting model to one of "
            f"these: {names}."
        )

    def _counted(self, text: str) -> int:
        """By the server's tokenizer where it has one, else estimated."""
        if self._counts_tokens:
            llama = self._kind == _LLAMA
            body = (
                {"content": text, "add_special": False}
                if llama
                else {"model": self._model, "prompt": text, "add_special_tokens": False}
            )
            with self._failing_clearly():
                response = self._client.post(f"{self._root}/tokenize", json=body)
            try:
                found = response.raise_for_status().json()
                return len(found["tokens"]) if llama else int(found["count"])
            except Exception:  # a server behind another's name: the estimate holds for all
                self._counts_tokens = False
        return estimated(text)

    @property
    def _root(self) -> str:
        return self._address.removesuffix("/v1")

    def _check(self, response: httpx2.Response) -> None:
        """Raise for an answer that is an error."""
        status, address = response.status_code, self._address
        if status < 300:
            return
        if status in (401, 403):
            what = "did not accept the key" if self._key else "asks for a key"
            raise ModelError(f"The server at {address} {what}. Set it as QUOTH_KEY.")
        if status < 400 or status == 405:
            raise ModelError(
                f"At {address} is no OpenAI-compatible server. Check the address; it often ends "
                "with /v1."
            )
        response.read()
        said = self._said(_json(response))
        if status == 404:
            raise ModelError(
                f"The server at {address} does not know what it was asked for: {said} Check the "
                "address, which often ends with /v1, and the setting model."
            )
        raise ModelError(f"The server at {address} answered with the error {status}: {said}")

    def _said(self, error: Any) -> str:
        """A server's own message, short and on one line; never with the key in it."""
        while isinstance(error, dict) and ("error" in error or "message" in error):
            error = error.get("error", error.get("message"))
        text = " ".join(str(error or "no reason given").split())
        if self._key:
            text = text.replace(self._key, "…")
        return text[:_SHOWN].rstrip(".") + "."

    def _broken(self, why: str) -> ModelError:
        return ModelError(f"The connection to {self._address} broke off: {why}. Ask again.")

    @contextmanager
    def _failing_clearly(self) -> Iterator[None]:
        """Every failure of the connection becomes a message for a person."""
        import httpx2

        try:
            yield
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise ModelError(
                f"Nothing answers at {self._address}. Check that the server runs there and that "
                "the address is right."
            ) from error
        except httpx2.TimeoutException as error:
            raise ModelError(
                f"The server at {self._address} sent nothing for {self._timeout:g} seconds. Ask "
                "again, or set a larger timeout."
            ) from error
        except (httpx2.SSEError, httpx2.DecodingError, *_ODD) as error:
            raise ModelError(
                f"The server at {self._address} answered in a form that is not that of OpenAI's "
                "protocol. Check that the address is that of an OpenAI-compatible server."
            ) from error
        except httpx2.HTTPError as error:
            raise self._broken(str(error).rstrip(".") or type(error).__name__) from error
        except RuntimeError as error:
            if not self._client.is_closed:
                raise
            raise ModelError(
                f"The model {self.name} is closed. Open the assistant again."
            ) from error


def estimated(text: str) -> int:
    """Tokens of a text, estimated so that hardly any tokenizer needs more.

    >>> estimated("The bridge opened in May 1932.")
    14
    """
    return sum(
        -(-len(piece) // 3) if piece[0].isascii() and piece[0].islower() else len(piece.encode())
        for piece in _PIECE.findall(text)
    )


def _client(address: str, key: str, timeout: float) -> tuple[httpx2.Client, str]:
    """A client for an address, and the address as it is asked."""
    import httpx2

    try:
        url = httpx2.URL(address.strip().rstrip("/").removesuffix("/chat/completions"))
        if not url.host:
            raise httpx2.InvalidURL("it names no computer")
        base = url if url.path.strip("/") else url.copy_with(path="/v1")
        client = httpx2.Client(
            base_url=base,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(timeout, connect=min(timeout, _CONNECTING)),
            trust_env=not _is_here(url.host),  # a proxy cannot reach what is on this computer
        )
    except (httpx2.InvalidURL, ValueError) as error:
        raise ModelError(
            f"The address {address} makes no sense: {error}. Write it like "
            "http://localhost:8080/v1."
        ) from error
    return client, str(base)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _text(chunk: dict[str, Any]) -> str:
    """The piece of text in a chunk; empty where it has none."""
    choices = chunk.get("choices")
    text = choices[0]["delta"].get("content") if choices else None
    if text is not None and not isinstance(text, str):
        raise TypeError("the content is no text")
    return text or ""


def _used(usage: Any) -> tuple[int, int]:
    """Tokens of the prompt and of the answer, as far as the server tells; else 0."""
    told = usage if isinstance(usage, dict) else {}
    taken, written = told.get("prompt_tokens"), told.get("completion_tokens")
    return taken if isinstance(taken, int) else 0, written if isinstance(written, int) else 0


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text
