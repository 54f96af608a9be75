"""What a reader finds in a file: its text, as it grows, and what the file tells about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from datetime import date as Day

from rag.documents.limits import hold_characters
from rag.schema import Heading, Place
from rag.words import MONTHS

IMPOSSIBLE = date.max  # the day of a file that names one that no calendar has
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)", re.A)
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)? ([A-Za-z]{3,9})\.?,? (\d{4})\b", re.A)
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b", re.A)


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """Plain text, and title, date and the like where the file tells them.

    `hidden` counts the passages that nobody sees, which are left out; `remarks` say what else a
    person should know of how the file was read.
    """

    text: str
    title: str = ""
    date: date | None = None
    source: str = ""
    headings: tuple[Heading, ...] = ()
    author: str = ""
    places: tuple[Place, ...] = ()
    language: str = ""
    modified: Day | None = None
    hidden: int = 0
    remarks: tuple[str, ...] = ()


class GrowingText:
    r"""Text that grows.

    >>> text = GrowingText()
    >>> text.heading("Costs")
    >>> text.add("It cost 40,000.")
    >>> str(text), text.headings
    ('Costs\n\nIt cost 40,000.', [Heading(start=0, title='Costs', level=1)])
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.headings: list[Heading] = []
        self.places: list[Place] = []
        self.length = 0
        self.hidden = 0  # passages that nobody sees, left out
        self.gap = ""  # what separates the next piece from the text so far
        self.marker = ""  # of a list item that has no text yet
        self._next = ""  # the name of the place where the next piece begins

    def __str__(self) -> str:
        return "".join(self._parts)

    def draft(self) -> DocumentDraft:
        """All of it, to which a reader adds what the file tells of itself."""
        headings, places = tuple(self.headings), tuple(self.places)
        return DocumentDraft(str(self), headings=headings, places=places, hidden=self.hidden)

    def add(self, piece: str, gap: str = "\n\n") -> None:
        """Add a piece, unless it is empty, and say what will follow it.

        Raises:
            Unreadable: The text grows too long.
        """
        if not piece:
            return
        before = (self.gap if self.length else "") + self.marker
        text = before + piece
        if self._next:
            self.places.append(Place(self.length + len(before), self._next))
            self._next = ""
        self._parts.append(text)
        self.length = hold_characters(self.length + len(text))
        self.gap, self.marker = gap, ""

    def heading(self, title: str, level: int = 1) -> None:
        """Add a heading, on one line."""
        title = " ".join(title.split())
        self.marker = ""
        if title:
            self.add(title)
            self.headings.append(Heading(self.length - len(title), title, level))

    def place(self, name: str) -> None:
        """Say where the next piece begins: a slide, a sheet, a minute."""
        self._next = name


def find_date(line: str) -> date | None:
    """The first calendar date in a short text, or `None`.

    >>> find_date("Published: August 12, 2025")
    datetime.date(2025, 8, 12)
    >>> find_date("12 Foo 2025") is None
    True
    """
    day = claimed_date(line)
    return None if day is IMPOSSIBLE else day


def claimed_date(told: str) -> date | None:
    """The day that a file names as its own; `IMPOSSIBLE` where no calendar has it.

    >>> claimed_date("2025-02-30") == IMPOSSIBLE, claimed_date("spring")
    (True, None)
    """
    if found := _YEAR_FIRST.search(told):
        year, month, day = int(found[1]), int(found[3]), int(found[4])
    elif found := _DAY_FIRST.search(told):
        day, month, year = int(found[1]), _month(found[2]), int(found[3])
    elif found := _MONTH_FIRST.search(told):
        month, day, year = _month(found[1]), int(found[2]), int(found[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return IMPOSSIBLE


def _month(name: str) -> int:
    names = [month[: len(name)] for month in MONTHS]
    return names.index(name.lower()) + 1 if name.lower() in names else 0
