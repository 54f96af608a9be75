"""EPUB books and OpenDocument texts: zips of markup, read with `blocks`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from rag.documents.blocks import write_markup
from rag.documents.decode import decode
from rag.documents.draft import DocumentDraft, GrowingText
from rag.documents.facts import named, told, told_date, told_name, xml
from rag.documents.hidden import without_hidden
from rag.documents.limits import Unreadable, open_zip, unpack

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element
    from zipfile import ZipFile

_CONTAINER, _LOCKS = "META-INF/container.xml", "META-INF/encryption.xml"
_FONTS = ("idpf.org/2008/embedding", "ns.adobe.com/pdf/enc#RC")  # hide fonts, never text
# OpenDocument's names for what HTML has too; "" is passed over with all that is in it.
_WRAPS = """span a bookmark bookmark-start bookmark-end soft-page-break ruby ruby-base
    note-body""".split()
_PASSED_OVER = """text:ruby-text text:note-citation text:tracked-changes text:table-of-content
    text:alphabetical-index office:annotation office:forms office:scripts svg:title svg:desc
    table:covered-table-cell""".split()
_OPEN_DOCUMENT: Mapping[str, str] = {
    **{f"text:{name}": "span" for name in _WRAPS},
    **dict.fromkeys(_PASSED_OVER, ""),
    "text:p": "p",
    "text:h": "h2",
    "text:list": "ul",
    "text:list-item": "li",
    "text:list-header": "li",
    "text:line-break": "br",
    "text:s": "space",
    "text:tab": "space",
    "text:note": "note",
    "table:table": "table",
    "table:table-header-rows": "thead",
    "table:table-row": "tr",
    "table:table-cell": "td",
}
_DISPLAYED_NOT = re.compile(r"<style:text-properties\b[^>]{0,2000}\btext:display=[\"']none")
_STYLE_NAME = re.compile(r"style:name=[\"']([^\"'>]{1,200})[\"']")
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/xml", "text/xml"})


def read_epub(raw: bytes) -> DocumentDraft:
    """A book to a draft, its chapters in order."""
    text = GrowingText()
    with open_zip(raw) as book:
        if _CONTAINER not in book.namelist():
            raise _other_kind()
        if _LOCKS in book.namelist():
            _check_locks(book)
        place = _first(xml(unpack(book, _CONTAINER)), "rootfile", "full-path")
        try:
            facts = xml(unpack(book, place))
        except KeyError as error:
            raise _other_kind() from error
        for part in _chapters(facts, posixpath.dirname(place)):
            if part in book.namelist():
                write_markup(decode(unpack(book, part)), text)
    return replace(
        text.draft(),
        title=told_name(told(facts, "title")),
        date=told_date(told(facts, "date")),
        author=told_name(told(facts, "creator")),
        language=told(facts, "language"),
    )


def read_odt(raw: bytes) -> DocumentDraft:
    """An OpenDocument text to a draft."""
    text = GrowingText()
    with open_zip(raw) as document:
        names = document.namelist()
        if "content.xml" not in names:
            raise _other_kind()
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in unpack(document, manifest):
            raise Unreadable("is locked with a password. Save it without and add that.")
        content = decode(unpack(document, "content.xml"))
        facts = xml(unpack(document, "meta.xml")) if "meta.xml" in names else None
        styles = unpack(document, "styles.xml") if "styles.xml" in names else b""
    hiding = _hiding(styles.decode("utf-8", "replace") + content)
    content, text.hidden = without_hidden(content, hiding)
    write_markup(content, text, _OPEN_DOCUMENT)
    return replace(
        text.draft(),
        title=told_name(told(facts, "title")) or (text.headings[0].title if text.headings else ""),
        date=told_date(told(facts, "creation-date")) or told_date(told(facts, "date")),
        author=told_name(told(facts, "initial-creator") or told(facts, "creator")),
        modified=told_date(told(facts, "date")),
        language=told(facts, "language"),
    )


def _hiding(markup: str) -> list[str]:
    """The names of OpenDocument's styles that hide what has them."""
    return [
        name[1]
        for part in markup.split("<style:style ")[1:]
        if _DISPLAYED_NOT.search(part.partition("</style:style>")[0])
        and (name := _STYLE_NAME.search(part))
    ]


def _chapters(facts: Element, folder: str) -> Iterator[str]:
    """Paths of the book's pages in the order in which they are read."""
    items = {}
    for item in facts.iter():
        kind = item.tag.rpartition("}")[2] if isinstance(item.tag, str) else ""
        navigates = "nav" in item.get("properties", "").split()
        if kind == "item" and item.get("media-type") in _PAGES and not navigates:
            path = posixpath.join(folder, unquote(item.get("href", "").partition("#")[0]))
            items[item.get("id")] = posixpath.normpath(path)
        elif kind == "itemref" and item.get("idref") in items:
            yield items.pop(item.get("idref"))


def _first(root: Element, name: str, attribute: str) -> str:
    element = next(named(root, name), None)
    return "" if element is None else element.get(attribute, "")


def _check_locks(book: ZipFile) -> None:
    for element in xml(unpack(book, _LOCKS)).iter():
        algorithm = element.get("Algorithm", "")
        if algorithm and not any(font in algorithm for font in _FONTS):
            raise Unreadable("is protected against copying (DRM). Such a book is not read.")


def _other_kind() -> Unreadable:
    return Unreadable("is damaged or of another kind than its name says. Get it again.")
