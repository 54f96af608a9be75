"""Connections that go only to the public internet, and end in time.

A host is resolved once and the connection goes to the very address that was checked, so that a
name cannot point elsewhere a moment later; TLS still proves the name. Knows nothing of pages.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Container, Iterable, Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias

import httpcore2

from rag.errors import AddressError

_PATIENCE = 10.0  # seconds for one address, so that a dead one leaves time for the next
_TRIED = 4
PORTS = frozenset((80, 443))  # at which pages are; at others are a host's own services
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_OF_CLOUDS = frozenset(  # that tell a machine its own secrets, though they look public
    map(ipaddress.ip_address, ("168.63.129.16", "192.0.0.192"))
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

IP: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Allowed: TypeAlias = Callable[[IP], bool]


def is_public(address: IP) -> bool:
    """Whether an address is one of the public internet, also where it holds an IPv4 address.

    >>> is_public(ipaddress.ip_address("93.184.215.14"))
    True
    >>> is_public(ipaddress.ip_address("::ffff:127.0.0.1"))
    False
    >>> is_public(ipaddress.ip_address("168.63.129.16"))  # a cloud's own
    False
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        return address in _GLOBAL_UNICAST and address.is_global
    return address.is_global and not address.is_multicast and address not in _OF_CLOUDS


class Guarded(httpcore2.NetworkBackend):
    """Connects only to allowed addresses, and lets nothing take longer than until a moment.

    Args:
        allowed: Says which addresses.
        until: The moment, by `time.monotonic`; the name is looked up before it too.
        ports: At which they may be asked.
    """

    def __init__(self, allowed: Allowed, until: float, ports: Container[int] = PORTS) -> None:
        self._allowed, self._until, self._ports = allowed, until, ports
        self._plain = httpcore2.SyncBackend()

    def left(self) -> float:
        """Seconds that are left."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        trouble: Exception = OSError("no address")
        for address in self._resolve(host, port):
            try:
                left = min(self.left(), _PATIENCE)
                return _Timed(self._plain.connect_tcp(address, port, left), self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                trouble = error
        raise trouble

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        """The host's addresses, all of which may be connected to."""
        try:
            found = self._looked_up(host, port)
        except UnicodeError as error:
            raise AddressError(
                f"{host[:100]} is no name that a web address can have. Check the address."
            ) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            if not self._allowed(ipaddress.ip_address(address)):
                raise AddressError(
                    f"{host} is at {address}, which is not on the public internet; only "
                    "public pages are fetched. Save the page as a file and add that."
                )
        if port not in self._ports:
            raise AddressError(
                f"{host} is not asked at port {port}; pages are fetched from the ports 80 and 443 "
                "alone. Save the page as a file and add that."
            )
        return addresses[:_TRIED]

    def _looked_up(self, host: str, port: int) -> list[Any]:
        """What the system's resolver says, which can only be left, not stopped, when time is up."""
        answer: Future[list[Any]] = Future()

        def look() -> None:
            try:
                answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except Exception as error:
                answer.set_exception(error)

        threading.Thread(target=look, daemon=True).start()
        try:
            return answer.result(self.left())
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout from error


class _Timed(httpcore2.NetworkStream):
    """A connection under the clock of a `Guarded`."""

    def __init__(self, stream: httpcore2.NetworkStream, clock: Guarded) -> None:
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._clock.left()
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
