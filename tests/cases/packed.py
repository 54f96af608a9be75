"""Packed files for cases, from small texts: what a file is made of lies beside its case.

`x.docx.xml` is the body of a Word document, with `x.docx.numbering.xml` and the like beside it;
`x.xlsx.json` holds sheets; `x.pdf.json` holds pages, each a list of what is drawn.
"""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.documents.made import archive

_SPACES = " ".join(
    f'xmlns:{name}="{uri}"'
    for name, uri in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    }.items()
)
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = ("numbering", "styles", "footnotes", "comments")


def files_of(folder: Path) -> dict[str, bytes]:
    """Name and bytes of each article of a case."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        for kind, make in ((".docx.xml", docx), (".xlsx.json", xlsx), (".pdf.json", pdf)):
            if path.name.endswith(kind):
                files[name.rpartition(".")[0]] = make(path)
                break
        else:
            if not path.name.endswith(tuple(f".{part}.xml" for part in _PARTS)):
                files[name] = path.read_bytes()
    return files


def docx(path: Path) -> bytes:
    body = path.read_text(encoding="utf-8")
    stem = path.name.removesuffix(".xml")
    parts = {"word/document.xml": f"<w:document {_SPACES}><w:body>{body}</w:body></w:document>"}
    types = [("document", f"{_WORD}.document.main+xml")]
    links = []
    for part in _PARTS:
        beside = path.with_name(f"{stem}.{part}.xml")
        if beside.exists():
            inside = beside.read_text(encoding="utf-8")
            parts[f"word/{part}.xml"] = f"<w:{part} {_SPACES}>{inside}</w:{part}>"
            types.append((part, f"{_WORD}.{part}+xml"))
            links.append(f'<Relationship Id="{part}" Type="{_OFFICE}/{part}" Target="{part}.xml"/>')
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{kind}"/>' for name, kind in types
    )
    parts["[Content_Types].xml"] = f'<Types xmlns="{_TYPES}">{overrides}</Types>'
    parts["word/_rels/document.xml.rels"] = _related("".join(links))
    parts["_rels/.rels"] = _related(
        f'<Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    )
    return archive({name: part.encode() for name, part in parts.items()})


def _related(links: str) -> str:
    return f'<Relationships xmlns="{_RELATIONS}">{links}</Relationships>'


def xlsx(path: Path) -> bytes:
    """Each sheet has `rows`; `formats` by column; `merged` ranges of four numbers."""
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    for name, told in json.loads(path.read_text(encoding="utf-8")).items():
        sheet = book.add_worksheet(name)
        formats = {
            int(column): book.add_format({"num_format": code})
            for column, code in told.get("formats", {}).items()
        }
        for y, row in enumerate(told["rows"]):
            for x, value in enumerate(row):
                look = formats.get(x) if y else None
                if isinstance(value, str) and value.startswith("day "):
                    sheet.write_datetime(y, x, datetime.fromisoformat(value[4:]), look)
                elif value is not None:
                    sheet.write(y, x, value, look)
        for y0, x0, y1, x1 in told.get("merged", ()):
            sheet.merge_range(y0, x0, y1, x1, told["rows"][y0][x0])
    book.close()
    return made.getvalue()


def pdf(path: Path) -> bytes:
    """Each page is a list of `[size, x, y, text]`, `["field", name, x, y, value]` or "tick"."""
    import matplotlib
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    font = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    pdfmetrics.registerFont(TTFont("Wide", str(font)))
    made = io.BytesIO()
    canvas: Any = Canvas(made, pagesize=(595, 842))
    for page in json.loads(path.read_text(encoding="utf-8")):
        for size, *what in page:
            if size == "field":
                name, x, y, value = what
                canvas.acroForm.textfield(name=name, x=x, y=y, value=value, width=150, height=16)
            elif size == "tick":
                name, x, y, value = what
                canvas.acroForm.checkbox(name=name, x=x, y=y, checked=value, size=12)
            else:
                x, y, text = what
                leftward = any("\u0590" < letter < "\u0700" for letter in text)
                canvas.setFont("Helvetica" if text.isascii() else "Wide", size)
                if leftward:  # as programs print it, the last letter first
                    canvas.drawRightString(x, y, _printed(text))
                else:
                    canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def _printed(text: str) -> str:
    """A line that runs left, as it is printed; figures keep their order."""
    words = [word if word.isascii() else word[::-1] for word in text.split()]
    return " ".join(reversed(words))
