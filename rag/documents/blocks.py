"""Markup to text with its headings, lists and tables: XHTML of books, HTML of mails, OpenDocument.

Owns which elements are blocks. All of the markup is taken, unlike the main text that `html` finds
in a web page. No entity or file that the markup names is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from rag.documents.markup import HIDDEN, INLINE, closed
from rag.documents.written import Written

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base"})
_LISTS = frozenset({"ul", "ol", "dl", "menu"})
_TO_NOTE = re.compile(r"#(?:foot|end)note", re.I)
# OpenDocument's names for what HTML has too; "" is passed over with all that is in it.
OPEN_DOCUMENT: Mapping[str, str] = {
    "text:p": "p",
    "text:h": "h2",
    "text:list": "ul",
    "text:list-item": "li",
    "text:list-header": "li",
    "text:line-break": "br",
    "text:s": "space",
    "text:tab": "space",
    "text:span": "span",
    "text:a": "span",
    "text:bookmark": "span",
    "text:bookmark-start": "span",
    "text:bookmark-end": "span",
    "text:soft-page-break": "span",
    "text:ruby": "span",
    "text:ruby-base": "span",
    "text:ruby-text": "",
    "text:note": "note",
    "text:note-citation": "",
    "text:note-body": "span",
    "text:tracked-changes": "",
    "text:table-of-content": "",
    "text:alphabetical-index": "",
    "office:annotation": "",
    "office:forms": "",
    "office:scripts": "",
    "svg:title": "",
    "svg:desc": "",
    "table:table": "table",
    "table:table-row": "tr",
    "table:table-cell": "td",
    "table:covered-table-cell": "",
}


def write_markup(markup: str, into: Written, names: Mapping[str, str] | None = None) -> None:
    """Add all of the markup's text.

    Args:
        markup: HTML, XHTML or, with `names`, another XML.
        into: Where it is added.
        names: What the markup's elements are called in HTML; `space` and `note` beside.

    Raises:
        Unreadable: The text grows too long.
    """
    parser = _Blocks(into, names or {})
    try:
        parser.feed(closed(markup))
        parser.close()
    except AssertionError:  # how html.parser answers a declaration that it does not know
        pass
    parser.end()


class _Blocks(HTMLParser):
    """Collects a block's words, and adds them where the block ends."""

    def __init__(self, into: Written, names: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._into, self._names = into, names
        self._words: list[str] = []
        self._hidden: list[str] = []  # the element that hides, and those like it inside
        self._lists: list[int | None] = []  # the last number of each open list; None: no numbers
        self._heading = False
        self._cells = 0  # open cells
        self._notes: list[str] = []
        self._aside: list[list[str]] = []  # words around an open note

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = self._names.get(tag, tag)
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.append(tag)
            return
        if kind == "" or kind in HIDDEN or (kind == "a" and _leads_to_note(attrs)):
            if kind not in _VOID:
                self._hidden.append(tag)
        elif kind == "br":
            self._words.append(" " if self._cells else "\n")
        elif kind == "space":
            self._words.append(" ")
        elif kind == "note":
            self._aside.append(self._words)
            self._words = []
        elif kind in ("td", "th"):
            self._cell_ends()
            self._cells += 1
        elif kind not in INLINE and not self._aside:
            self._block_begins(kind, dict(attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._names.get(tag, tag) not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
            return
        kind = self._names.get(tag, tag)
        if kind == "note" and self._aside:
            self._notes.append(_line("".join(self._words)))
            self._words = self._aside.pop()
        elif kind in ("td", "th"):
            self._cell_ends()
        elif kind not in INLINE and kind not in ("space", "note", "br") and not self._aside:
            self._block_ends(kind)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._words.append(re.sub(r"\s+", " ", data))

    def end(self) -> None:
        """Add what is left, and the notes."""
        self._cells = 0
        while self._aside:
            self._words = [*self._aside.pop(), *self._words]
        self._flush()
        for note in self._notes:
            self._into.add(note)

    def _block_begins(self, kind: str, attributes: Mapping[str, str | None]) -> None:
        if self._cells and kind != "table":
            self._words.append(" ")
            return
        self._flush()
        if kind in _LISTS:
            self._lists.append(0 if kind == "ol" else None)
        elif kind == "li":
            if self._lists and self._lists[-1] is not None:
                self._lists[-1] += 1
                self._into.marker = f"{self._lists[-1]}. "
            else:
                self._into.marker = "• "
        elif kind in _HEADINGS:
            self._heading = True

    def _block_ends(self, kind: str) -> None:
        if kind == "tr":
            self._cells = 0
            self._words.clear()
            self._into.gap = "\n"
        elif kind == "table":
            self._into.gap = "\n\n"
        elif self._cells:
            self._words.append(" ")
        else:
            self._flush()
            if kind in _LISTS and self._lists:
                self._lists.pop()
                self._into.marker = ""
                self._into.gap = "\n" if self._lists else "\n\n"
            elif kind == "li":
                self._into.marker = ""

    def _cell_ends(self) -> None:
        if self._cells:
            self._cells -= 1
            self._into.add(_line("".join(self._words)), " | ", keep=True)
            self._words.clear()

    def _flush(self) -> None:
        lines = (_line(line) for line in "".join(self._words).split("\n"))
        text = "\n".join(line for line in lines if line)
        self._words.clear()
        if self._heading and text:
            self._into.heading(text)
        elif text:
            self._into.add(text, "\n" if self._lists else "\n\n")
        self._heading = False


def _leads_to_note(attributes: list[tuple[str, str | None]]) -> bool:
    """Whether a link is a note's mark, or the way back from a note."""
    told = dict(attributes)
    return bool(_TO_NOTE.match(told.get("href") or "")) or told.get("epub:type") == "noteref"


def _line(text: str) -> str:
    return " ".join(text.split())
