"""Files that were made to harm, and why they are refused."""

from __future__ import annotations

import io
import zipfile

from rag.documents.read import parse
from rag.errors import ReadError
from tests.documents import made


def reason(raw: bytes, name: str) -> str:
    """Why a file is refused; "" where it is read."""
    try:
        document = parse(raw, name=name)
    except ReadError as error:
        told = str(error)
    else:
        assert document.text.strip()
        assert "root:" not in document.text
        assert len(document.text) < 10**6
        return ""
    assert told.startswith(f"{name} ")
    assert told.endswith(".")
    return told


def refused(raw: bytes, name: str) -> str:
    told = reason(raw, name)
    assert told, "it was read"
    return told


def inside(kind: str, part: str, raw: bytes) -> bytes:
    """A file of a kind, with one part inside it replaced."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made.MADE[kind]())) as whole,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in whole.namelist():
            copy.writestr(name, raw if name == part else whole.read(name))
    return changed.getvalue()


MAIN = {
    ".docx": "word/document.xml",
    ".pptx": "ppt/presentation.xml",
    ".xlsx": "xl/workbook.xml",
    ".odt": "content.xml",
    ".epub": "OPS/book.opf",
}
