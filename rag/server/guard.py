"""Who is let in: the host that is meant, the key that is shown, how much is sent and how slowly.

Stands before the routes and logs each request when it is over. Knows nothing of what is asked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from rag.server.keys import KeyRing
from rag.server.replies import GONE, Problem, problem_of

LARGEST_BODY = 1_000_000  # bytes
BODY_SECONDS = 20.0  # until all of a body must be here
_OPEN = {"/health", "/ready"}  # told without a key
_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
_KEY = "Send a key that this service knows, as the header Authorization: Bearer KEY."
_HEADERS = [  # it tells data alone: nothing of it is to be drawn, run or shown in a frame
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_log = logging.getLogger(__name__)


class Guard:
    """Checks each request before an app sees it.

    Args:
        app: What answers.
        ring: The keys.
        loopback: Whether only programs of this computer may ask, so that the host must be it. A
            page in the browser cannot then reach the service by a name that it controls.
        note: Told the route and the status of each request when it is over.
    """

    def __init__(
        self, app: Any, ring: KeyRing, *, loopback: bool, note: Callable[[str, int], None]
    ) -> None:
        self._app, self._ring, self._loopback, self._note = app, ring, loopback, note

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let one request in, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, whole = time.monotonic(), GONE, False

        async def noting(message: Any) -> None:
            nonlocal status, whole
            status = message.get("status", status)
            whole = "body" in message and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                message = message | {"headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        state = scope.setdefault("state", {})
        try:
            try:
                state["holder"] = self._checked(scope)
                await self._app(scope, _bounded(scope, receive), noting)
            except Problem as problem:
                await problem.reply()(scope, receive, noting)
            except Exception as error:
                if not whole:  # else it was told already
                    if status != GONE:  # it is too late to tell it
                        raise
                    await problem_of(error).reply()(scope, receive, noting)
        finally:
            if state.get("gone"):
                status = GONE
            route = getattr(scope.get("route"), "path", "other")
            self._note(route, status)
            took = round(time.monotonic() - began, 4)
            fields = {"method": scope["method"], "route": route, "status": status, "seconds": took}
            if (asked := state.get("asked")) is not None:
                fields["outcome"] = asked.outcome
            told = {name: state[name] for name in ("holder", "question") if state.get(name)}
            _log.info("request", extra={"fields": fields | told})

    def _checked(self, scope: Any) -> str:
        """Who asks; empty where nobody needs a key. Raises `Problem`."""
        headers = {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}
        host = headers.get(b"host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if self._loopback and name.lower() not in _HOSTS:
            raise Problem(
                421,
                f"This service answers as localhost, not as {host[:80]!r}. Ask it as localhost.",
            )
        if not self._ring.needed or scope["path"] in _OPEN:
            return ""
        scheme, _, key = headers.get(b"authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Problem(401, f"There is no key. {_KEY}")
        if (holder := self._ring.holder(key.strip())) is None:
            raise Problem(401, f"This key is not known. {_KEY}")
        return holder


def _bounded(scope: Any, receive: Callable[[], Any]) -> Callable[[], Any]:
    """What a caller sends, as long as it is not too much and comes in time. Raises `Problem`."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if int(told) > LARGEST_BODY:
        raise _too_large()
    ends = time.monotonic() + BODY_SECONDS
    size, whole = 0, False

    async def bounded() -> Any:
        nonlocal size, whole
        if whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, ends - time.monotonic()))
        except TimeoutError:
            raise Problem(
                408, f"The request was not here after {BODY_SECONDS:.0f} seconds. Send it faster."
            ) from None
        size += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if size > LARGEST_BODY:
            raise _too_large()
        return message

    return bounded


def _too_large() -> Problem:
    return Problem(413, f"The request is larger than {LARGEST_BODY:,} bytes. Send less.")
