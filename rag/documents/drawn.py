"""A page of a PDF as a picture, with a quotation marked on it.

Owns how a page is drawn and where a quotation stands on it. Runs apart from the program, as the
reading of a PDF does: `apart` calls it.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.documents.limits import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfPage

WIDEST, HIGHEST = 1200, 1800  # pixels of the picture
_LARGEST = 3.0  # pixels a point
_LEAST = 12  # letters in a row that are told from others on the page
_NEAR = 4  # and that are, further down than what came before
_STRETCHES = 12  # that a quotation is looked for in, as print in columns parts it
_MARGIN = 24  # pixels around what is printed
_MARK = 255, 223, 126

Box = tuple[float, float, float, float]  # left, foot, right and head, in points


def draw_page(raw: bytes, number: int, quote: str) -> bytes:
    """One page of a PDF, counted from 1, as a PNG; what of `quote` is found on it is marked.

    Raises:
        Unreadable: There is no such page, or it cannot be drawn.
    """
    import pypdfium2
    from PIL import Image as images
    from PIL import ImageChops, ImageDraw

    try:
        document = pypdfium2.PdfDocument(raw)
        document.init_forms()
        page = document[number - 1]
        width, height = page.get_size()
        scale = min(_LARGEST, WIDEST / max(width, 1.0), HIGHEST / max(height, 1.0))
        bitmap = page.render(scale=scale)
        picture: Image = bitmap.to_pil().convert("RGB")
        place = bitmap.get_posconv(page).to_bitmap
        boxes = [(place(*box[:2]), place(*box[2:])) for box in _boxes(page, quote)]
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise Unreadable("has no such page, or it cannot be drawn.") from error
    marks = images.new("RGB", picture.size, (255, 255, 255))
    pen = ImageDraw.Draw(marks)
    for (x0, y0), (x1, y1) in boxes:  # a page may be turned
        mark = min(x0, x1) - 1, min(y0, y1) - 1, max(x0, x1) + 1, max(y0, y1) + 1
        pen.rectangle(mark, fill=_MARK)
    made = io.BytesIO()
    ImageChops.multiply(picture, marks).crop(_printed(picture)).save(made, "PNG")
    return made.getvalue()


def _printed(picture: Image) -> tuple[int, int, int, int]:
    """The part of a page that is not its white margins, and a little around it."""
    from PIL import ImageOps

    found = ImageOps.invert(picture).getbbox() or (0, 0, *picture.size)
    left, top, right, bottom = found
    width, height = picture.size
    return (
        max(0, left - _MARGIN),
        max(0, top - _MARGIN),
        min(width, right + _MARGIN),
        min(height, bottom + _MARGIN),
    )


def _boxes(page: PdfPage, quote: str) -> Iterator[Box]:
    """The boxes of a quotation on a page, a line each."""
    text = page.get_textpage()
    try:
        letters, places = [], []
        for place in range(text.count_chars()):
            for letter in _letters(text.get_text_range(place, 1)):
                letters.append(letter)
                places.append(place)
        for start, end in stretches("".join(letters), "".join(_letters(quote))):
            first, last = places[start], places[end - 1]
            for rect in range(text.count_rects(first, last - first + 1)):
                yield text.get_rect(rect)
    finally:
        text.close()


def _letters(text: str) -> str:
    """Letters and figures alone: blanks, hyphens and ligatures differ between print and text."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def stretches(page: str, quote: str) -> Iterator[tuple[int, int]]:
    """Where a quotation stands on a page: whole, or in stretches where print parts it.

    The longest beginning that the page holds comes first, then what is left of it further down.

    >>> list(stretches("abcdefghijklmnop12345qrstuvwxyzabcdef", "cdefghijklmnopqrstuvwxyz"))
    [(2, 16), (21, 31)]
    """
    after, least = 0, min(_LEAST, len(quote))
    for _ in range(_STRETCHES):
        short, long = 0, len(quote)
        while short < long:
            middle = (short + long + 1) // 2
            held = page.find(quote[:middle], after) >= 0
            short, long = (middle, long) if held else (short, middle - 1)
        if not quote:
            return
        if short >= least:
            at = page.find(quote[:short], after)
            after, least = at + short, _NEAR
            yield at, after
        quote = quote[max(short, 1) :]
