"""A draft's text as it grows, piece by piece, with the places of headings, pages and the like."""

from __future__ import annotations

from rag.documents.draft import DocumentDraft
from rag.documents.limits import hold_characters
from rag.schema import Heading, Place


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
