"""A web address to the bytes of its page or file, without becoming a way into the own network.

Owns what may be asked for and what is taken as an answer: every redirect is checked again, sizes
are limited, and one clock runs over all of it. Where connections may go is `network`'s. Knows
nothing of what is in a page.
"""

from __future__ import annotations

import codecs
import re
import socket
import ssl
import time
import zlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import httpcore2
from httpx2 import URL, InvalidURL

from rag.documents import limits
from rag.documents.kinds import suffix_of
from rag.documents.network import PORTS, Allowed, Guarded, is_public
from rag.errors import AddressError

MAX_BYTES = 16 * 1024 * 1024  # of a page, once decompressed; a file may have `limits.MAX_BYTES`
SECONDS = 30.0
REDIRECTS = 5
_LONGEST = 2000  # characters of an address
_PAGES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_FILES = {
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}presentationml.presentation": ".pptx",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "message/rfc822": ".eml",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
}
_KINDS = _PAGES | _FILES
# What servers say of files that they do not know; the address may end as a file's name then.
_UNTOLD = frozenset({"application/octet-stream", "binary/octet-stream", "application/download"})
_MARKDOWN_NAMES = (".md", ".markdown")
# Only encodings of text; Python knows others, and decoding those can take forever.
_ENCODINGS = ("utf", "iso", "cp", "koi8", "shift", "euc", "gb", "big5", "mac", "ascii", "tis")
_HEADERS = [
    (b"Accept", b"text/html, text/markdown, text/plain, application/pdf, */*;q=0.5"),
    (b"Accept-Encoding", b"gzip"),
    (b"User-Agent", b"Mozilla/5.0 (compatible; Quoth)"),
    (b"Connection", b"close"),
]


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A page or a file as it came.

    Attributes:
        address: Where it was in the end, after redirects.
        kind: The ending of a file of its kind: `.html`, `.md`, `.pdf` and so on.
        raw: Its bytes, decompressed; of a page in UTF-8 where the server told the encoding.
    """

    address: str
    kind: str
    raw: bytes

    @property
    def is_page(self) -> bool:
        """Whether it is a page, rather than a file to be kept as it is."""
        return self.kind in _PAGES.values()


def fetch(
    address: str,
    *,
    allowed: Allowed = is_public,
    ports: Container[int] = PORTS,
    seconds: float = SECONDS,
) -> FetchedFile:
    """Fetch the page at a web address.

    Args:
        address: With `http://` or `https://`; without either, `https://` is taken.
        allowed: Says which network addresses may be connected to.
        ports: At which those may be asked.
        seconds: For all of it together.

    Raises:
        AddressError: The address is none, leads to a network that is not public, cannot be
            reached in time, or holds nothing that can be read.
    """
    url = _parsed(address)
    until = time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        try:
            found = _request(url, Guarded(allowed, until, ports))
        except httpcore2.TimeoutException as error:
            raise AddressError(
                f"{_short(url)} took longer than {seconds:g} seconds. Try again later, or save the "
                "page as a file and add that."
            ) from error
        except (httpcore2.ConnectError, OSError) as error:
            raise AddressError(_unreachable(url, error)) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, zlib.error) as error:
            raise AddressError(
                f"{_short(url)} broke off or gave an answer that is no web page. Try again later."
            ) from error
        if isinstance(found, FetchedFile):
            return found
        url = found
    raise AddressError(
        f"{_short(address)} leads on and on to other addresses. Check it in a browser."
    )


def _parsed(address: str, base: URL | None = None) -> URL:
    """The address as one that may be asked for."""
    text = address.strip()
    if base is None and "://" not in text:
        text = f"https://{text}"
    try:
        url = URL(text) if base is None else base.join(text)
        # an address is logged and stored, so that a password in it would not stay secret
        fine = bool(url.host) and not url.userinfo and len(str(url)) <= _LONGEST
        fine = fine and 0 < (80 if url.port is None else url.port) < 1 << 16
    except (InvalidURL, ValueError, UnicodeError) as error:
        raise AddressError(f"{_short(text)} is not a web address. Check it.") from error
    if url.scheme not in ("http", "https"):
        raise AddressError(f"{_short(text)} is not a web address (http or https). Check it.")
    if not fine:
        raise AddressError(
            f"{_short(text)} is not fetched: it has no host, a user name in it, no such port, or "
            f"more than {_LONGEST:,} characters. Check it."
        )
    return url.copy_with(fragment=None)


def _request(url: URL, network: Guarded) -> FetchedFile | URL:
    """Ask once; the page, or where it says that the page is."""
    target = httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    with (
        httpcore2.ConnectionPool(network_backend=network) as pool,
        pool.stream("GET", target, headers=_HEADERS) as response,
    ):
        told = {
            name.lower().decode("latin-1"): value.decode("utf-8", "replace")
            for name, value in response.headers
        }
        if response.status in (301, 302, 303, 307, 308) and "location" in told:
            return _parsed(told["location"], url)
        if response.status != HTTPStatus.OK:
            raise AddressError(
                f"{_short(url)} answered {_status(response.status)}. Check the address."
            )
        kind, charset = _kind(url, told.get("content-type", ""))
        most = MAX_BYTES if kind in _PAGES.values() else limits.MAX_BYTES
        packed = told.get("content-encoding", "")
        raw = b"".join(_unpacked(url, packed, response.iter_stream(), most))
    return FetchedFile(str(url), kind, _in_utf8(raw, charset) if kind in _PAGES.values() else raw)


def _kind(url: URL, told: str) -> tuple[str, str]:
    """The kind of a page by its Content-Type header, and its encoding where that is told."""
    name = told.partition(";")[0].strip().lower()
    kind = _KINDS.get(name)
    ending = suffix_of(url.path)
    if name in _UNTOLD and ending in _FILES.values():
        kind = ending
    if kind is None:
        what = f"of the type {_short(told)}" if told else "of a type that it does not tell"
        raise AddressError(
            f"{_short(url)} is {what}, which is not read. Save it as a page, as text or as PDF, "
            "and add that file."
        )
    if kind == ".txt" and url.path.lower().endswith(_MARKDOWN_NAMES):
        kind = ".md"
    charset = re.search(r"""charset\s*=\s*["']?([\w.:-]+)""", told, re.I | re.A)
    return kind, charset[1] if charset else ""


def _unpacked(url: URL, encoding: str, chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """The body's bytes within the limit, however little of it comes over the wire."""
    packed = encoding.strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip"):
        raise AddressError(f"{_short(url)} is packed as {_short(packed)}, which was not asked for.")
    gzip = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed.endswith("gzip") else None
    total = 0
    for chunk in chunks:
        data = gzip.decompress(chunk, most + 1 - total) if gzip else chunk
        if gzip and gzip.unused_data:
            raise zlib.error("more than one body")
        total += len(data)
        if total > most:
            raise AddressError(
                f"{_short(url)} has more than {most // 2**20} MB; that is the limit for a web "
                "address. Save the part that you need as a file and add that."
            )
        yield data
    if gzip and not gzip.eof:
        raise zlib.error("the body ends too early")


def _in_utf8(raw: bytes, charset: str) -> bytes:
    """Bytes in the encoding that the server told, as UTF-8; as they are where that fails."""
    try:
        name = codecs.lookup(charset).name if charset else "utf-8"
        if name != "utf-8" and name.startswith(_ENCODINGS):
            return raw.decode(name).encode()
    except (LookupError, UnicodeError, ValueError):
        pass
    return raw


def _unreachable(url: URL, error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return f"{_short(url)} cannot prove that it is {_short(url.host)}. It is not fetched."
        if isinstance(cause, socket.gaierror):
            return (
                f"No host {_short(url.host)} was found. Check the address, and whether this "
                "computer is online."
            )
        cause = cause.__cause__ or cause.__context__
    return (
        f"{_short(url)} cannot be reached. Check the address, and whether this computer is online."
    )


def _status(code: int) -> str:
    try:
        return f"{code} ({HTTPStatus(code).phrase})"
    except ValueError:
        return str(code)


def _short(what: str | URL) -> str:
    text = str(what)
    return text if len(text) <= 120 else f"{text[:119]}…"
