"""What is printed on a page of a PDF and nobody sees: invisible, like its ground, minute, off it.

Only characters in an invisible mode or in a light colour are doubted; they are seen where the page,
once drawn, has any contrast in their place. So the words that lie behind a scan count as seen, and
white words on a dark ground do.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LIGHT = 225  # of 255; a lighter colour is doubted
_FAINT = 40  # of 255; less opaque is doubted
_INVISIBLE = (3, 7)  # ways of printing that leave nothing on the page
_CONTRAST = 24  # steps of grey in the place of a character that is seen
_SMALLEST = 1.5  # points
_DEPTH = 4  # groups inside groups
_MOST = 100_000  # objects of a page that are looked at
_LARGEST = 4_000.0  # points; of a larger page less is drawn


class Unseen:
    """What of one page is not seen; asked for one character after another."""

    def __init__(self, page: Any, text: Any, raw: Any) -> None:
        self._page, self._text, self._raw = page, text, raw
        self._left, self._low, self._right, self._top = page.get_bbox()
        self._drawn: NDArray[np.uint8] | None = None
        self._scale = min(1.0, _LARGEST / max(1.0, self._right - self._left, self._top - self._low))
        page_of = raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject
        self._doubts = any(self._is_doubted(one) for one in self._objects(page.raw, page_of, 0))
        self._last: tuple[int | None, bool] = (None, False)

    def hides(self, index: int, box: Any) -> bool:
        """Whether a character is not seen.

        Args:
            index: Its number on the page.
            box: Where it stands, as pdfium has it.
        """
        high, wide = abs(box.top - box.bottom), abs(box.right - box.left)
        if not 0 < max(high, wide) < 1e6:  # a character that pdfium makes up has no place
            return False
        if max(high, wide) < _SMALLEST:
            return True
        off = box.right < self._left or box.left > self._right
        if off or box.top < self._low or box.bottom > self._top:
            return True
        if not self._doubts:
            return False
        one = self._raw.FPDFText_GetTextObject(self._text, index)
        at = ctypes.cast(one, ctypes.c_void_p).value
        if at != self._last[0]:
            self._last = at, bool(one) and self._is_doubted(one)
        return self._last[1] and not self._has_contrast(box)

    def _objects(self, of: Any, told: Any, depth: int) -> Any:
        count, get = told
        for index in range(min(count(of), _MOST)):
            one = get(of, index)
            kind = self._raw.FPDFPageObj_GetType(one)
            if kind == self._raw.FPDF_PAGEOBJ_TEXT:
                yield one
            elif kind == self._raw.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
                inside = self._raw.FPDFFormObj_CountObjects, self._raw.FPDFFormObj_GetObject
                yield from self._objects(one, inside, depth + 1)

    def _is_doubted(self, one: Any) -> bool:
        if self._raw.FPDFTextObj_GetTextRenderMode(one) in _INVISIBLE:
            return True
        parts = [ctypes.c_uint() for _ in range(4)]
        if not self._raw.FPDFPageObj_GetFillColor(one, *map(ctypes.byref, parts)):
            return False
        red, green, blue, opaque = (part.value for part in parts)
        return min(red, green, blue) > _LIGHT or opaque < _FAINT

    def _has_contrast(self, box: Any) -> bool:
        if self._drawn is None:
            drawn = self._page.render(scale=self._scale, grayscale=True)
            self._drawn = np.squeeze(drawn.to_numpy())
        high, scale = self._top, self._scale
        rows = slice(max(0, int((high - box.top) * scale)), int((high - box.bottom) * scale) + 1)
        left = max(0, int((box.left - self._left) * scale))
        here = self._drawn[rows, left : int((box.right - self._left) * scale) + 1]
        return here.size > 0 and int(here.max()) - int(here.min()) >= _CONTRAST
