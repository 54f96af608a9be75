"""Fetching from a real server on this machine; what may be connected to is an argument."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore2
import pytest
from httpx2 import URL
from hypothesis import given
from hypothesis import strategies as st

from rag.documents import fetch as module
from rag.documents import limits, network
from rag.documents.fetch import Fetched, fetch
from rag.documents.network import IP, is_public
from rag.errors import AddressError

HERE = "127.0.0.1"
PAGE = b"<html><body><p>Rollo led the Norse to the coast.</p></body></html>"
Reply = Callable[[BaseHTTPRequestHandler], None]


def only_here(address: IP) -> bool:
    return str(address) == HERE


class Handler(BaseHTTPRequestHandler):
    """Answers from `replies`; anything else is not found."""

    protocol_version = "HTTP/1.1"
    replies: dict[str, Reply]
    asked: list[Any]

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        reply = self.replies.get(self.path)
        try:
            reply(self) if reply else self.send_error(404)
        except OSError:  # the other side has seen enough
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def says(body: bytes = PAGE, type_: str | None = "text/html", **headers: str) -> Reply:
    def reply(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        if type_ is not None:
            to.send_header("Content-Type", type_)
        to.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(body)

    return reply


def leads(to_: str, status: int = 302) -> Reply:
    def reply(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        to.send_header("Location", to_)
        to.send_header("Content-Length", "0")
        to.end_headers()

    return reply


def endless(pause: float, chunk: bytes) -> Reply:
    def reply(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.send_header("Content-Type", "text/plain")
        to.end_headers()
        to.close_connection = True
        until = time.monotonic() + 60
        while time.monotonic() < until:
            to.wfile.write(chunk)
            time.sleep(pause)

    return reply


class Site:
    """A server with the replies of a test."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        handler = type("Own", (Handler,), {"replies": self.replies, "asked": self.asked})
        self.server = ThreadingHTTPServer((HERE, 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def get(self, path: str, **more: Any) -> Fetched:
        return fetch(f"http://{HERE}:{self.port}{path}", **{"allowed": only_here, **more})

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(running: Site) -> Site:
    running.replies.clear()
    running.asked.clear()
    return running


def test_a_page(site: Site) -> None:
    site.replies["/a?b=c"] = says()
    found = site.get("/a?b=c#part")
    assert found == Fetched(f"http://{HERE}:{site.port}/a?b=c", ".html", PAGE)
    headers = site.asked[0][1]
    assert headers["Host"] == f"{HERE}:{site.port}"
    assert "Cookie" not in headers
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("type_", "path", "kind"),
    [
        ("text/html; charset=utf-8", "/x", ".html"),
        ("application/xhtml+xml", "/x.md", ".html"),
        ("text/plain", "/x", ".txt"),
        ("text/plain", "/README.md", ".md"),
        ("text/markdown", "/x", ".md"),
        ("TEXT/HTML", "/x", ".html"),
        ("application/pdf", "/x", ".pdf"),
        ("text/csv; charset=utf-8", "/x", ".csv"),
        ("application/octet-stream", "/x.DOCX?y=z", ".docx"),
        ("application/zip", "/x.docx", ".zip"),
    ],
)
def test_kinds(site: Site, type_: str, path: str, kind: str) -> None:
    site.replies[path] = says(type_=type_)
    assert site.get(path).kind == kind


def test_a_file_comes_as_it_is_and_may_be_larger_than_a_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b"%PDF-1.4 \xff\x00" * 1000
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    site.replies["/x"] = says(raw, "application/pdf; charset=latin-1")
    assert site.get("/x").raw == raw
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    with pytest.raises(AddressError, match="that is the limit for a web address"):
        site.get("/x")


@pytest.mark.parametrize(
    "type_", ["image/png", "text", "", None, "text/html2", "application/octet-stream"]
)
def test_other_kinds_are_told(site: Site, type_: str | None) -> None:
    site.replies["/x"] = says(type_=type_)
    with pytest.raises(AddressError, match=r"of (the|a) type .*, which is not read\. Save"):
        site.get("/x")


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("windows-1251", "Молоко".encode("cp1251"), "Молоко"),
        ("Shift_JIS", "牛乳".encode("shift_jis"), "牛乳"),
        ("utf-8", "Müller".encode(), "Müller"),
        ("iso-8859-1", b"M\xfcller", "Müller"),
    ],
)
def test_the_encoding_that_the_server_tells(
    site: Site, charset: str, raw: bytes, text: str
) -> None:
    site.replies["/x"] = says(raw, f"text/plain; charset={charset}")
    assert site.get("/x").raw.decode() == text


@pytest.mark.parametrize(
    "charset",
    ["none-such", "punycode", "idna", "zlib", "rot13", "utf-16", "unicode_escape", "\xff"],
)
def test_an_encoding_that_does_not_fit_changes_nothing(site: Site, charset: str) -> None:
    raw = b"M\\u00fcller \xff--"  # an odd number of bytes
    site.replies["/x"] = says(raw, f"text/plain; charset={charset}")
    assert site.get("/x").raw == raw


@given(st.text(max_size=60))
def test_no_content_type_is_a_fault(told: str) -> None:
    try:
        kind, _ = module._kind(URL("https://example.org/"), told)
        assert kind in (".html", ".md", ".txt")
    except AddressError:
        pass


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503, 204, 799])
def test_an_answer_that_is_no_page(site: Site, status: int) -> None:
    site.replies["/x"] = lambda to: (to.send_response(status), to.end_headers())  # type: ignore[func-returns-value, return-value]
    with pytest.raises(AddressError, match=rf"/x answered {status}.*\. Check the address"):
        site.get("/x")


def test_not_found_says_so(site: Site) -> None:
    with pytest.raises(AddressError, match=r"answered 404 \(Not Found\)"):
        site.get("/absent")


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(site: Site, status: int) -> None:
    site.replies["/old"] = leads("new?x=1", status)
    site.replies["/new?x=1"] = says()
    assert site.get("/old").address.endswith("/new?x=1")


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2:{port}/secret",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "//192.168.1.1/",
        "http://[::1]:{port}/secret",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706434:{port}/secret",
        "http://0x7f.2:{port}/secret",
    ],
)
def test_a_redirect_to_where_it_may_not_go(site: Site, target: str) -> None:
    site.replies["/x"] = leads(target.format(port=site.port))
    site.replies["/secret"] = says()
    with pytest.raises(AddressError, match="not on the public internet"):
        site.get("/x")
    assert [path for path, _ in site.asked] == ["/x"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.b/", "gopher://a", "data:,x"])
def test_a_redirect_to_what_is_no_web_address(site: Site, target: str) -> None:
    site.replies["/x"] = leads(target)
    with pytest.raises(AddressError, match="is not a web address"):
        site.get("/x")


def test_a_redirect_with_a_password(site: Site) -> None:
    site.replies["/x"] = leads(f"http://me:secret@{HERE}:{site.port}/y")
    with pytest.raises(AddressError, match="a user name in it"):
        site.get("/x")


def test_a_loop_of_redirects_ends(site: Site) -> None:
    site.replies["/x"], site.replies["/y"] = leads("/y"), leads("/x")
    with pytest.raises(AddressError, match="leads on and on"):
        site.get("/x")
    assert len(site.asked) == module.REDIRECTS + 1


def test_a_redirect_to_nowhere(site: Site) -> None:
    site.replies["/x"] = leads("http://[")
    with pytest.raises(AddressError, match=r"No host|is not a web address"):
        site.get("/x")


# limits


def test_an_endless_body_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 3 * 2**20)
    site.replies["/x"] = endless(0.0, b"word " * 20_000)
    with pytest.raises(AddressError, match="more than 3 MB; that is the limit"):
        site.get("/x")


def test_a_body_of_just_the_limit(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    site.replies["/x"] = says(b"x" * 1000)
    site.replies["/y"] = says(b"x" * 1001)
    assert len(site.get("/x").raw) == 1000
    with pytest.raises(AddressError, match="the limit"):
        site.get("/y")


def test_a_body_that_drips_ends(site: Site) -> None:
    site.replies["/x"] = endless(0.05, b"w")
    with pytest.raises(AddressError, match=r"longer than 0\.5 seconds"):
        site.get("/x", seconds=0.5)


@contextmanager
def silent(first: bytes = b"", drip: bytes = b"") -> Iterator[int]:
    """A server that takes a connection, says a little, and then drips or says nothing."""
    with socket.create_server((HERE, 0)) as server:
        done = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(first)
                while not done.wait(0.05):
                    try:
                        connection.sendall(drip)
                    except OSError:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        done.set()
        thread.join(10)


@pytest.mark.parametrize(
    ("first", "drip"), [(b"", b""), (b"HTTP/1.1 200 OK\r\n", b"x"), (b"HTTP/1.1 200 OK\r\n", b"")]
)
def test_headers_that_never_end(first: bytes, drip: bytes) -> None:
    with (
        silent(first, drip) as port,
        pytest.raises(AddressError, match="took longer than"),
    ):
        fetch(f"http://{HERE}:{port}/", allowed=only_here, seconds=0.5)


@pytest.mark.parametrize("first", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n"])
def test_what_speaks_no_http(first: bytes) -> None:
    with silent(first) as port, pytest.raises(AddressError, match="no web page"):
        fetch(f"http://{HERE}:{port}/", allowed=only_here)


def test_packed_pages(site: Site) -> None:
    site.replies["/x"] = says(gzip.compress(PAGE), Content_Encoding="gzip")
    assert site.get("/x").raw == PAGE


def test_a_packed_page_that_is_too_large_unpacked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(b"\x00" * (64 * 2**20))
    assert len(bomb) < 100_000
    made = []
    real = zlib.decompressobj

    class Watched:
        unused_data = b""

        def __init__(self, bits: int) -> None:
            self._inner = real(bits)

        def decompress(self, data: bytes, most: int) -> bytes:
            made.append(self._inner.decompress(data, most))
            return made[-1]

        eof = False

    monkeypatch.setattr(module.zlib, "decompressobj", Watched)
    site.replies["/x"] = says(bomb, Content_Encoding="gzip")
    with pytest.raises(AddressError, match="more than 16 MB"):
        site.get("/x")
    assert sum(map(len, made)) == module.MAX_BYTES + 1


def test_packed_twice_stays_within(site: Site) -> None:
    site.replies["/x"] = says(gzip.compress(gzip.compress(PAGE)), Content_Encoding="gzip, gzip")
    with pytest.raises(AddressError, match="packed as gzip, gzip"):
        site.get("/x")


@pytest.mark.parametrize("body", [gzip.compress(PAGE)[:-9], b"not packed", b""])
def test_a_packed_page_that_is_broken(site: Site, body: bytes) -> None:
    site.replies["/x"] = says(body, Content_Encoding="gzip")
    with pytest.raises(AddressError, match="broke off"):
        site.get("/x")


def test_a_packed_page_with_more_behind_it(site: Site) -> None:
    site.replies["/x"] = says(
        gzip.compress(b"One.") + gzip.compress(b"Two."), Content_Encoding="gzip"
    )
    with pytest.raises(AddressError, match="broke off"):
        site.get("/x")


def test_a_page_that_breaks_off(site: Site) -> None:
    def reply(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.send_header("Content-Type", "text/html")
        to.send_header("Content-Length", "1000")
        to.end_headers()
        to.wfile.write(b"only this")
        to.close_connection = True

    site.replies["/x"] = reply
    with pytest.raises(AddressError, match="broke off"):
        site.get("/x")


# addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.1.1", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
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
    fetch(f"http://rebinding.test:{site.port}/x", allowed=only_here)
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
    assert fetch(f"http://two.test:{site.port}/x", allowed=lambda _: True).raw == PAGE


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
        fetch(f"https://localhost:{port}/", allowed=lambda _: True)
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

    def ask(url: URL, network: Any) -> Fetched:
        asked.append(str(url))
        return Fetched(str(url), ".html", PAGE)

    monkeypatch.setattr(module, "_request", ask)
    fetch(" example.org/a ")
    assert asked == ["https://example.org/a"]


def test_no_such_host_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    with pytest.raises(AddressError, match=r"cannot be reached\. Check the address, and"):
        fetch(f"http://{HERE}:{port}/", allowed=only_here)
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", lambda *_: pytest.fail("connected"))

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AddressError, match=r"No host example\.org was found"):
        fetch("https://example.org/")


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
