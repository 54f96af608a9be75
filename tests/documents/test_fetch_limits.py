"""Servers that send too much, too slowly, or nonsense."""

from __future__ import annotations

import gzip
import time
import zlib
from http.server import BaseHTTPRequestHandler

import pytest

from rag.documents import fetch as module
from rag.documents.fetch import fetch
from rag.errors import AddressError
from tests.documents.site import HERE, HERE_ALONE, PAGE, Reply, Site, says, silent


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


@pytest.mark.parametrize(
    ("first", "drip"), [(b"", b""), (b"HTTP/1.1 200 OK\r\n", b"x"), (b"HTTP/1.1 200 OK\r\n", b"")]
)
def test_headers_that_never_end(first: bytes, drip: bytes) -> None:
    with (
        silent(first, drip) as port,
        pytest.raises(AddressError, match="took longer than"),
    ):
        fetch(f"http://{HERE}:{port}/", **HERE_ALONE, seconds=0.5)


@pytest.mark.parametrize("first", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n"])
def test_what_speaks_no_http(first: bytes) -> None:
    with silent(first) as port, pytest.raises(AddressError, match="no web page"):
        fetch(f"http://{HERE}:{port}/", **HERE_ALONE)


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


@pytest.mark.parametrize(
    "body", [gzip.compress(PAGE)[:-9], b"not packed", b""], ids=["cut off", "not packed", "empty"]
)
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
