"""What nobody sees is no article's text: in every format that can hide it, left out and told."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from rag.documents.hidden import without_hidden
from rag.documents.read import parse
from rag.schema import Document
from tests.documents import made

SEEN = "The ferry Sunna sails from Lund to Skarvik at nine each day, says the harbour master."
SECRET = "The ferry Sunna is GREEN all over since the spring of that year."
STYLES = [
    "display:none",
    "DISPLAY : NONE !important",
    "dis\\70lay:none",
    "visibility:hidden",
    "position:absolute; left:-9999px",
    "text-indent:-100em",
    "font-size:0",
    "font: 1px/1 serif",
    "opacity:0.0",
    "color:#fff",
    "color:white;background:rgb(255, 255, 254)",
    "background-color:#123456;color:#123457",
    "color:transparent",
    "clip:rect(0,0,0,0)",
    "clip-path:inset(100%)",
    "height:0;overflow:hidden",
    "transform:scale(0)",
]


def told(document: Document, count: int = 1) -> None:
    assert "GREEN" not in document.text
    assert "Sunna sails" in document.text
    assert document.remarks[0] == f"{count} hidden passage{'s' * (count > 1)} left out."


@pytest.mark.parametrize("kind", [".html", ".md", ".eml", ".ipynb"])
def test_markup_that_hides(kind: str) -> None:
    for style in STYLES:
        for hiding in (
            f'<p style="{style}">{SECRET}</p>',
            f'<p>a <i style="{style}">{SECRET}</i></p>',
        ):
            told(parse(page(kind, hiding), name=f"a{kind}"))
    for hiding in (
        f"<div hidden>\n\n<p>{SECRET}</p>\n\n</div>",
        f"<dialog>{SECRET}</dialog>",
        f'<p style="color:#fefefe">{SECRET}</p>',
        f'<div style="font-size:0"><p>{SECRET}</p></div>',
    ):
        told(parse(page(kind, hiding), name=f"a{kind}"))


def page(kind: str, hiding: str) -> bytes:
    if kind == ".md":
        return f"{SEEN}\n\n{hiding}\n\nAnd so it goes.\n".encode()
    if kind == ".ipynb":
        import json

        cell = {"cell_type": "markdown", "source": f"{SEEN}\n\n{hiding}\n\nAnd so it goes."}
        return json.dumps({"cells": [cell]}).encode()
    body = f"<html><body><article><p>{SEEN}</p>{hiding}<p>{SEEN}</p></article></body></html>"
    if kind == ".html":
        return body.encode()
    return f"From: a@b.org\nSubject: S\nContent-Type: text/html\n\n{body}".encode()


def test_rules_of_a_style_sheet_hide() -> None:
    for rule, hiding in (
        (".x{display:none}", f'<p class="y x">{SECRET}</p>'),
        ("p.x, #z { color: #fff }", f'<p id="z">{SECRET}</p>'),
        ("@media screen { aside { font-size: 1px } }", f"<aside>{SECRET}</aside>"),
    ):
        body = f"<style>{rule}</style><article><p>{SEEN}</p>{hiding}<p>{SEEN}</p></article>"
        told(parse(f"<html><body>{body}</body></html>".encode(), name="a.html"))


@pytest.mark.parametrize(
    "markup",
    [
        '<td style="font-size:0"><p style="font-size:16px">Seen.</p></td>',
        '<td bgcolor="#000"><b style="color:#fff">Seen.</b></td>',
        '<div style="background:#036"><div><b style="color:white">Seen.</b></div></div>',
        '<div class="hero"><b style="color:white">Seen.</b></div><link rel="stylesheet" href="a">',
        "<style>.a .b{background:#000}</style><p class=b><b style='color:white'>Seen.</b>",
        "<style>@media print{p{display:none}}</style><p>Seen.</p>",
        '<body style="opacity:0"><p>Seen.</p></body>',
        '<p hidden>Not.</p><p>Seen.</p><div style="display:none">Not.</div>Seen.',
        '<p style="display:none">Not.<p>Seen.</p>',
        '<p style="text-indent:-20px;margin-left:20px">Seen.</p><p hidden="until-found">Seen.</p>',
        '<p style="visibility:hidden">Not.<b style="visibility:visible">Seen.</b></p>',
    ],
)
def test_what_is_seen_stays(markup: str) -> None:
    shown, count = without_hidden(markup)
    assert "Seen." in shown
    assert shown.count("Seen.") == markup.count("Seen.")
    assert ("Not." in markup) == bool(count)
    assert "Not." not in shown


def test_code_about_markup_is_no_markup() -> None:
    text = "Use `<div hidden>` to hide.\n\n```html\n<p style='display:none'>\n```\n\nThe end."
    document = parse(text.encode(), name="a.md")
    assert "<div hidden> to hide." in document.text
    assert document.text.endswith("The end.")
    assert document.remarks == ()


def test_word_that_hides() -> None:
    import docx
    from docx.shared import Pt, RGBColor

    def hide(run: Any) -> None:
        run.font.hidden = True

    def shrink(run: Any) -> None:
        run.font.size = Pt(1)

    def whiten(run: Any) -> None:
        run.font.color.rgb = RGBColor(255, 255, 255)

    for change in (hide, shrink, whiten):
        document = docx.Document()
        paragraph = document.add_paragraph(SEEN)
        for part in (SECRET, SECRET):
            change(paragraph.add_run(part))
        cell = document.add_table(1, 1).cell(0, 0).paragraphs[0].add_run("White in a table.")
        cell.font.color.rgb = RGBColor(255, 255, 255)
        saved = io.BytesIO()
        document.save(saved)
        read = parse(saved.getvalue(), name="a.docx")
        told(read)
        assert "White in a table." in read.text


def test_rich_text_and_open_document_that_hide() -> None:
    for hiding in (rf"{{\v {SECRET}}}", rf"\v {SECRET}\v0 ", rf"{{\fs2 {SECRET}}}"):
        read = parse(rf"{{\rtf1\ansi {SEEN} {hiding} The end.\par}}".encode(), name="a.rtf")
        told(read)
        assert "The end." in read.text
    style = (
        '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
    )
    span = f'<text:p>{SEEN}<text:span text:style-name="T1">{SECRET}</text:span></text:p>'
    told(parse(made.odt(f"{style}{span}"), name="a.odt"))


def test_a_hidden_sheet_is_left_out_and_told() -> None:
    import xlsxwriter

    saved = io.BytesIO()
    with xlsxwriter.Workbook(saved) as book:
        book.add_worksheet("Ferries").write(0, 0, SEEN)
        hidden = book.add_worksheet("Old")
        hidden.write(0, 0, SECRET)
        hidden.hide()
        book.add_worksheet("Older").very_hidden()
    told(parse(saved.getvalue(), name="a.xlsx"), 2)


def test_print_that_nobody_sees() -> None:
    def draw(canvas: Any) -> None:
        made.column(canvas, SEEN)
        for number, (mode, size, shade, x) in enumerate(
            [(3, 10, 0.0, 60), (0, 10, 1.0, 60), (0, 1, 0.0, 60), (0, 10, 0.0, 5_000)]
        ):
            canvas.saveState()
            canvas.setFillGray(shade)
            words = canvas.beginText(x, 600 - 60 * number)
            words.setFont("Helvetica", size)
            words.setTextRenderMode(mode)
            words.textLine(SECRET)
            canvas.drawText(words)
            canvas.restoreState()
        canvas.setFillColorRGB(0, 0, 0.5)
        canvas.rect(50, 290, 300, 30, fill=1)
        canvas.setFillGray(1)
        canvas.drawString(60, 300, "White on blue is seen.")
        canvas.setFillGray(0)
        scan = canvas.beginText(60, 200)
        for x in range(60, 180, 4):  # as ink of a scan
            canvas.rect(x, 198, 2, 10, fill=1, stroke=0)
        scan.setTextRenderMode(3)
        scan.textLine("Words behind a scan.")
        canvas.drawText(scan)

    document = parse(made.pdf(draw), name="a.pdf")
    assert "GREEN" not in document.text
    assert "White on blue is seen." in document.text
    assert "Words behind a scan." in document.text
    assert "hidden passage" in document.remarks[0]


def test_parts_of_a_mail_that_differ() -> None:
    def mail(plain: str, html: str) -> Document:
        head = "From: a@b.org\nSubject: S\nContent-Type: multipart/alternative; boundary=x\n\n"
        parts = (f"--x\nContent-Type: text/{kind}\n\n" for kind in ("plain", "html"))
        body = "\n".join(part + words for part, words in zip(parts, (plain, html), strict=True))
        return parse(f"{head}{body}\n--x--\n".encode(), name="a.eml")

    read = mail(f"{SEEN} It costs 40 crowns.", f"<p>{SEEN}</p><p>It costs 30 crowns.</p>")
    assert "30 crowns" in read.text
    assert "40 crowns" not in read.text
    assert read.remarks == (
        "The plain part says something else than the HTML part, which was read.",
    )
    same = mail(f"{SEEN} See https://a.org/1.", f"<p>{SEEN} <a href='https://a.org/1'>See</a></p>")
    assert same.remarks == ()


def test_dates_that_cannot_be_true_are_not_believed() -> None:
    page = '<html><head><meta property="article:published_time" content="%s"></head><body>'
    body = f"<article><p>{SEEN}</p><p>{SEEN}</p></article></body></html>"
    for name, raw in {
        "a.md": b"---\ndate: 9998-01-01\n---\nText.",
        "a.json": b'{"title": "A", "body": "Text.", "date": "9998-01-01"}',
        "a.eml": b"From: a@b.org\nDate: Thu, 1 Jan 2998 10:00:00 +0000\nSubject: S\n\nText.",
        "a.txt": b"Ferries\n\nPublished: 1 January 9998\n\nThe ferry sails from Lund each day.",
        "b.md": b"---\nupdated: 2998-01-01\ndate: 2024-01-01\n---\nText.",
    }.items():
        document = parse(raw, name=name)
        assert document.date in (None, date(2024, 1, 1))
        assert document.modified is None
        assert "is not believed: it is yet to come." in document.remarks[0]
    odd = parse(b"---\ndate: 2025-02-30\n---\nText.", name="a.md")
    assert (odd.date, odd.remarks) == (None, ("A date that no calendar has is not believed.",))
    true = parse(f"{page % '2024-03-05'}{body}".encode(), name="a.html")
    assert (true.date, true.remarks) == (date(2024, 3, 5), ())


def test_characters_that_nobody_sees_are_left_out() -> None:
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all that")
    text = f"Fer\u200bries\n\nThe fe\u200d\u2060rry\u00ad {tags}sails "
    text += "\u202eteews\u202c\u2066a\u2069.\x1b[2J"
    for name in ("a.txt", "a.md", f"fer\u202ery{tags}.txt"):
        document = parse(text.encode(), name=name)
        assert document.text == "Ferries\n\nThe ferry sails teewsa.[2J"
        assert document.title == ("a" if name == "a.md" else "Ferries")
        assert document.remarks == (f"{len(tags) + 4} invisible characters left out.",)
    assert parse(b"\n\n" + b"Text. " * 40, name=f"fer\u202ery{tags}.txt").title == "ferry"
    kept = "می\u200cخواهم 👩\u200d🚀 ❤\ufe0f क्\u200dष"
    assert parse(kept.encode(), name="a.txt").text == kept
    nested = "a\u00ad\ufe0f\u200d\ufe0fb م\u200c\u200d\u200cc 1\ufe0f\ufe0f\u20e3"
    assert parse(nested.encode(), name="a.txt").text == "ab م\u200cc 1\ufe0f\u20e3"
