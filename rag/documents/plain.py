"""Plain text: unwraps hard-wrapped lines, finds the title and the date in the first lines."""

from __future__ import annotations

import re
from datetime import date

from rag.documents.draft import Draft, find_date

_WRAPPED = 45  # a line at least this long without an ending may go on in the next line
_ENDED = re.compile(r"[.!?:;…。！？][\"'”’)\]]*\s*$")
_ITEM = re.compile(r"^\s*(?:[-*•–▪◦·]|\d{1,3}[.)])\s")
_DATE_LINE = re.compile(r"^(?:published|updated|date|posted)?(?: on)?:?\s*[\w ,.:+-]{8,40}$", re.I)


def read_plain(text: str) -> Draft:
    """Plain text to a draft.

    A single newline inside a wrapped sentence becomes a space, so that a newline in the draft
    always ends a sentence. The length of the text does not change.

    >>> read_plain("The rule took effect on the seventh day of\\nOctober.").text
    'The rule took effect on the seventh day of October.'
    """
    lines = text.split("\n")
    joined: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        joined.append(line)
        joined.append(" " if _goes_on(line, following) else "\n")
    unwrapped = "".join(joined[:-1])
    head = [line.strip() for line in unwrapped.split("\n") if line.strip()][:8]
    return Draft(text=unwrapped, title=_title(unwrapped), date=_date(head))


def _goes_on(line: str, following: str) -> bool:
    return (
        len(line.rstrip()) >= _WRAPPED
        and not _ENDED.search(line)
        and bool(following.strip())
        and not _ITEM.match(following)
    )


def _title(text: str) -> str:
    for line in text.split("\n"):
        title = line.strip()
        if title:
            return title if len(title) <= 150 and not title.endswith((".", ",", ";")) else ""
    return ""


def _date(head: list[str]) -> date | None:
    for line in head:
        if len(line) <= 60 and _DATE_LINE.match(line) and (found := find_date(line)):
            return found
    return None
