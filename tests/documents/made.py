"""Files of every kind, made here; what they say is always the same two facts and a table."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Any

TITLE, AUTHOR = "The ferries of Skarvik", "Ada Rehn"
FIRST = "The bridge over the Lund opened in May 1932 and cost 40,000 crowns."
SECOND = "The ferry Hanna was built in 1962 and carries 120 passengers."
ROWS = [["Town", "Ships"], ["Lund", "3"], ["Skarvik", "11"]]
WIDTH, HEIGHT = 595, 842


def pdf(*pages: Callable[[Any], None], encrypt: str | None = None, **facts: str) -> bytes:
    """A PDF; each page is drawn on reportlab's canvas."""
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(WIDTH, HEIGHT), encrypt=encrypt)
    for name, value in facts.items():
        getattr(canvas, f"set{name}")(value)
    for draw in pages:
        canvas.setFont("Helvetica", 10)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def column(
    canvas: Any,
    text: str | Sequence[str],
    *,
    x: float = 60,
    top: float = 100,
    width: float = 400,
    step: float = 12,
) -> float:
    """Draw text, wrapped to a width in points, or lines as they are; gives where it ends."""
    lines = wrapped(text, width) if isinstance(text, str) else text
    for number, line in enumerate(lines):
        canvas.drawString(x, HEIGHT - top - number * step, line)
    return top + len(lines) * step


def wrapped(text: str, width: float) -> list[str]:
    from reportlab.lib.utils import simpleSplit

    lines: list[str] = simpleSplit(text, "Helvetica", 10, width)
    return lines


def simple_pdf() -> bytes:
    def first(canvas: Any) -> None:
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(60, HEIGHT - 70, TITLE)
        canvas.setFont("Helvetica", 10)
        column(canvas, FIRST)

    def second(canvas: Any) -> None:
        end = column(canvas, SECOND)
        for number, row in enumerate(ROWS):
            for cell, text in enumerate(row):
                canvas.drawString(60 + 150 * cell, HEIGHT - end - 30 - 14 * number, text)

    return pdf(first, second, Title=TITLE, Author=AUTHOR)


def docx() -> bytes:
    import docx

    document = docx.Document()
    document.core_properties.title = TITLE
    document.core_properties.author = AUTHOR
    document.core_properties.created = datetime(2024, 3, 5)
    document.add_heading("Bridges", 1)
    document.add_paragraph(FIRST)
    document.add_heading("Ferries", 1)
    document.add_paragraph(SECOND)
    table = document.add_table(0, 2)
    for row in ROWS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return _saved(document)


def pptx() -> bytes:
    import pptx
    from pptx.util import Cm

    deck = pptx.Presentation()
    deck.core_properties.title = TITLE
    deck.core_properties.author = AUTHOR
    deck.core_properties.created = datetime(2024, 3, 5)
    for title, words in (("Bridges", FIRST), ("Ferries", SECOND)):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = words
    table = slide.shapes.add_table(len(ROWS), 2, Cm(1), Cm(12), Cm(10), Cm(3)).table
    for y, row in enumerate(ROWS):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    slide.notes_slide.notes_text_frame.text = "She sails on Sundays."
    return _saved(deck)


def xlsx(sheets: dict[str, Sequence[Sequence[Any]]] | None = None) -> bytes:
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    book.set_properties({"title": TITLE, "author": AUTHOR, "created": datetime(2024, 3, 5)})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in (sheets or {"Notes": [[FIRST], [SECOND]], "Prices": ROWS}).items():
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(y, x, value, day)
                else:
                    sheet.write(y, x, value)
    book.close()
    return made.getvalue()


def epub(**more: bytes) -> bytes:
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{TITLE}</dc:title><dc:creator>{AUTHOR}</dc:creator>"
        "<dc:date>2024-03-05</dc:date></metadata><manifest>"
        '<item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="text/one%201.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="a"/><itemref idref="n"/><itemref idref="b"/></spine>'
        "</package>"
    )
    cells = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in ROWS)
    pages = {
        "OPS/text/one 1.xhtml": f"<html><body><h1>Bridges</h1><p>{FIRST}</p></body></html>",
        "OPS/two.xhtml": f"<html><body><h1>Ferries</h1><p>{SECOND}</p><table>{cells}</table>"
        "</body></html>",
        "OPS/nav.xhtml": "<html><body><nav>To the contents</nav></body></html>",
    }
    parts = {"META-INF/container.xml": container, "OPS/book.opf": package, **pages}
    return archive({**{name: part.encode() for name, part in parts.items()}, **more})


def odt(body: str | None = None) -> bytes:
    names = "office text table dc meta"
    spaces = " ".join(f'xmlns:{name}="urn:{name}"' for name in names.split())
    cells = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in row)
        + "</table:table-row>"
        for row in ROWS
    )
    body = body or (
        f"<text:h>Bridges</text:h><text:p>{FIRST}</text:p><text:h>Ferries</text:h>"
        f"<text:p>{SECOND}</text:p><table:table>{cells}</table:table>"
    )
    content = f"<office:document-content {spaces}><office:body><office:text>{body}"
    meta = (
        f"<office:document-meta {spaces}><office:meta><dc:title>{TITLE}</dc:title>"
        f"<meta:initial-creator>{AUTHOR}</meta:initial-creator>"
        "<meta:creation-date>2024-03-05T10:00:00</meta:creation-date></office:meta>"
        "</office:document-meta>"
    )
    content += "</office:text></office:body></office:document-content>"
    return archive({"content.xml": content.encode(), "meta.xml": meta.encode()})


def rtf() -> bytes:
    return (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}"
        rf"{{\info{{\title {TITLE}}}{{\author {AUTHOR}}}{{\creatim\yr2024\mo3\dy5}}}}"
        rf"\f0 {FIRST}\par\par {SECOND}\par\par Gr\'fc\u223?e\par }}"
    ).encode()


def mail(*attached: tuple[str, bytes], html: bool = False) -> bytes:
    message = EmailMessage()
    message["From"] = f"{AUTHOR} <ada@example.org>"
    message["To"] = "olga@example.org"
    message["Date"] = "Tue, 05 Mar 2024 10:00:00 +0100"
    message["Subject"] = TITLE
    body = f"{FIRST}\n\n{SECOND}\n"
    if html:
        message.set_content(f"<p>{FIRST}</p><p>{SECOND}</p>", "html")
    else:
        message.set_content(body)
    for name, raw in attached:
        message.add_attachment(raw, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def archive(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, raw in files.items():
            opened.writestr(name, raw)
    return made.getvalue()


def _saved(document: Any) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


MADE: dict[str, Callable[[], bytes]] = {
    ".pdf": simple_pdf,
    ".docx": docx,
    ".pptx": pptx,
    ".xlsx": xlsx,
    ".epub": epub,
    ".odt": odt,
    ".rtf": rtf,
    ".eml": mail,
}
