"""Running the service: where it listens, how patient it is with a connection, and how it ends.

The only module that knows uvicorn. Knows nothing of routes.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import time
from types import FrameType
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from rag.errors import RagError, SettingsError
from rag.server.http import HttpService, ServeOptions
from rag.server.replies import FAULT
from rag.service import jobs
from rag.service.engine import Engine

GRACE = 30.0  # seconds that questions have to be finished once the service is to end
HEAD_SECONDS = 10.0  # until a request must have begun, and a refused body must have ended
STUCK_SECONDS = 30.0  # until a caller must have taken some of what waits for it
_CONNECTIONS = 1000
_BACKLOG = 256
_LAST = 3  # seconds for what is sent at the very end
_log = logging.getLogger(__name__)


class PatientProtocol(H11Protocol):
    """A connection that is dropped where its caller neither sends nor takes anything for long."""

    _late: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request.

        What is sent goes out at once; the loop sees to that only for sockets that it has made.
        Else the second part of an answer waits 40 ms for word of the first.
        """
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Go on with what came."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of one that was refused."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        for timer in (self._late, self._stuck):
            if timer is not None:
                timer.cancel()

    def pause_writing(self) -> None:
        """Wait for the caller to take what was sent."""
        super().pause_writing()
        self._stuck = self.loop.call_later(STUCK_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with sending."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()

    def _watch(self) -> None:
        theirs, refused = self.conn.their_state, self.cycle and self.cycle.response_complete
        waits = theirs is h11.IDLE or (theirs is h11.SEND_BODY and refused)
        if waits and self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)
        elif not waits and self._late is not None:
            self._late.cancel()
            self._late = None


class DrainingServer(uvicorn.Server):
    """Serves until it is told to end; then takes no more questions and finishes those it has.

    Told a second time, it ends at once; `failed` says why where the articles could not be opened.
    """

    def __init__(self, service: HttpService, engine: Engine) -> None:
        super().__init__(
            uvicorn.Config(
                service.app,
                http=PatientProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=_CONNECTIONS,
                timeout_graceful_shutdown=_LAST,
            )
        )
        self._service, self._engine = service, engine
        self._ends, self._told = float("inf"), False
        self.failed = ""

    def drain(self) -> None:
        """Begin to end."""
        if self._service.line.closed:
            self.should_exit = True
        self._service.line.closed = True
        self._ends = min(self._ends, time.monotonic() + GRACE)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to end."""
        self.drain()

    async def on_tick(self, counter: int) -> bool:
        """Look at how things stand, ten times a second; whether to stop listening."""
        line, opening = self._service.line, self._engine.state
        if not opening.busy and not self._told:
            self._told, self.failed = True, opening.error
            _log.info("the articles are open" if not self.failed else self.failed)
        idle = line.closed and not line.working
        ends = self.failed or idle or time.monotonic() > self._ends
        return await super().on_tick(counter) or bool(ends)


def listening(address: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any that is free.

    Raises:
        SettingsError: It cannot.
    """
    try:
        family, place = _resolved(address, port)
        return socket.create_server(place, family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise _cannot(address, port, error) from None


def is_loopback(address: str) -> bool:
    """Whether only programs of this computer reach what listens there.

    Raises:
        SettingsError: It is no address of this computer.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    return ipaddress.ip_address(_resolved(address, 0)[1][0].partition("%")[0]).is_loopback


def _resolved(address: str, port: int) -> tuple[int, tuple[str, int]]:
    """The family of an address, and the address and port as numbers."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise _cannot(address, port, error) from None
    family, *_, place = found[0]
    return family, (str(place[0]), int(place[1]))


def _cannot(address: str, port: int, error: Exception) -> SettingsError:
    why = getattr(error, "strerror", None) or error
    return SettingsError(
        f"The service cannot listen at {address}, port {port}: {why}. Choose others by --address "
        "and --port."
    )


def run(engine: Engine, listener: socket.socket, options: ServeOptions) -> None:
    """Open the articles and serve them until a signal comes.

    Raises:
        RagError: The articles cannot be opened.
    """
    server = DrainingServer(HttpService(engine, options), engine)
    engine.start()
    try:
        server.run(sockets=[listener])
    finally:
        engine.stop()
        engine.following.end()
        engine.wait(GRACE)
        if engine.assistant is not None:
            engine.assistant.close()
    if server.failed:
        raise RagError(FAULT if server.failed == jobs.FAULT else server.failed)
