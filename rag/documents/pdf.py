"""PDF, by pdfium: each page's print to pieces, and what the file tells of itself.

Owns the reading by pdfium; `drawn` draws. `layout` puts the pieces in order, `flow` makes the text.
Runs apart from the program (see `apart`), because hostile files can crash a parser in C++.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.documents import scans
from rag.documents.byline import told_above
from rag.documents.draft import DocumentDraft
from rag.documents.facts import told_date, told_name
from rag.documents.flow import flow
from rag.documents.forms import fields_of, filled
from rag.documents.layout import lines_of
from rag.documents.limits import PAGES, Unreadable, hold_characters
from rag.documents.pieces import WIDE, Line, Piece, leftward, mirrored
from rag.documents.unseen import Unseen

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_BREAKS = frozenset(b" \t\r\n\x00\xa0")
_HYPHENS = {0x02: "-", 0xFFFE: "-"}  # how pdfium tells one at the end of a line
_ALONE = 0xFFFD  # for half a character
_APART = 4  # characters that part two hidden passages
_POINTS = 72  # an inch
_PASSWORD = 4  # FPDF_ERR_PASSWORD


def read_pdf(raw: bytes) -> DocumentDraft:
    """A PDF to a draft whose places are its pages.

    Raises:
        Unreadable: It is locked, damaged, too long, or holds no text.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
            raise Unreadable(
                "is locked with a password. Save a copy without the password and add that."
            ) from error
        raise Unreadable("is damaged or no PDF. Open it in a viewer and save it anew.") from error
    if len(document) > PAGES:
        raise Unreadable(
            f"has {len(document):,} pages; the limit is {PAGES:,}. Split it into several files."
        )
    document.init_forms()
    form = document.formenv.raw if document.formenv else None
    pages: list[list[Line]] = []
    gutters: set[float] = set()
    total = hidden = 0
    for page in _pages(document):
        lines, unseen = _lines(page, gutters, form)
        hidden += unseen
        total = hold_characters(total + sum(len(line.text) + 1 for line in lines))
        pages.append(lines)
    found = flow(pages)
    facts = document.get_metadata_dict()
    if not found.text.strip() and not hidden:
        return _scanned(document, facts)
    _, printed = told_above(found.text, found.title)  # a file may be made long after its text
    return replace(
        found,
        title=told_name(facts.get("Title", "")) or found.title,
        date=printed or told_date(facts.get("CreationDate", "")),
        author=told_name(facts.get("Author", "")),
        modified=told_date(facts.get("ModDate", "")),
        hidden=hidden,
    )


def _scanned(document: PdfDocument, facts: Mapping[str, str]) -> DocumentDraft:
    """A document of pictures, as Tesseract reads it."""
    count = f"{len(document):,} page{'' if len(document) == 1 else 's'}"
    if not scans.can_read():
        raise Unreadable(
            f"holds {count} without text, as scans do. Install Tesseract and sync again, or run it "
            "through text recognition (OCR) and add the result."
        )
    if len(document) > scans.MOST:
        raise Unreadable(
            f"holds {count} without text, as scans do; the limit is {scans.MOST}. Run it through "
            "text recognition (OCR) and add the result."
        )
    pages = (page for page in _pages(document) if page is not None)
    drawn = (page.render(scale=scans.DOTS / _POINTS, grayscale=True) for page in pages)
    draft = scans.read_pages(np.squeeze(one.to_numpy()) for one in drawn)
    return replace(
        draft,
        title=told_name(facts.get("Title", "")) or draft.title,
        date=told_date(facts.get("CreationDate", "")),
        author=told_name(facts.get("Author", "")),
    )


def _pages(document: PdfDocument) -> Iterator[PdfPage | None]:
    """Each page, closed after it was looked at; `None` for one that is broken."""
    from pypdfium2 import PdfiumError

    for index in range(len(document)):
        try:
            page = document[index]
        except PdfiumError:
            yield None
            continue
        try:
            yield page
        finally:
            page.close()


def _lines(page: PdfPage | None, gutters: set[float], form: Any) -> tuple[list[Line], int]:
    """The page's lines, and how many passages are hidden on it.

    The lines of its usual direction come first, then what is printed sideways.
    """
    from pypdfium2 import raw

    if page is None:
        return [], 0
    turned: dict[int, list[Piece]] = {}
    text = page.get_textpage()
    try:
        printed = _Print(text.raw, Unseen(page, text.raw, raw))
        for turn, piece in printed.pieces():
            turned.setdefault(turn, []).append(piece)
    finally:
        text.close()
    turned = {turn: leftward(_once(pieces)) for turn, pieces in turned.items()}
    if form is not None:
        fields = list(fields_of(page, form, raw))
        turned[0] = filled(turned.get(0, []), fields)
    usual = sorted(turned, key=lambda turn: -sum(len(p.text) for p in turned[turn]))
    lines = [line for turn in usual for line in lines_of(mirrored(turned[turn]), gutters)]
    return lines, printed.hidden


def _once(pieces: list[Piece]) -> list[Piece]:
    """Without what is printed twice at one place, as some programs do for bold."""
    found: dict[tuple[str, int, int], Piece] = {}
    for piece in pieces:
        found.setdefault((piece.text, round(piece.x0 / 2), round(piece.y0 / 2)), piece)
    return list(found.values())


class _Print:
    """The characters of a page, put together to pieces as they come.

    `hidden` counts the passages that nobody sees, which are passed over.
    """

    def __init__(self, text: Any, unseen: Unseen) -> None:
        from pypdfium2 import raw

        self.hidden = 0
        self._text, self._unseen, self._raw = text, unseen, raw
        self._box = raw.FS_RECTF()

    def pieces(self) -> Iterator[tuple[int, Piece]]:
        """Pieces with the quarter turns (0 to 3) that their text is printed at."""
        turn, words, space, spaced = 0, "", False, False
        last = -2  # the last character that was hidden
        x0 = y0 = x1 = y1 = 0.0
        for index, code in self._codes():
            if code in _BREAKS:
                space = True
                continue
            letter = _HYPHENS.get(code) or chr(code)
            left, low, right, high = self._placed(index, turn)
            if self._unseen.hides(index, self._box):
                self.hidden += index - last > _APART
                last, space = index, True
                continue
            height = max(y1 - y0, 0.1)
            near = words and -0.6 * height < left - x1 < WIDE * height
            if near and abs(low - y0) < 0.3 * height and abs(high - y1) < 0.5 * height:
                words += f" {letter}" if space else letter
                x1 = max(x1, right)
            else:
                if words:
                    yield turn, Piece(words, x0, y0, x1, y1, spaced=spaced)
                angle = self._raw.FPDFText_GetCharAngle(self._text, index)  # clockwise
                turn = -round(angle / (math.pi / 2)) % 4
                x0, y0, x1, y1 = self._placed(index, turn)
                words, spaced = letter, space
            space = False
        if words:
            yield turn, Piece(words, x0, y0, x1, y1, spaced=spaced)

    def _codes(self) -> Iterator[tuple[int, int]]:
        """Each character with its index; pdfium counts one beyond the basic plane as two halves."""
        count = self._raw.FPDFText_CountChars(self._text)
        codes = [self._raw.FPDFText_GetUnicode(self._text, index) for index in range(count)]
        for index, code in enumerate(codes):
            following = codes[index + 1] if index + 1 < count else 0
            if 0xD800 <= code < 0xDC00 <= following < 0xE000:
                yield index, 0x10000 + ((code - 0xD800) << 10) + following - 0xDC00
            elif not (0xDC00 <= code < 0xE000 and index and 0xD800 <= codes[index - 1] < 0xDC00):
                yield index, _ALONE if 0xD800 <= code < 0xE000 else code

    def _placed(self, index: int, turn: int) -> tuple[float, float, float, float]:
        """Left, foot, right and head of a character, turned so that its text runs to the right."""
        box = self._box
        self._raw.FPDFText_GetLooseCharBox(self._text, index, ctypes.byref(box))
        if turn == 0:
            return box.left, box.bottom, box.right, box.top
        if turn == 1:
            return box.bottom, -box.right, box.top, -box.left
        if turn == 2:
            return -box.right, -box.top, -box.left, -box.bottom
        return -box.top, box.left, -box.bottom, box.right
