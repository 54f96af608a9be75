"""What tells whose a passage is: folders, file, headings, a form's first lines, what is over rows.

None of it need stand in the passage itself. It is embedded, searched and read with the passage
(contextual chunks: https://www.anthropic.com/engineering/contextual-retrieval).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice
from pathlib import PurePosixPath

from rag.documents.limits import ROW
from rag.documents.table import is_row
from rag.schema import Document
from rag.words import tokens

_LONGEST = 160  # characters of each part
_SHORT = 2  # letters of a word that names nothing
_BACK = 200  # headings that are looked at
_FIELDS = 3  # lines of a form that say what it is of
_TOP = 600  # characters of a document in which they stand
_TABLE = 1_000_000  # characters of a table that are gone back to what stands over it
_FIELD = re.compile(r"^\w[^:|\n]{0,40}:[ \t]+\S[^|\n]{0,80}$", re.M)


def context_of(document: Document, start: int) -> str:
    """Where a passage that begins at a character stands; "" where that tells nothing new.

    >>> from rag.schema import Heading
    >>> heads = (Heading(0, "Sunna", 2), Heading(40, "Prices", 3))
    >>> context_of(Document("ferries/2024.md", "Ferries", "", headings=heads), 50)
    'Sunna › Prices'
    """
    parts = [_path(document), *headings_above(document, start)]
    parts += _form(document, start), _over_rows(document, start)
    return " › ".join(part[:_LONGEST] for part in parts if part)


def _path(document: Document) -> str:
    """The words of folders and file that the title lacks; numbers only where they are no date."""
    path = PurePosixPath(document.id)
    said = set(tokens(document.title))
    words = [w for w in tokens(" ".join((*path.parts[:-1], path.stem))) if w not in said]
    named = [word for word in words if word.isalpha() and len(word) > _SHORT]
    return " ".join(named if document.date else words) if named else ""


def headings_above(document: Document, start: int) -> list[str]:
    """The headings that a character stands under, the highest first."""
    heads = document.headings
    at = bisect_right(heads, start, key=lambda heading: heading.start)
    found: list[str] = []
    level = 99
    for heading in reversed(heads[max(0, at - _BACK) : at]):
        if heading.level < level:
            level = heading.level
            if heading.title != document.title:
                found.append(heading.title)
    return found[::-1]


def _form(document: Document, start: int) -> str:
    """The first fields of a form, for what stands further down in it."""
    fields = list(islice(_FIELD.finditer(document.text, 0, _TOP), _FIELDS))
    if len(fields) < _FIELDS or document.text[: fields[0].start()].count("\n") > _FIELDS:
        return ""
    return "" if start < fields[-1].end() else "; ".join(field[0] for field in fields)


def _over_rows(document: Document, start: int) -> str:
    """The line over a table, for rows further down in it; "" where that is a heading or a row."""
    text = document.text
    if not is_row(_line(text, start)):
        return ""
    gap = text.rfind("\n\n", max(0, start - _TABLE), start)
    if gap < 0 and start > _TABLE:
        return ""
    over = _line(text, gap + 2 if gap >= 0 else 0)
    if is_row(over):
        end = max(0, gap)
        begin = text.rfind("\n", max(0, end - _TABLE), end) + 1 or max(0, end - _TABLE)
        over = text[begin : min(end, begin + ROW)]
    return (
        "" if over in (document.title, *headings_above(document, start)) or is_row(over) else over
    )


def _line(text: str, start: int) -> str:
    """The rest of a line; of a long one no more than shows that it is no row: each passage asks."""
    end = text.find("\n", start, start + ROW + 1)
    return text[start : end if end >= 0 else start + ROW + 1]
