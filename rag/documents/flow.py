"""From the lines of printed pages to one text: paragraphs joined over lines, columns and pages.

Owns running heads and page numbers (left out), footnotes (told from the text above them),
hyphenation (undone), headings by their size, and the map from characters back to pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from rag.documents.draft import DocumentDraft
from rag.documents.hyphens import Hyphens
from rag.documents.pieces import Line
from rag.documents.plain import ENDED, ITEM
from rag.documents.printed import Tables
from rag.schema import Heading, Place

_NUMBER = re.compile(
    r"^(?:page|seite|p\.|página)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—|]?"
    r"(?:\s*(?:of|/|von|de)\s*\d{1,4})?$",
    re.I,
)
_EDGE = 2  # lines at the head and at the foot of a page that may be running ones
_LARGER = 1.12  # than the usual print is a heading's
_LONGEST_HEADING = 200
_ALIKE = 0.1
_FULL = 0.1  # of its column may be blank behind a line that fills it
_ROW = 3.0  # times its height is a row of a table from the next one at most
_WORD = re.compile(r"[^\W\d_]+")
_LEADER = re.compile(
    r"(?:\s?[.·…_]){5,}\s*(\S{0,8})$"
)  # from an entry to its page, in a list of contents
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_SMALLER = 0.93  # of the usual print is a footnote's at most
_MARK = re.compile(r"^(?:\d{1,3}|[a-z]|[*†‡§]{1,3})[.)]?\s?[^\W\d]")


def flow(pages: Sequence[Sequence[Line]]) -> DocumentDraft:
    """One text of all pages."""
    tables = Tables()
    kept = [tables.of_page(page) for page in _without_running(pages)]
    return _Flow([line for page in kept for line in page]).run(kept)


def _without_running(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without heads and feet that come again and again, and without page numbers."""
    edges = [_edges(page) for page in pages]
    times = Counter(key for page in edges for key in {_key(line) for line in page})
    least = min(3, len(pages))
    kept = []
    for page, edge in zip(pages, edges, strict=True):
        running = {
            line
            for line in edge
            if (least > 1 and times[_key(line)] >= least)
            or (len(page) > 1 and _NUMBER.match(line.text.strip()) and _outermost(line, page))
        }
        kept.append([line for line in page if line not in running])
    return kept


def _edges(page: Sequence[Line]) -> list[Line]:
    by_height = sorted(page, key=lambda line: line.y0)
    return list(dict.fromkeys([*by_height[:_EDGE], *by_height[-_EDGE:]]))


def _outermost(line: Line, page: Sequence[Line]) -> bool:
    return all(line.y1 <= other.y0 for other in page if other is not line) or all(
        line.y0 >= other.y1 for other in page if other is not line
    )


def _key(line: Line) -> tuple[str, int]:
    """What running lines have in common: their words and height, whatever the page's number."""
    return re.sub(r"\d+", "#", " ".join(line.text.split())), round(line.y0 / 4)


def _without_footnotes(page: Sequence[Line], usual: float) -> tuple[list[Line], list[Line]]:
    """The lines of a page's text, and those of its footnotes.

    Notes stand in smaller print below all else in their column; the first begins with a mark.
    """
    notes: list[Line] = []
    for line in page:
        if line.height > _SMALLER * usual or line.row or line in notes:
            continue
        below = [other for other in page if _same_column(line, other)]
        begins = _MARK.match(line.text.strip())
        if begins and all(other.height <= _SMALLER * usual for other in below):
            notes += [line, *(other for other in below if other not in notes)]
    text = [line for line in page if line not in notes]
    if not text:
        return list(page), []
    return text, [line for line in page if line in notes]


class _Flow:
    """One run over the lines: what is usual in this document, and the text so far."""

    def __init__(self, lines: Sequence[Line]) -> None:
        sizes = Counter[float]()
        for line in lines:
            sizes[round(line.height, 1)] += len(line.text)
        self.usual = sizes.most_common(1)[0][0] if sizes else 1.0
        steps = [
            above.y0 - below.y0
            for above, below in pairwise(lines)
            if _same_column(above, below) and above.y0 - below.y0 < 3 * self.usual
        ]
        self.step = median(steps) if steps else 1.2 * self.usual
        self.hyphens = Hyphens(line.text for line in lines)
        self.headings: list[tuple[float, Heading]] = []
        self.places: list[Place] = []
        self.parts: list[str] = []
        self.length = 0
        self.began = 0, 0  # where the paragraph begins, and with which of the parts
        self.item = False  # whether the paragraph is an item of a list

    def run(self, pages: Sequence[Sequence[Line]]) -> DocumentDraft:
        previous: Line | None = None
        notes: list[tuple[int, Line]] = []  # of pages above, until a paragraph ends
        for number, page in enumerate(pages, 1):
            text, below = _without_footnotes(page, self.usual)
            for line in text:
                if notes and not (previous and self._goes_on(previous, line)):
                    previous = self._take_notes(notes, previous)
                previous = self._take(number, line, previous)
            notes += [(number, line) for line in below]
        self._heading(self._take_notes(notes, previous))
        return self._told("".join(self.parts), pages)

    def _take_notes(self, notes: list[tuple[int, Line]], last: Line | None) -> Line | None:
        """Add footnotes behind the paragraph that ends; gives the last line."""
        before: Line | None = None
        for number, line in notes:
            if before is None:
                self._heading(last)
            last = before = self._take(number, line, before)
        notes.clear()
        return last

    def _take(self, number: int, line: Line, previous: Line | None) -> Line:
        """Add a line to its paragraph, or begin one with it."""
        text = _LEADER.sub(r" … \1", " ".join(line.text.split())).rstrip()
        if previous is None or not self._goes_on(previous, line):
            self._heading(previous)
            gap = "\n" if previous and _listed(previous, line) else "\n\n"
            self._add(gap if self.length else "")
            self.began = self.length, len(self.parts)
            self._add(text)
            self.item = bool(ITEM.match(f"{text} "))
        else:
            self._join(text)
        if not self.places or self.places[-1].page != number:
            self.places.append(Place(self.length - len(text), f"p. {number}", number))
        return line

    def _told(self, text: str, pages: Sequence[Sequence[Line]]) -> DocumentDraft:
        headings, places = self.headings, self.places
        first = next((i for i, page in enumerate(pages) if page), 0)
        end = next((p.start for p in places if (p.page or 0) > first + 1), len(text))
        _, _, title = max(
            ((size, -h.start, h.title) for size, h in headings if h.start < end), default=(0, 0, "")
        )
        sizes = sorted({round(size) for size, _ in headings}, reverse=True)
        leveled = tuple(replace(h, level=sizes.index(round(size)) + 1) for size, h in headings)
        return DocumentDraft(text, title, headings=leveled, places=tuple(places))

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _join(self, text: str) -> None:
        """Put a line behind the one that it goes on from."""
        before = self.parts[-1]
        whole = self.hyphens.joined(before, text)
        if whole is not None:
            self.length -= len(before)
            self.parts[-1] = ""
            self._add(whole[: -len(text)])
        elif not before.endswith(("-", "/")) and not all(
            map(_UNSPACED.match, (before[-1:], text[:1]))
        ):
            self._add(" ")
        self._add(text)

    def _heading(self, last: Line | None) -> None:
        """Take note of the paragraph that ends with this line, where it is a heading."""
        if (
            last is None
            or last.row
            or last.alone
            or _LEADER.search(last.text)
            or last.height < _LARGER * self.usual
        ):
            return
        start, part = self.began
        text = "".join(self.parts[part:])
        if len(text) <= _LONGEST_HEADING and _WORD.search(text):
            self.headings.append((last.height, Heading(start, text)))

    def _goes_on(self, line: Line, following: Line) -> bool:
        """Whether a paragraph goes on from one line to the next."""
        if line.row or following.row or line.alone or following.alone:
            return False
        if abs(line.height - following.height) > _ALIKE * line.height:
            return False
        text, first = line.text.rstrip(), following.text.lstrip()[:1]
        if ITEM.match(following.text) or _LEADER.search(text):
            return False
        if not _same_column(line, following):  # over to the next column or page
            small = line.height < _LARGER * self.usual
            full = line.right - line.x1 <= _FULL * (line.right - line.left)
            return small and not ENDED.search(text) and (first.islower() or full)
        step = self.step * line.height / self.usual
        if line.y0 - following.y0 > 1.3 * step:
            return False
        if line.height >= _LARGER * self.usual:
            return True
        if following.x0 - line.x0 > 0.8 * line.height and not self.item:
            return False
        return first.islower() or text.endswith("-") or not _had_room(line, following)


def _same_column(line: Line, following: Line) -> bool:
    beside = min(line.right, following.right) - max(line.left, following.left)
    return line.y0 > following.y0 and beside > 0


def _had_room(line: Line, following: Line) -> bool:
    """Whether the next line's first word would have fitted into this one."""
    length = max(1, len(following.text))
    letter = (following.x1 - following.x0) / length
    word = len(following.text.split(maxsplit=1)[0]) if following.text.strip() else 0
    return line.right - line.x1 > (word + 1.5) * letter


def _listed(line: Line, following: Line) -> bool:
    """Whether two paragraphs stand close: rows of a table, items or contents of a list."""
    if (line.row and following.row) or (line.alone and following.alone):
        return 0 < line.y0 - following.y0 < _ROW * line.height
    return any(kind.search(line.text) and kind.search(following.text) for kind in (ITEM, _LEADER))
