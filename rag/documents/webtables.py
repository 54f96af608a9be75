"""The tables and lists of terms of a web page, kept whole while its main text is found.

What finds the main text drops lists inside cells, merged cells and more. So each table stands as a
paragraph of its own words between two signs meanwhile, and comes back as its rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.documents.blocks import visible_text
from rag.documents.table import CELL

_TAG = re.compile(r"<!--|-->|<(/?)(script|style|template|table|dl)\b", re.I)
_HEADER = re.compile(r"<(?:th|thead|caption)\b", re.I)
_TITLE = re.compile(r"<h[1-6]\b", re.I)
_LAYOUT = re.compile(r"<(/?)(?:table|tbody|tr|td)\b", re.I)
_SIGN = "quothtable"
_DEPTH = 4
_WORDY = 500  # characters of a cell that lays out text rather than tells a value


class WebTables:
    """The tables of one page.

    >>> tables = WebTables("A.<table><tr><th>a</th><td>1</td><tr><th>b</th><td>2</td></table>")
    >>> tables.put_back(tables.page).split()
    ['A.<p>', '```', 'a:', '1', 'b:', '2', '```', '</p>']
    """

    def __init__(self, page: str) -> None:
        self._rows: list[str] = []
        longest = max(map(len, re.findall(f"{_SIGN}(x*)", page)), default=-1)
        self._sign = _SIGN + "x" * (longest + 1)  # which the page does not hold
        self.page = self._kept(page)

    def put_back(self, main: str) -> str:
        """The main text as Markdown, each table in it as its rows."""
        signs = re.compile(rf"{self._sign}(\d+)begins.*?{self._sign}\1ends", re.S)
        return signs.sub(lambda found: self._fenced(int(found[1])), main)

    def _kept(self, page: str, depth: int = 0) -> str:
        """The page with paragraphs for tables; those that lay out text give way to plain blocks."""
        parts, at = [], 0
        for start, end in _tables(page):
            before, markup = page[at:start], page[start:end]
            rows = visible_text(markup)
            at = end
            if _is_data(markup, rows):
                framed = before.lower().rfind("<figure") > before.lower().rfind("</figure")
                # a figure without a table in it is dropped
                parts += [before, "</figure>" if framed else "", self._paragraph(rows)]
            elif depth < _DEPTH and markup[:6].lower() == "<table":
                inside = markup[markup.find(">") + 1 : markup.rfind("<")]
                blocks = _LAYOUT.sub(r"<\1div", self._kept(inside, depth + 1))
                parts += [before, "<div>", blocks, "</div>"]
            else:
                parts += [before, markup]
        return "".join(parts) + page[at:]

    def _paragraph(self, rows: str) -> str:
        words = re.sub(r"[&<>]", " ", rows.replace("\n", "; "))
        number = len(self._rows)
        self._rows.append(rows)
        return f"<p>{self._sign}{number}begins {words} {self._sign}{number}ends</p>"

    def _fenced(self, number: int) -> str:
        rows = self._rows[number]
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", rows)), default=0))
        return f"\n\n{fence}\n{rows}\n{fence}\n\n"


def _tables(page: str) -> Iterator[tuple[int, int]]:
    """Where the outermost tables and lists of terms stand; one that does not end is passed over."""
    inside, depth, start, kind = "", 0, 0, ""
    for found in _TAG.finditer(page):
        sign = found[0].lower()
        if inside:
            inside = "" if sign in (inside, f"</{inside}") else inside
        elif sign in ("<!--", "<script", "<style", "<template"):
            inside = "-->" if sign == "<!--" else sign[1:]
        elif sign in ("<table", "<dl"):
            if not depth:
                start, kind = found.start(), sign[1:]
            depth += sign[1:] == kind
        elif depth and sign == f"</{kind}":
            depth -= 1
            if not depth:
                end = page.find(">", found.end()) + 1
                yield start, end or len(page)


def _is_data(markup: str, rows: str) -> bool:
    """Whether a table tells values, rather than lays out text or leads elsewhere."""
    lines = rows.split("\n")
    if markup[:3].lower() == "<dl" or _HEADER.search(markup):
        return bool(rows)
    cells = [cell for line in lines if CELL in line for cell in line.split(CELL)]
    several = sum(CELL in line for line in lines) > 1
    return several and not _TITLE.search(markup) and all(len(cell) < _WORDY for cell in cells)
