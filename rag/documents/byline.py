"""Who wrote an article and when, where only the lines above its first paragraph tell it.

A date there is believed where the line is no sentence, or names it ("Last updated: 3 March 2025"),
a name where a word for writing leads it. Knows nothing of formats, whose own facts come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from rag.documents.draft import find_date

_LINES = 8  # at the head of a text that are looked at
_BYLINE = 8  # words of a line that says hardly more than who wrote
_WORDS = 20  # of a line that tells a date
_NEAR = 40  # characters behind a word like "updated" in which its date begins
_PARAGRAPH = 200  # characters from which a line is one
_ENDS = re.compile(r"[.!?…][\"'”’)\]]*$")
_SIGNS = " *_#>|"
_ABOUT = re.compile(r"\W*about the authors?\s*:", re.I)  # the line below an article
_DATED = re.compile(
    r"\b(?:published|posted|updated|modified|reviewed|dated?|printed|held)(?: on)?\b:?\s*(?=\S)",
    re.I,
)
_NAME = r"(?:[^\W\d_a-z]\.|[^\W\d_a-z][\w'’-]+)"
_NAMES = rf"{_NAME}(?: (?:(?:de|van|von|der|den|da|di|la|le) )?{_NAME}){{1,3}}"
_WRITTEN = re.compile(
    r"(?:^|(?<=[.·|•] ))"
    rf"(?:(?i:(?:words |written |reported |posted |text |tested |interview )?by |"
    rf"(?:words|text|report|interview|author): ))({_NAMES}(?:(?:,? and|,? &) {_NAMES})*)"
    rf"|(?:^|(?<=[.·|•] ))(?i:authors: )({_NAMES}(?:(?:,|,? and|,? &) {_NAMES})*)"
)
_ROLE = r"[\w ]{0,30}\b(?:desk|correspondent|reporter|editor|columnist|staff|writer)\b"
_WITH_ROLE = re.compile(rf"^({_NAMES}), {_ROLE}")
_ROLE_ONLY = re.compile(_ROLE)
_BODY = frozenset("team staff desk editors society council institute group agency".split())


def told_above(text: str, title: str) -> tuple[str, date | None]:
    r"""The author and the date that the lines above the first paragraph tell, if any.

    >>> told_above("The ferry\n\nBy Anna Berg in Malm, 3 May 2024\n\nThe ferry sank.", "The ferry")
    ('Anna Berg', datetime.date(2024, 5, 3))
    """
    author, day = "", None
    for line in _head(text, title):
        author = author or _author(line)
        day = day or _date(line)
    return author, day


def is_byline(line: str) -> bool:
    """Whether a line says who wrote, and hardly more.

    >>> is_byline("By Anna Berg, 3 May 2024"), is_byline("By 1990 the ferry had sunk.")
    (True, False)
    >>> is_byline("About the author: Anna Berg writes on ferries.")
    True
    """
    if _ABOUT.match(line):
        return True
    if len(line) >= _PARAGRAPH:
        return False
    line = line.strip(_SIGNS)
    found = _WRITTEN.search(line) or _WITH_ROLE.match(line)
    rest = line[found.end() :].strip(" .,") if found else ""
    told = not rest or bool(find_date(rest) or _ROLE_ONLY.match(rest))
    return told and len(line.split()) <= _BYLINE and bool(_author(line))


def _head(text: str, title: str) -> Iterator[str]:
    """The lines at the head that are neither the title nor a paragraph, up to the first one."""
    lines = (line.strip(_SIGNS) for line in text[:4000].split("\n"))
    for _, line in zip(range(_LINES), filter(None, lines), strict=False):
        told = _DATED.search(line) or _WRITTEN.search(line)
        if len(line) >= _PARAGRAPH or (_ENDS.search(line) and not told):
            return
        if line != title:
            yield line


def _date(line: str) -> date | None:
    for named in _DATED.finditer(line):
        if after := find_date(line[named.end() : named.end() + _NEAR]):
            return after
    return None if _ENDS.search(line) or len(line.split()) > _WORDS else find_date(line)


def _author(line: str) -> str:
    found = _WRITTEN.search(line) or _WITH_ROLE.match(line)
    name = next(filter(None, found.groups()), "") if found else ""
    return "" if _BODY & set(name.lower().split()) else name
