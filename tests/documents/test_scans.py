"""Pages that are pictures: by the real Tesseract where it is, by stand-ins for how it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.documents import scans
from rag.documents.limits import Unreadable
from rag.documents.pdf import read_pdf
from tests.documents.made import HEIGHT, WIDTH, pdf

PAGE = np.full((40, 60), 255, np.uint8)
LINES = ["The harbour of Skarvik", "", "The harbour was dredged", "in 1931 and in 1952."]


def pictured(*lines: str) -> Callable[[Any], None]:
    """A page that is a picture of some lines."""

    def draw(canvas: Any) -> None:
        from matplotlib import font_manager
        from PIL import Image, ImageDraw, ImageFont
        from reportlab.lib.utils import ImageReader

        font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 36)
        picture = Image.new("L", (1240, 1754), 255)
        for place, line in enumerate(lines):
            ImageDraw.Draw(picture).text((120, 150 + 60 * place), line, font=font, fill=0)
        canvas.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)

    return draw


def black(canvas: Any) -> None:
    canvas.rect(50, 50, 400, 600, fill=1)


def stamped(canvas: Any) -> None:
    black(canvas)
    canvas.drawString(60, 30, "Scanned by a machine")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a script in Tesseract's place."""

    def put(script: str) -> None:
        file = tmp_path / "tesseract"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        scans._languages.cache_clear()

    return put


@pytest.mark.skipif(not scans.can_read(), reason="Tesseract is not installed")
def test_a_scan_is_read_page_by_page() -> None:
    scans._languages.cache_clear()
    draft = read_pdf(pdf(pictured(*LINES), black, pictured("The quay is of granite."), Author="Jo"))
    first, last = draft.places
    assert draft.title == "The harbour of Skarvik"
    assert "The harbour was dredged in 1931 and in 1952." in " ".join(draft.text.split())
    assert (first.page, last.page, draft.author) == (1, 3, "Jo")
    assert draft.text[last.start :] == "The quay is of granite."


@pytest.mark.parametrize(("pages", "count"), [([black] * 2, 2), ([stamped] * 4, 4)])
def test_without_tesseract_it_is_told(
    monkeypatch: pytest.MonkeyPatch, pages: list[Callable[[Any], None]], count: int
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unreadable, match=rf"holds {count} pages without text.*Install Tesseract"):
        read_pdf(pdf(*pages))


def test_too_many_pages_are_told(
    program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    program("exit 1")
    monkeypatch.setattr(scans, "MOST", 2)
    with pytest.raises(Unreadable, match="holds 3 pages without text, as scans do; the limit is 2"):
        read_pdf(pdf(black, black, black))


@pytest.mark.parametrize("script", ["cat > /dev/null", "exit 3", "printf '  \\n\\f'"])
def test_pictures_without_text(program: Callable[[str], None], script: str) -> None:
    program(script)
    with pytest.raises(Unreadable, match="pictures in which no text was found"):
        scans.read_pages([PAGE, PAGE])


def test_a_page_that_takes_too_long(
    program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    program('case "$1" in --list-langs) printf "List\\neng\\n";; *) exec sleep 30;; esac')
    monkeypatch.setattr(scans, "_SECONDS", 0.5)
    with pytest.raises(Unreadable, match="cannot read \\(TimeoutExpired\\)"):
        scans.read_pages([PAGE])


def test_all_its_languages_are_looked_for_english_first(program: Callable[[str], None]) -> None:
    program(
        'case "$1" in --list-langs) printf "List of\\ndeu\\neng\\nosd\\n";; *) echo "$4";; esac'
    )
    assert scans.read_pages([PAGE]).text == "eng+deu"


def test_a_page_is_given_as_a_picture_in_grey(program: Callable[[str], None]) -> None:
    program('case "$1" in --list-langs) echo List;; *) head -c 8;; esac')
    text = scans.read_pages([PAGE]).text
    assert text.split() == ["P5", "60", "40"]
