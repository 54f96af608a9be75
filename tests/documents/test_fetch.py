"""Fetching from a real server on this machine; what may be connected to is an argument."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

import pytest
from httpx2 import URL
from hypothesis import given
from hypothesis import strategies as st

from rag.documents import fetch as module
from rag.documents import limits
from rag.documents.fetch import FetchedFile
from rag.errors import AddressError
from tests.documents.site import HERE, PAGE, Reply, Site, says


def leads(to_: str, status: int = 302) -> Reply:
    def reply(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        to.send_header("Location", to_)
        to.send_header("Content-Length", "0")
        to.end_headers()

    return reply


def test_a_page(site: Site) -> None:
    site.replies["/a?b=c"] = says()
    found = site.get("/a?b=c#part")
    assert found == FetchedFile(f"http://{HERE}:{site.port}/a?b=c", ".html", PAGE)
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
