"""Servers of language models: several of the same model asked as one, and those found here.

Owns which of several is asked, and that what one cannot take now is asked of another, and again
after a pause. What has begun to come is not asked again. Knows nothing of what is asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.models.connection import Connection

if TYPE_CHECKING:
    import httpx2

_PAUSES = (0.3, 1.5)  # seconds before all are asked again
_REST = 10.0  # seconds for which one that failed is asked last; then it is looked at
_PATIENCE = 1.0  # seconds for a server on this computer
_LISTED = 20  # models of one
USUAL = (("Ollama", 11434), ("llama-server", 8080), ("LM Studio", 1234), ("vLLM", 8000))


class Servers:
    """Asks the least busy of those that are well; safe to share between threads.

    Args:
        addresses: Such as `http://localhost:8080/v1`, with blanks between.
        key: Sent to each as a bearer token; empty for none.
        timeout: Seconds to wait for the next piece of text.

    Raises:
        ModelError: An address makes no sense.
    """

    def __init__(self, addresses: str, *, key: str, timeout: float) -> None:
        self._all = [Connection(one, key=key, timeout=timeout) for one in addresses.split()]
        self._lock = threading.Lock()
        self._working = dict.fromkeys(self._all, 0)
        self._failed: dict[Connection, float] = {}

    @property
    def where(self) -> str:
        """The computers and ports, to be shown."""
        hosts = " and ".join(one.host for one in self._all)
        return f"the server{'s' if len(self._all) > 1 else ''} at {hosts}"

    def close(self) -> None:
        """Close all connections; further requests fail."""
        for one in self._all:
            one.close()

    @contextmanager
    def asked(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Iterator[tuple[Connection, httpx2.Response]]:
        """Who answers and the answer, as it comes; closing it closes the connection.

        Raises:
            ModelError: None of them answers, also after pauses; or the answer breaks off.
        """
        server, response = self._answering(method, path, body, timeout)
        try:
            with closing(response), server.failing_clearly():
                yield server, response
        except ModelError:
            self._failed[server] = time.monotonic()
            raise
        finally:
            self._work(server, -1)

    def _answering(
        self, method: str, path: str, body: dict[str, Any] | None, timeout: float | None
    ) -> tuple[Connection, httpx2.Response]:
        pauses = iter(_PAUSES)
        while True:
            for server in self._in_order():
                self._work(server, 1)
                try:
                    response = server.begin(method, path, body, timeout)
                except BaseException as error:
                    self._work(server, -1)
                    if not (isinstance(error, ModelError) and error.passing):
                        raise
                    failed, self._failed[server] = error, time.monotonic()
                else:
                    self._failed.pop(server, None)
                    return server, response
            if (pause := next(pauses, None)) is None:
                raise failed
            time.sleep(pause)

    def _in_order(self) -> list[Connection]:
        """Those that are well first, of these the least busy."""
        if len(self._all) > 1:
            for server, since in list(self._failed.items()):
                if time.monotonic() - since > _REST:
                    self._failed[server] = time.monotonic()  # others do not look meanwhile
                    if server.is_well():
                        self._failed.pop(server, None)
        return sorted(self._all, key=lambda one: (one in self._failed, self._working[one]))

    def _work(self, server: Connection, more: int) -> None:
        with self._lock:
            self._working[server] += more


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answered.

    Attributes:
        name: Which program usually listens there.
        address: To be the setting `llm`.
        models: What it has, to be the setting `model`; empty where it asks for a key.
    """

    name: str
    address: str
    models: tuple[str, ...]


def find(usual: Sequence[tuple[str, int]] = USUAL) -> tuple[LocalServer, ...]:
    """The servers that answer on this computer where they usually do, in that order.

    The loopback address alone is asked.
    """
    with ThreadPoolExecutor(len(usual) or 1, thread_name_prefix="quoth-find") as together:
        answers = together.map(lambda one: _ask(*one), usual)
        return tuple(found for found in answers if found is not None)


def _ask(name: str, port: int) -> LocalServer | None:
    address = f"http://127.0.0.1:{port}/v1"
    with closing(Connection(address, key="", timeout=_PATIENCE)) as server:
        try:
            with server.failing_clearly():
                response = server.client.get("models")
                if response.status_code in (401, 403):
                    return LocalServer(name, address, ())
                server.check(response)
                listed = [str(entry["id"]) for entry in response.json()["data"]]
        except ModelError:  # nobody there, or somebody else
            return None
    return LocalServer(name, address, tuple(listed[:_LISTED]))
