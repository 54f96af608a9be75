"""What office files share and tell, and presentations (PPTX), by python-pptx.

Places are slides; a DOCX has headings only, because its pages are made when it is shown.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.documents.draft import DocumentDraft, GrowingText
from rag.documents.facts import told, told_date, told_name, xml
from rag.documents.grid import Grid
from rag.documents.limits import Unreadable, open_zip, unpack
from rag.documents.table import write_table

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide

_OLD = b"\xd0\xcf\x11\xe0"  # of a file from before 2007; a locked one is wrapped in such a file


def read_pptx(raw: bytes) -> DocumentDraft:
    """A presentation to a draft: each slide's words, then what the speaker noted."""
    from pptx import Presentation

    check_office(raw, "ppt/presentation.xml")
    text = GrowingText()
    for number, slide in enumerate(Presentation(io.BytesIO(raw)).slides, 1):
        text.place(f"slide {number}")
        _write_slide(slide, text)
    return office_draft(raw, text)


def check_office(raw: bytes, part: str) -> None:
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


def office_draft(raw: bytes, text: GrowingText, *, title: str | None = None) -> DocumentDraft:
    """The draft of an office file, with what its properties tell."""
    with open_zip(raw) as opened:
        part = "docProps/core.xml"
        facts = xml(unpack(opened, part)) if part in opened.namelist() else None
    heading = text.headings[0].title if text.headings and title is None else ""
    return replace(
        text.draft(),
        title=told_name(told(facts, "title")) or heading,
        date=told_date(told(facts, "created")) or told_date(told(facts, "modified")),
        author=told_name(told(facts, "creator")),
        modified=told_date(told(facts, "modified")),
    )


def _write_slide(slide: Slide, text: GrowingText) -> None:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        text.heading(title.text_frame.text.replace("\v", " "))
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False):
            _write_rows(shape.table.rows, text)
        elif shape.has_text_frame:
            _write_frame(shape.text_frame, text)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        _write_frame(slide.notes_slide.notes_text_frame, text)


def _write_frame(frame: Any, text: GrowingText) -> None:
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


def _write_rows(rows: Iterable[Any], text: GrowingText) -> None:
    """Add a table, its merged cells with their spans."""
    grid = Grid()
    for row in rows:
        grid.begin_row()
        for cell in row.cells:
            if not cell.is_spanned:
                spans = {"colspan": str(cell.span_width), "rowspan": str(cell.span_height)}
                grid.add(cell.text, spans if cell.is_merge_origin else {})
    grid.end_row()
    write_table(grid.rows, text)
