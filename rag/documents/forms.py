"""What was filled into the form of a PDF, put to the labels that are printed beside the fields."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.documents.limits import FIELDS, Unreadable
from rag.documents.pieces import Piece

_UNSEEN = 2 | 32  # flags of annotations that nobody sees
_SECRET = 1 << 13  # flag of a field for a password
_HIGHEST = 11.0  # points; a field is higher than what stands in it
_TICKED = {True: "[x]", False: "[ ]"}
_SAID = {"[x]": "yes", "[ ]": "no"}  # behind a label


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is filled in; `ticks` says that it is a box to tick."""

    value: str
    name: str
    ticks: bool
    x0: float
    y0: float
    x1: float
    y1: float


def fields_of(page: Any, form: Any, raw: Any) -> Iterator[Field]:
    """The fields of a page that say something. Raises `Unreadable`: there are too many."""
    count = raw.FPDFPage_GetAnnotCount(page)
    if count > FIELDS:
        raise Unreadable(
            f"has a page of more than {FIELDS:,} fields; that is the limit. Print it to a new PDF."
        )
    texts = {raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX}
    texts.add(raw.FPDF_FORMFIELD_LISTBOX)
    ticks = {raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON}
    for index in range(count):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
            seen = not raw.FPDFAnnot_GetFlags(annotation) & _UNSEEN
            if not seen or kind not in texts | ticks:
                continue
            if kind in texts and raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _SECRET:
                continue
            ticked = _TICKED[bool(raw.FPDFAnnot_IsChecked(form, annotation))]
            value = _text(raw, raw.FPDFAnnot_GetFormFieldValue, form, annotation)
            name = _text(raw, raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
            box = raw.FS_RECTF()
            raw.FPDFAnnot_GetRect(annotation, ctypes.byref(box))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
        said = ticked if kind in ticks else value
        if said:
            place = box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top)
            yield Field(said, name, kind in ticks, *place)


def filled(pieces: Sequence[Piece], fields: Sequence[Field]) -> list[Piece]:
    """The print of a page with each field's value behind its label; a tick stands before it."""
    found = list(pieces)
    told: set[int] = set()  # pieces that have a value
    for field in sorted(fields, key=lambda field: (-field.y1, field.x0)):
        at = _label(field, found, told)
        if at is None:
            words = field.value if field.ticks or not field.name else f"{field.name}: {field.value}"
            top = min(field.y1, (field.y0 + field.y1 + _HIGHEST) / 2)
            low = max(field.y0, top - _HIGHEST)
            told.add(len(found))
            found.append(Piece(words, field.x0, low, field.x1, top, alone=True))
            continue
        label = found[at]
        value = _SAID.get(field.value, field.value) if label.x0 < field.x0 else field.value
        if field.ticks and label.x0 > field.x0:
            text = f"{value} {label.text}"
        else:
            text = f"{label.text.rstrip(' :…._')}{' ' if at in told else ': '}{value}"
        x1 = label.x1 if label.x0 > field.x0 else max(label.x1, field.x1)
        found[at] = replace(label, text=text, x0=min(label.x0, field.x0), x1=x1, alone=True)
        told.add(at)
    return found


def _label(field: Field, pieces: Sequence[Piece], told: set[int]) -> int | None:
    """The piece that names a field: beside it, else right above it; `None` where there is none."""
    best: tuple[float, int] | None = None
    for index, piece in enumerate(pieces):
        over = min(piece.y1, field.y1) - max(piece.y0, field.y0)
        before, behind = field.x0 - piece.x1, piece.x0 - field.x1
        if over > 0.3 * min(piece.height, field.y1 - field.y0):
            if field.ticks:
                far = behind if 0 <= behind + 2 < 25 and index not in told else 1e4 + before
            else:
                far = before
            if far < -2 or (index in told and far > 0.5 * piece.height):
                continue
        elif 0 <= piece.y0 - field.y1 + 2 < piece.height and index not in told:
            if field.ticks or not field.x0 - 12 < piece.x0 < field.x1:
                continue
            far = 1e3 + piece.y0 - field.y1  # only where nothing stands beside it
        else:
            continue
        if far < 2e4 and (best is None or far < best[0]):
            best = far, index
    return best[1] if best and best[0] < 1e4 + 300 else None


def _text(raw: Any, told: Any, form: Any, annotation: Any) -> str:
    size = told(form, annotation, None, 0)
    if not 2 < size < 1 << 20:
        return ""
    buffer = ctypes.create_string_buffer(size)
    told(form, annotation, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return " ".join(buffer.raw[: size - 2].decode("utf-16-le", "replace").split())
