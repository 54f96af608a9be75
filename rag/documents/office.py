"""Word, PowerPoint and Excel files: DOCX by mammoth, PPTX by python-pptx, XLSX by calamine.

Places are slides and sheets; a DOCX has headings only, because its pages are made when it is shown.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from rag.documents.blocks import write_markup
from rag.documents.draft import Draft
from rag.documents.facts import told, told_date, told_name, xml
from rag.documents.limits import Unreadable, open_zip, unpack
from rag.documents.table import write_table
from rag.documents.written import Written

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide

_OLD = b"\xd0\xcf\x11\xe0"  # of a file from before 2007; a locked one is wrapped in such a file


def read_docx(raw: bytes) -> Draft:
    """A Word document to a draft."""
    import mammoth

    _check(raw, "word/document.xml")
    html = mammoth.convert_to_html(
        io.BytesIO(raw),
        convert_image=mammoth.images.img_element(lambda _: {}),
        style_map="p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh",
    ).value
    text = Written()
    write_markup(html, text)
    return _draft(raw, text)


def read_pptx(raw: bytes) -> Draft:
    """A presentation to a draft: each slide's words, then what the speaker noted."""
    from pptx import Presentation

    _check(raw, "ppt/presentation.xml")
    text = Written()
    for number, slide in enumerate(Presentation(io.BytesIO(raw)).slides, 1):
        text.place(f"slide {number}")
        _write_slide(slide, text)
    return _draft(raw, text)


def read_xlsx(raw: bytes) -> Draft:
    """A workbook to a draft, each row of a sheet a line."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    _check(raw, "xl/workbook.xml")
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    text = Written()
    rows = 0
    for facts in book.sheets_metadata:
        if facts.typ != SheetTypeEnum.WorkSheet or facts.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(facts.name)
        if sheet.height:
            text.place(f"sheet {facts.name}")
            text.heading(facts.name)
            rows = write_table(_cells(sheet.iter_rows()), text, rows)
    return _draft(raw, text, title="")


def _check(raw: bytes, part: str) -> None:
    """Say what is wrong with a file before a library does, in other words."""
    if raw.startswith(_OLD):
        raise Unreadable(
            "is locked with a password, or of the kind from before 2007. Open it, save it anew "
            "without a password, and add that."
        )
    with open_zip(raw) as opened:
        if part not in opened.namelist():
            raise Unreadable("is damaged or of another kind than its name says. Save it anew.")
        if opened.getinfo(part).flag_bits & 1:
            raise Unreadable("is locked with a password. Unlock it and add it again.")


def _draft(raw: bytes, text: Written, *, title: str | None = None) -> Draft:
    """The draft of an office file, with what its properties tell."""
    headings = tuple(text.headings)
    with open_zip(raw) as opened:
        part = "docProps/core.xml"
        facts = xml(unpack(opened, part)) if part in opened.namelist() else None
    heading = headings[0].title if headings and title is None else ""
    if facts is None:
        return Draft(str(text), heading, headings=headings, places=tuple(text.places))
    return Draft(
        text=str(text),
        title=told_name(told(facts, "title")) or heading,
        date=told_date(told(facts, "created")) or told_date(told(facts, "modified")),
        headings=headings,
        author=told_name(told(facts, "creator")),
        places=tuple(text.places),
    )


def _write_slide(slide: Slide, text: Written) -> None:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        text.heading(title.text_frame.text.replace("\v", " "))
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False):
            for row in shape.table.rows:
                text.add(" | ".join(" ".join(c.text.split()) for c in row.cells), "\n")
            text.gap = "\n\n"
        elif shape.has_text_frame:
            _write_frame(shape.text_frame, text)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        _write_frame(slide.notes_slide.notes_text_frame, text)


def _write_frame(frame: Any, text: Written) -> None:
    for paragraph in frame.paragraphs:
        for line in paragraph.text.split("\v"):
            text.add(" ".join(line.split()), "\n")
    text.gap = "\n\n"


def _shapes(shapes: Any, depth: int = 0) -> Iterator[BaseShape]:
    """The shapes of a slide from the top down, those of groups too."""
    for shape in sorted(shapes, key=lambda s: ((s.top or 0), (s.left or 0))):
        if hasattr(shape, "shapes") and depth < 20:
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _cells(rows: Iterator[list[Any]]) -> Iterator[list[str]]:
    for row in rows:
        yield [_cell(value) for value in row]


def _cell(value: Any) -> str:
    """A cell's value as people write it.

    >>> _cell(4.0), _cell(0.1 + 0.2), _cell(True), _cell(datetime(2024, 1, 2))
    ('4', '0.3', 'yes', '2024-01-02')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return " ".join(str(value).split())
