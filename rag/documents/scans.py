"""Pages that are pictures, read by Tesseract where it is installed.

Each page goes to Tesseract as a picture in grey and comes back as text, in all languages that it
has data for. It runs within the limits of the process that reads the file (see `apart`).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.documents.draft import DocumentDraft
from rag.documents.limits import Unreadable, hold_characters
from rag.documents.plain import read_plain
from rag.schema import Place

MOST = 50  # pages; one takes some seconds
DOTS = 300  # an inch, at which a page is drawn, as Tesseract's makers advise
_PROGRAM = "tesseract"
_LANGUAGES = 6  # that are looked for at once
_SECONDS = 60  # for one page


def can_read() -> bool:
    """Whether Tesseract is installed."""
    return shutil.which(_PROGRAM) is not None


def read_pages(pages: Iterable[NDArray[np.uint8]]) -> DocumentDraft:
    """Pictures of pages to a draft whose places are the pages.

    Args:
        pages: Each of shape (height, width), uint8, 0 for black.

    Raises:
        Unreadable: A page cannot be read, or none holds text.
    """
    text, places = "", list[Place]()
    for number, page in enumerate(pages, 1):
        said = read_plain(_recognised(page)).text.strip()
        if said:
            text += "\n\n" if text else ""
            places.append(Place(len(text), f"p. {number}", number))
            text += said
            hold_characters(len(text))
    if not text:
        raise Unreadable("holds pictures in which no text was found.")
    return DocumentDraft(text, title=text.split("\n", 1)[0], places=tuple(places))


def _recognised(page: NDArray[np.uint8]) -> str:
    height, width = page.shape
    picture = b"P5\n%d %d\n255\n" % (width, height) + page.tobytes()
    command = [_PROGRAM, "stdin", "stdout", "-l", _languages(), "--dpi", str(DOTS)]
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreadable(
            f"holds a page that Tesseract cannot read ({type(error).__name__}). Run it through "
            "text recognition (OCR) by hand and add the result."
        ) from error
    return done.stdout.decode("utf-8", "replace")


@cache
def _languages() -> str:
    """The languages that Tesseract has data for, as it takes them."""
    done = subprocess.run([_PROGRAM, "--list-langs"], capture_output=True, timeout=_SECONDS)
    lines = done.stdout.decode("utf-8", "replace").splitlines()[1:]
    have = [line.strip() for line in lines if line.strip() and line.strip() != "osd"]
    return "+".join(sorted(have, key=lambda name: name != "eng")[:_LANGUAGES]) or "eng"
