"""Which addresses may be fetched, and how they are reached."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from typing import Any, NoReturn

import httpcore2
import pytest
from httpx2 import URL

from rag.documents import fetch as module
from rag.documents import network
from rag.documents.fetch import FetchedFile, fetch
from rag.documents.network import is_public
from rag.errors import AddressError
from tests.documents.site import ANY_PORT, HERE, HERE_ALONE, PAGE, Site, says, silent


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.1.1", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "169.254.169.254", "168.63.129.16", "192.0.0.192", "100.100.100.200", "fd00:ec2::254",
        "192.0.2.1", "198.18.0.1", "192.0.0.1", "203.0.113.9",
        "::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "fd12::1", "ff02::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::7f00:1", "::10.0.0.1",
        "2002:7f00:1::", "2002:c0a8:0101::1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1",
        "64:ff9b:1::1", "2001:0:7f00:1::", "2001:db8::1", "100::1", "4000::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"],
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "[::1]", "2130706433", "0"])
def test_this_machine_is_not_fetched_from(site: Site, host: str) -> None:
    site.replies["/"] = says()
    with pytest.raises(AddressError, match="not on the public internet"):
        fetch(f"http://{host}:{site.port}/")
    assert not site.asked


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (address, 80)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(AddressError, match=r"example\.org is at 10\.0\.0\.1"):
        fetch("http://example.org/")


def test_the_name_is_resolved_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that points elsewhere at the second look gains nothing."""
    site.replies["/x"] = says()
    answers = [HERE, "127.0.0.2"]
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *more: Any, **named: Any) -> Any:
        if host == "rebinding.test":
            host = answers.pop(0)
        return real(host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    fetch(f"http://rebinding.test:{site.port}/x", **HERE_ALONE)
    assert answers == ["127.0.0.2"]
    assert site.asked[0][1]["Host"] == f"rebinding.test:{site.port}"


def test_a_dead_address_leaves_the_next(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.replies["/x"] = says()
    found = [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.9", HERE)]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: found if host == "two.test" else real(host, *more, **named),
    )
    address = f"http://two.test:{site.port}/x"
    assert fetch(address, allowed=lambda _: True, ports=ANY_PORT).raw == PAGE


def test_tls_proves_the_name_not_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    real = network._Timed.start_tls

    def start_tls(self: Any, **given: Any) -> Any:
        names.append(given["server_hostname"])
        assert given["ssl_context"].check_hostname
        return real(self, **given)

    monkeypatch.setattr(network._Timed, "start_tls", start_tls)
    with (
        silent(b"no TLS here\r\n" * 9) as port,
        pytest.raises(AddressError, match="cannot prove that it is localhost"),
    ):
        fetch(f"https://localhost:{port}/", allowed=lambda _: True, ports=ANY_PORT)
    assert set(names) == {"localhost"}


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "is not a web address|no host"),
        ("https://", "no host"),
        ("http:///path", "no host"),
        ("file:///etc/passwd", r"not a web address \(http or https\)"),
        ("ftp://example.org/", r"not a web address \(http or https\)"),
        ("javascript://x", "not a web address"),
        ("https://me:secret@example.org/", "a user name in it"),
        ("https://me@example.org/", "a user name in it"),
        ("https://exa mple.org/", "not a web address|No host"),
        ("https://example.org:99999/", "no such port|not a web address"),
        ("https://example.org:0/", "no such port"),
        ("https://example.org/" + "a" * 3000, "more than 2,000 characters"),
        ("https://\x00/", "not a web address"),
        ("https://a..b/", "not a web address|No host"),
        ("https://" + "a" * 300 + ".org/", "not a web address|No host"),
    ],
)
def test_what_is_no_address(address: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AddressError, match=message) as error:
        fetch(address)
    assert len(str(error.value)) < 400
    assert "secret" not in str(error.value) or "me:" in address


def test_https_is_taken_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def ask(url: URL, network: Any) -> FetchedFile:
        asked.append(str(url))
        return FetchedFile(str(url), ".html", PAGE)

    monkeypatch.setattr(module, "_request", ask)
    fetch(" example.org/a ")
    assert asked == ["https://example.org/a"]


def test_no_such_host_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    with pytest.raises(AddressError, match=r"cannot be reached\. Check the address, and"):
        fetch(f"http://{HERE}:{port}/", **HERE_ALONE)
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", lambda *_: pytest.fail("connected"))

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AddressError, match=r"No host example\.org was found"):
        fetch("https://example.org/")


def test_a_name_that_is_never_found_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(60))
    began = time.monotonic()
    with pytest.raises(AddressError, match=r"took longer than 0\.2 seconds"):
        fetch("https://example.org/", seconds=0.2)
    assert time.monotonic() - began < 30
    over.set()


@pytest.mark.parametrize("port", [22, 6379, 8080, 8443, 65535])
def test_other_ports_of_a_public_host_are_not_asked(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(0, 0, 0, "", ("1.1.1.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", lambda *_: pytest.fail("connected"))
    with pytest.raises(AddressError, match=rf"is not asked at port {port}; .* 80 and 443 alone\."):
        fetch(f"http://example.org:{port}/")


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443), ("http", 443)])
def test_the_ports_of_pages_are(scheme: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def connect(_: object, host: str, port: int, *__: object) -> NoReturn:
        asked.append((host, port))
        raise httpcore2.ConnectError

    found = [(0, 0, 0, "", ("1.1.1.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    with pytest.raises(AddressError, match="cannot be reached"):
        fetch(f"{scheme}://example.org:{port}/")
    assert asked == [("1.1.1.1", port)]


def test_proxies_of_the_environment_are_passed_over(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve the name itself, so that nothing could be checked."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.9:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.9:1")
    site.replies["/x"] = says()
    assert site.get("/x").raw == PAGE


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "www..example"])
def test_a_host_that_no_name_can_be(host: str) -> None:
    with pytest.raises(AddressError, match=r"no name that a web address|not a web address"):
        fetch(f"https://{host}/")
