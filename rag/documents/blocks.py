"""Markup to text with its headings, lists, terms and tables: HTML, books, mails, OpenDocument.

Owns which elements are blocks. All of the markup is taken, unlike the main text that `html` finds
in a web page. No entity or file that the markup names is ever fetched. A table that holds another
and has no headers lays out text; its cells are blocks then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from rag.documents.draft import GrowingText
from rag.documents.facts import told_number
from rag.documents.grid import ITEM, OpenTable, cell_lines, cell_text
from rag.documents.hidden import VOID, closed, without_hidden
from rag.documents.hyphens import joined_lines

_HIDDEN = frozenset({"script", "style", "template", "head", "title", "noscript", "svg", "math"})
_INLINE = frozenset(
    """a abbr b bdi bdo cite code data dfn del em font i ins kbd label mark q s samp small span
    strike strong sub sup time tt u var wbr""".split()
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS = frozenset({"ul", "ol", "dl", "menu"})
_TO_NOTE = re.compile(r"#(?:foot|end)note", re.I)


def write_markup(markup: str, into: GrowingText, names: Mapping[str, str] | None = None) -> None:
    """Add all of the markup's text that is seen, and count in `into` what is hidden.

    Args:
        markup: HTML, XHTML or, with `names`, another XML.
        into: Where it is added.
        names: What the markup's elements are called in HTML; `space` and `note` beside.

    Raises:
        Unreadable: The text grows too long.
    """
    parser = _Blocks(into, names or {})
    try:
        if not names:
            markup, hidden = without_hidden(markup)
            into.hidden += hidden
        parser.feed(closed(markup))
        parser.close()
    except AssertionError:  # how html.parser answers a declaration that it does not know
        pass
    parser.end()


def visible_text(markup: str) -> str:
    r"""The visible text of HTML, one line a block, without tags, scripts and comments.

    >>> visible_text("<p>Rollo <b>led</b> them.</p><script>x()</script><p>He won.</p>")
    'Rollo led them.\nHe won.'
    """
    text = GrowingText()
    write_markup(markup, text)
    return "\n".join(line for line in str(text).split("\n") if line)


class _Blocks(HTMLParser):
    """Collects a block's words, and adds them where the block ends."""

    def __init__(self, into: GrowingText, names: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self._into, self._names = into, names
        self._words: list[str] = []
        self._hidden: list[str] = []  # the element that hides, and those like it inside
        self._lists: list[int | None] = []  # the last number of each open list; None: no numbers
        self._heading = 0  # its level, in one
        self._tables: list[OpenTable] = []
        self._notes: list[str] = []
        self._aside: list[list[str]] = []  # words around an open note
        self._terms = Terms()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = self._names.get(tag, tag)
        if kind == "body":  # a head need not be closed
            self._hidden.clear()
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.append(tag)
            return
        if kind == "" or kind in _HIDDEN or (kind == "a" and _leads_to_note(attrs)):
            if kind not in VOID:
                self._hidden.append(tag)
        elif kind == "br":
            self._words.append("\n")
        elif kind == "space":
            self._words.append(" ")
        elif kind == "note":
            self._aside.append(self._words)
            self._words = []
        elif kind not in _INLINE and not self._aside:
            self._block_begins(kind, dict(attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._names.get(tag, tag) not in VOID:
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
        elif kind not in _INLINE and kind not in ("space", "note", "br") and not self._aside:
            self._block_ends(kind)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._words.append(re.sub(r"\s+", " ", data))

    def end(self) -> None:
        """Add what is left."""
        self._words = [word for words in (*self._aside, self._words) for word in words]
        self._aside.clear()
        while self._tables:
            self._table_ends()
        self._flush()
        self._into.add(self._terms.rest())

    @property
    def _table(self) -> OpenTable | None:
        """The open table, where its cells are no blocks of text."""
        return self._tables[-1] if self._tables and not self._tables[-1].lays_out else None

    def _block_begins(self, kind: str, attributes: Mapping[str, str | None]) -> None:
        table = self._table
        if kind == "table":
            self._table_begins(attributes)
        elif table and (kind in ("tr", "td", "th", "thead") or table.cell is None):
            self._cell_ends()
            if kind == "thead":
                table.grid.in_head = True
            elif kind == "tr":
                table.grid.begin_row()
            elif kind in ("td", "th"):
                table.cell = {**attributes, "": kind}
            elif kind == "caption":
                table.cell = {"": kind}
        elif table:
            self._words.append(ITEM if kind in ("li", "dt") else "\n")
        else:
            self._flush()
            self._list_begins(kind, attributes)

    def _list_begins(self, kind: str, attributes: Mapping[str, str | None]) -> None:
        if kind in _LISTS:
            first = told_number(attributes.get("start"), 1)
            self._lists.append(first - 1 if kind == "ol" else None)
        elif kind == "li":
            if self._lists and self._lists[-1] is not None:
                self._lists[-1] += 1
                self._into.marker = f"{self._lists[-1]}. "
            else:
                self._into.marker = "• "
        elif kind in ("dt", "dd"):
            self._terms.begin(kind)
        elif kind in _HEADINGS:
            self._heading = int(kind[1])

    def _block_ends(self, kind: str) -> None:
        table = self._table
        if kind == "table":
            self._table_ends()
        elif table and kind in ("td", "th", "caption", "tr", "thead"):
            self._cell_ends()
            table.grid.in_head = table.grid.in_head and kind != "thead"
        elif table:
            self._words.append(": " if kind == "dt" else "\n")
        else:
            self._flush()
            if kind in _LISTS and self._lists:
                self._into.add(self._terms.rest())
                self._lists.pop()
                self._into.marker = ""
                self._into.gap = "\n" if self._lists else "\n\n"
            elif kind == "li":
                self._into.marker = ""
            elif kind in ("dt", "dd"):
                self._terms.begin("")

    def _add_notes(self) -> None:
        """Notes follow the block that they belong to."""
        if not self._tables:
            for note in self._notes:
                self._into.add(note)
            self._notes.clear()

    def _table_begins(self, attributes: Mapping[str, str | None]) -> None:
        outer = self._table
        if outer and outer.grid.headers is None:  # it lays out what it holds
            outer.write(self._into)
            outer.lays_out, outer.cell = True, None
        if not self._table:
            self._flush()
        lays_out = attributes.get("role") in ("presentation", "none")
        self._tables.append(OpenTable(words=self._words, lays_out=lays_out))
        self._words = []

    def _table_ends(self) -> None:
        if not self._tables:
            return
        self._cell_ends()
        table = self._tables.pop()
        if table.lays_out:
            self._flush()
            self._words = table.words
            return
        stray, self._words = _line("".join(self._words)), table.words
        if self._table:
            inner = GrowingText()
            table.write(inner)
            rows = [line for line in str(inner).replace(" | ", ", ").split("\n") if line]
            self._words += [ITEM, ITEM.join(rows), " ", stray]
        else:
            self._into.add(stray)
            table.write(self._into)
            self._add_notes()

    def _cell_ends(self) -> None:
        table = self._table
        if table and table.cell is not None:
            kind, words = table.cell[""], "".join(self._words)
            if kind == "caption":
                table.caption = cell_text(words)
            else:
                table.cells.append(words)
                lines = cell_lines(words)
                table.grid.add(cell_text(words), table.cell, is_head=kind == "th", lines=lines)
            self._words = []
            table.cell = None

    def _flush(self) -> None:
        text = joined_lines([_line(line) for line in "".join(self._words).split("\n")])
        self._words.clear()
        if self._heading and text:
            self._into.heading(text, self._heading)
        else:
            self._into.add(self._terms.take(text), "\n" if self._lists else "\n\n")
        self._heading = 0
        self._add_notes()


class Terms:
    """A list of terms: each definition is a line that begins with what it defines.

    >>> terms = Terms()
    >>> terms.begin("dt"), terms.take("Lost card"), terms.begin("dd"), terms.take("35 crowns")
    (None, '', None, 'Lost card: 35 crowns')
    """

    def __init__(self) -> None:
        self._open = ""  # `dt` or `dd`, where one is open
        self._terms: list[str] = []
        self._told = False  # whether they stand before what defines them

    def begin(self, kind: str) -> None:
        """Begin a term (`dt`) or a definition (`dd`); "" ends it."""
        self._open = kind
        if kind == "dt" and self._told:
            self._terms, self._told = [], False

    def take(self, text: str) -> str:
        """The line to write for a block of text; "" for a term, which waits."""
        if not text or not self._open:
            return text
        if self._open == "dt":
            self._terms.append(" ".join(text.split()).rstrip(":"))
            return ""
        if self._terms:
            text = f"{', '.join(self._terms)}: {text}"
            self._told, self._open = True, ""
        return text

    def rest(self) -> str:
        """The terms that nothing defines; forgets all."""
        terms = "" if self._told else ", ".join(self._terms)
        self._terms, self._told, self._open = [], False, ""
        return terms


def _leads_to_note(attributes: list[tuple[str, str | None]]) -> bool:
    """Whether a link is a note's mark, or the way back from a note."""
    told = dict(attributes)
    return bool(_TO_NOTE.match(told.get("href") or "")) or told.get("epub:type") == "noteref"


def _line(text: str) -> str:
    return " ".join(text.split())
