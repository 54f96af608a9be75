"""How HTTP callers are told things: errors in one shape, events as a stream, and who has gone.

An error is `{"error": {"message": …}}`, as OpenAI's clients read it. Knows nothing of what
is asked.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from rag.errors import LibraryError, ModelError, RagError
from rag.server.line import TurnedAway

FAULT = "There was a fault in the program. The log of this server has the details."
GONE = 499  # the status in the log of a caller that went before it was answered
_QUIET = 10.0  # seconds after which a silent stream tells that it is alive
_UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # as nginx reads it
_PATHS = "Possible are /v1/ask, /v1/search, /v1/documents, /v1/chat/completions; see /openapi.json."
_KINDS = {401: "authentication_error", 429: "rate_limit_error"}
_Value = TypeVar("_Value")
_log = logging.getLogger(__name__)


class Problem(Exception):
    """A request that is not granted.

    Args:
        status: The HTTP status.
        message: What is wrong and what to do next.
        retry_after: Seconds after which to try again, where that helps.
    """

    def __init__(self, status: int, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.retry_after = status, message, retry_after

    @property
    def body(self) -> dict[str, Any]:
        """As callers read it."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        told = {"message": self.message, "type": _KINDS.get(self.status, kind)}
        return {"error": told | {"param": None, "code": None}}

    def reply(self) -> JSONResponse:
        """As a response."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(self.body, self.status, headers)


def problem_of(error: Exception) -> Problem:
    """What a caller is told of an error; one that is a fault of the program goes to the log."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, TurnedAway):
        return Problem(503 if error.closing else 429, str(error), retry_after=error.seconds)
    if isinstance(error, ModelError | LibraryError):
        return Problem(503, str(error))
    if isinstance(error, RagError):
        return Problem(400, str(error))
    _log.error("a request failed", exc_info=error)
    return Problem(500, FAULT)


def tell_errors(app: FastAPI) -> None:
    """Have every error of an app told in the one shape."""

    async def tell(_: Request, error: Exception) -> JSONResponse:
        return problem_of(error).reply()

    async def no_route(_: Request, error: Exception) -> JSONResponse:
        status = getattr(error, "status_code", 404)
        said = (
            "There is nothing at this address." if status == 404 else "This is not possible here."
        )
        return Problem(status, f"{said} {_PATHS}").reply()

    for kind in (Problem, TurnedAway, RagError, Exception):
        app.add_exception_handler(kind, tell)
    app.add_exception_handler(HTTPException, no_route)


async def body_of(request: Request, example: str) -> dict[str, Any]:
    """The JSON object that a request brings. Raises `Problem`; `example` is what it should be."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, f"Send JSON, with the header Content-Type: application/json: {example}")
    try:
        given = json.loads(await request.body())
        json.dumps(given, ensure_ascii=False).encode()  # lone surrogates are no text
    except (ValueError, RecursionError):
        raise Problem(400, f"The body is not JSON. Send an object like {example}") from None
    if not isinstance(given, dict):
        raise Problem(400, f"The body is not a JSON object. Send one like {example}")
    return given


async def unless_gone(request: Request, work: Coroutine[Any, Any, _Value]) -> _Value | None:
    """What some work comes to; `None` where the caller goes before, and the work is cancelled."""
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class EventStream(Response):
    """Server-sent events; whatever happens, they are closed and `ended` is called at the end."""

    def __init__(self, events: AsyncGenerator[str], ended: Callable[[], None]) -> None:
        super().__init__(media_type="text/event-stream", headers=_UNBUFFERED)
        del self.headers["content-length"]
        self._events, self._ended = events, ended

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send them until they end or the caller goes."""
        request = Request(scope, receive)
        try:
            if not await unless_gone(request, self._send(send)):
                request.state.gone = True
        finally:
            self._ended()

    async def _send(self, send: Any) -> bool:
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        async with aclosing(_alive(self._events)) as told:
            await send(head)
            async for text in told:
                await send(_part(text, more=True))
            await send(_part("", more=False))
        return True


def _part(text: str, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": more}


async def _alive(events: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """The events, and a comment wherever none came for a while, so that none between gives up."""
    async with aclosing(events):
        coming: asyncio.Future[str] | None = None
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(events))
                done, _ = await asyncio.wait({coming}, timeout=_QUIET)
                if not done:
                    yield ": alive\n\n"
                    continue
                try:
                    told = coming.result()
                except StopAsyncIteration:
                    return
                coming = None
                yield told
        finally:
            if coming is not None and not coming.done():
                coming.cancel()
                await asyncio.wait({coming})


def sent_event(data: Mapping[str, Any] | str, name: str = "") -> str:
    r"""One server-sent event.

    >>> sent_event({"text": "two\nlines"}, "Draft")
    'event: Draft\ndata: {"text": "two\\nlines"}\n\n'
    """
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"event: {name}\ndata: {text}\n\n" if name else f"data: {text}\n\n"
