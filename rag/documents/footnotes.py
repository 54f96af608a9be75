"""Footnotes of printed pages, told from the text above them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.pieces import Line

_SMALLER = 0.93  # of the usual print is a footnote's at most
_MARK = re.compile(r"^(?:\d{1,3}|[a-z]|[*†‡§]{1,3})[.)]?\s?[^\W\d]")


def without_footnotes(page: Sequence[Line], usual: float) -> tuple[list[Line], list[Line]]:
    """The lines of a page's text, and those of its footnotes.

    Notes stand in smaller print below all else in their column; the first begins with a mark.
    """
    notes: list[Line] = []
    for line in page:
        if line.height > _SMALLER * usual or line.row or line in notes:
            continue
        below = [other for other in page if other.y0 < line.y0 and _beside(line, other)]
        begins = _MARK.match(line.text.strip())
        if begins and all(other.height <= _SMALLER * usual for other in below):
            notes += [line, *(other for other in below if other not in notes)]
    text = [line for line in page if line not in notes]
    if not text:
        return list(page), []
    return text, [line for line in page if line in notes]


def _beside(line: Line, other: Line) -> bool:
    return min(line.right, other.right) - max(line.left, other.left) > 0
