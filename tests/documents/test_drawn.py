"""A page of a PDF as a picture: what is marked on it, and what cannot be drawn."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rag.documents.apart import draw_apart
from rag.documents.drawn import HIGHEST, WIDEST, stretches
from rag.documents.limits import Unreadable
from tests.documents import made

SAID = "The ferry Hanna was built in 1962."


def page(c: Any) -> None:
    c.drawString(72, 700, "Something else stands above it.")
    c.drawString(72, 600, "The ferry Han-")
    c.drawString(72, 580, "na was built in 1962.")


def turned(c: Any) -> None:
    page(c)
    c.setPageRotation(90)


def marked(picture: bytes) -> list[int]:
    """The rows of a picture that hold the colour of a mark."""
    image = Image.open(io.BytesIO(picture))
    assert image.format == "PNG"
    assert image.width <= WIDEST
    assert image.height <= HIGHEST
    colours = np.asarray(image)
    yellow = (colours[:, :, 0] > 250) & (colours[:, :, 2] < 140)
    return [int(row) for row in np.flatnonzero(yellow.any(axis=1))]


@pytest.mark.parametrize("draw", [page, turned])
def test_a_quotation_is_marked_on_its_page(draw: Any) -> None:
    raw = made.pdf(draw)
    rows = marked(draw_apart(raw, 1, SAID))
    assert rows
    assert marked(draw_apart(raw, 1, "Nothing of this is printed.")) == []
    assert marked(draw_apart(raw, 1, "")) == []


def test_only_the_lines_of_the_quotation_are_marked() -> None:
    raw = made.pdf(page)
    both = marked(draw_apart(raw, 1, SAID))
    above = marked(draw_apart(raw, 1, "Something else stands above it."))
    assert max(above) < min(both)


@pytest.mark.parametrize("number", [0, 2, -5])
def test_a_page_that_is_not_there_is_told(number: int) -> None:
    with pytest.raises(Unreadable, match="no such page"):
        draw_apart(made.pdf(page), number, SAID)


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.7 and nothing more", bytes(range(256)) * 40])
def test_what_is_no_pdf_is_told(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        draw_apart(raw, 1, SAID)


def test_a_page_of_monstrous_size_is_drawn_small_or_not_at_all() -> None:
    def huge(c: Any) -> None:
        c.setPageSize((14_000, 14_000))
        c.drawString(72, 600, SAID)

    with suppress(Unreadable):
        assert marked(draw_apart(made.pdf(huge), 1, SAID))


def test_short_words_are_marked_only_whole() -> None:
    assert list(stretches("thecostis5crowns", "5")) == [(9, 10)]
    assert list(stretches("thecostis5crowns", "thecostlyfeat")) == []
