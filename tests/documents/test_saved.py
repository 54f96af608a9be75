"""A page as a file: read again, it is what the page itself reads as."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.fetch import FetchedFile
from rag.documents.markdown import read_markdown
from rag.documents.read import parse
from rag.documents.saved import escaped, saved
from rag.errors import ReadError
from rag.schema import Document

TODAY = date(2025, 11, 24)
ADDRESS = "https://example.org/news/rollo%20lands?x=1"
PARAGRAPH = "Rollo led the Norse to the coast in the year 911 and won the town of Rouen. " * 4
HTML = (
    "<html><head><title>Rollo: \"lands\" & 'wins'</title>"
    '<meta property="article:published_time" content="2024-03-05T10:00:00Z"></head><body><article>'
    f"<h1>Rollo lands</h1><p>{PARAGRAPH}</p><h2>After * that</h2><p>It cost $5, *not* [6].</p>"
    f"<ul><li>One thing</li><li>Another # thing</li></ul><p>{PARAGRAPH}</p></article></body></html>"
)


def kept(kind: str, text: str | bytes) -> tuple[str, str, Document]:
    raw = text.encode() if isinstance(text, str) else text
    name, file = saved(FetchedFile(ADDRESS, kind, raw), today=TODAY)
    return name, file.decode(), parse(file, name="x.md")


def test_an_html_page_reads_as_the_page_itself() -> None:
    name, file, document = kept(".html", HTML)
    page = parse(HTML.encode(), name="x.html")
    assert "not" in page.text
    assert (document.text, document.title, document.date, document.headings) == (
        page.text,
        page.title,
        page.date,
        page.headings,
    )
    assert document.date == date(2024, 3, 5)
    assert document.source == ADDRESS
    assert "\nfetched: 2025-11-24\n" in file
    assert "\ndate: 2024-03-05\n" in file
    assert name == f"{page.title}.md"


def test_a_page_without_a_date_gets_none() -> None:
    for kind, text in ((".html", f"<p>{PARAGRAPH}</p>"), (".txt", PARAGRAPH), (".md", PARAGRAPH)):
        _, file, document = kept(kind, text)
        assert document.date is None
        assert "\nfetched: 2025-11-24\n" in file
        assert "\ndate:" not in file


def test_a_page_without_main_text_keeps_what_is_visible() -> None:
    _, _, document = kept(".html", "<html><body><p>Tea &lt;b&gt; *grows*.</p></body></html>")
    assert "Tea <b> *grows*." in document.text


def test_plain_text() -> None:
    text = (
        "Rollo\nPublished: 5 March 2024\n\nRollo led *them* to <the> coast & won.\n# no heading\n"
    )
    name, _, document = kept(".txt", text)
    page = parse(text.encode(), name="x.txt")
    assert document.text.split() == page.text.split()
    assert (document.title, document.date) == ("Rollo", date(2024, 3, 5))
    assert (name, document.headings) == ("Rollo.md", ())


def test_markdown_keeps_its_own_facts_but_tells_where_it_came_from() -> None:
    text = "---\ntitle: Chips\ndate: 2025-08-12\nsource: elsewhere\n---\n# Heading\n\nThey *rose*."
    name, _, document = kept(".md", text)
    assert (document.title, document.date, document.source) == ("Chips", date(2025, 8, 12), ADDRESS)
    assert document.text == "Heading\n\nThey rose."
    assert [h.title for h in document.headings] == ["Heading"]
    assert name == "Chips.md"


@pytest.mark.parametrize(
    "title",
    ["a: b", "'", '"', "- x", "null", "{a}", "---", "\\", "#", "a\x07b", "!!python/object:os", "ü"],
)
def test_any_title_survives_the_front_matter(title: str) -> None:
    _, _, document = kept(".txt", f"{title}\n\n{PARAGRAPH}")
    wanted = parse(f"{title}\n\n{PARAGRAPH}".encode(), name="x.txt").title
    assert document.title == ("x" if title == "null" else wanted)
    assert document.source == ADDRESS


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (ADDRESS, "rollo lands.md"),
        ("https://example.org/", "example.org.md"),
        ("https://example.org/a/b.html", "b.md"),
        ("https://example.org/..%2F..%2Fetc", "etc.md"),
    ],
)
def test_a_page_without_a_title_is_named_by_its_address(address: str, name: str) -> None:
    assert saved(FetchedFile(address, ".md", b"Text."), today=TODAY)[0] == name


def test_a_file_is_kept_as_it_came() -> None:
    for address, name in (
        ("https://example.org/a/Rollo%20lands.PDF?x=1", "Rollo lands.pdf"),
        ("https://example.org/pdf/2210.11934", "2210.11934.pdf"),
        ("https://example.org/", "example.org.pdf"),
    ):
        assert saved(FetchedFile(address, ".pdf", b"%PDF"), today=TODAY) == (name, b"%PDF")


def test_what_is_no_text_is_told() -> None:
    with pytest.raises(ReadError, match="is not a text file"):
        saved(FetchedFile(ADDRESS, ".txt", bytes(range(32)) * 9), today=TODAY)


LINES = st.lists(
    st.text(st.sampled_from("ab1. -+*_`~#>[]()!<&;|\\=:\t$\u00a0é") | st.characters(), max_size=12),
    max_size=6,
)


@given(LINES)
def test_escaped_text_reads_as_it_was(lines: list[str]) -> None:
    clean = [re.sub(r"[\x00\r\n\ud800-\udfff]", " ", line) for line in lines]
    wanted = [line.strip() for line in clean if line.strip()]
    text = read_markdown("---\na: b\n---\n\n" + escaped("\n".join(clean))).text
    assert text.split() == "\n\n".join(wanted).split()
    assert read_markdown(escaped("\n".join(clean))).headings == ()
