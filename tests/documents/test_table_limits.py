"""Tables, forms and mails of absurd size: read within the limits, or refused in one sentence."""

from __future__ import annotations

import json

import pytest

from rag.documents import split_passages
from rag.documents.limits import ROW
from rag.documents.read import parse
from tests.documents import made
from tests.documents.hostile import inside, reason, refused

NAMES = '"http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def test_a_csv_file_of_ten_million_cells() -> None:
    raw = b"\n".join([b"1," * 100 + b"2"] * 100_000)
    assert "more than 20,000,000 characters" in refused(raw, "a.csv")


def test_a_page_of_ten_million_cells() -> None:
    cell = "<td colspan=1000 rowspan=1000>x"
    assert "more than 3,000,000 cells" in refused(
        f"<table>{f'<tr>{cell * 20}' * 1_000}</table>".encode(), "a.html"
    )


def test_five_hundred_sheets_and_too_many() -> None:
    text = parse(
        made.xlsx({f"S{n}": [["Town", "Ships"], ["Lund", n]] for n in range(500)}), name="a.xlsx"
    ).text
    assert "Town: Lund | Ships: 499" in text
    many = made.xlsx({f"S{n}": [["x"]] for n in range(1_001)})
    assert "has more than 1,000 sheets; that is the limit." in refused(many, "a.xlsx")


def test_merged_ranges_that_overlap() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>7</v></c></row>'
        for n in range(1, 50)
    )
    merged = "".join(f'<mergeCell ref="A{n}:XFD{n + 1000}"/>' for n in range(1, 49))
    sheet = (
        f"<worksheet xmlns={NAMES}><sheetData>{rows}</sheetData>"
        f'<mergeCells count="48">{merged}<mergeCell ref="B9:A2"/><mergeCell ref="x"/></mergeCells>'
        "</worksheet>"
    )
    reason(inside(".xlsx", "xl/worksheets/sheet1.xml", sheet.encode()), "a.xlsx")


def test_a_header_of_a_thousand_columns() -> None:
    names = ",".join(f"Column number {n}" for n in range(1_000))
    raw = f"Key,{names}\nLund,{','.join(map(str, range(1_000)))}\n"
    document = parse(raw.encode(), name="a.csv")
    lines = document.text.split("\n")
    assert all(len(line) <= ROW and line.startswith("Key: Lund | ") for line in lines)
    assert "Column number 999: 999" in lines[-1]
    spans = [span for passage in split_passages(document) for span in passage.sentences]
    assert [document.text[start:end] for start, end in spans] == lines


def test_a_cell_that_is_an_article_is_split_as_one() -> None:
    raw = f"title,body\nTea,{'It is drunk hot. ' * 1_000}\n"
    document = parse(raw.encode(), name="a.csv")
    assert max(p.end - p.start for p in split_passages(document)) <= 800


@pytest.mark.parametrize("depth", [200, 20_000])
def test_a_mail_of_nested_quotations(depth: int) -> None:
    quoted = "\n".join(f"{'>' * n} On day {n} Jo wrote:" for n in range(1, min(depth, 2_000)))
    raw = f"Subject: Re: deep\nFrom: a@b.c\n\nThe answer is nine.\n\nJo wrote:\n{quoted}\n"
    text = parse(raw.encode(), name="a.eml").text
    assert text.endswith("The answer is nine.\n\n[…]")
    tags = "<blockquote type=cite>" * depth
    raw = f"Subject: Re: deep\nContent-Type: text/html\n\n<p>Nine.</p>{tags}Ten."
    assert "Ten" not in parse(raw.encode(), name="a.eml").text


def test_a_form_of_ten_thousand_fields() -> None:
    def page(canvas: object) -> None:
        form = canvas.acroForm  # type: ignore[attr-defined]
        for n in range(10_000):
            place = {"x": 10 + 55 * (n % 10), "y": 5 + 0.8 * (n // 10)}
            form.textfield(name=f"f{n}", value=f"v{n}", width=50, height=10, **place)

    told = reason(made.pdf(page), "a.pdf")
    assert told == "" or "that is the limit" in told


@pytest.mark.parametrize("kind", ["json", "jsonl", "ipynb"])
def test_deep_and_broken_json(kind: str) -> None:
    assert refused(b"[" * 100_000, f"a.{kind}").endswith(".")
    assert refused(b'{"a": ', f"a.{kind}").endswith(".")
    reason(json.dumps([[[{"a": [{"b": 1}] * 50}] * 20]] * 20).encode(), f"a.{kind}")


def test_deep_tables_in_a_page() -> None:
    for unit in ("<table><tr><td>", "<table><tr><th>", "<dl><dt>a<dd>", "<table>", "<tr><td>x"):
        reason((unit * 5_000).encode(), "a.html")
        reason((unit * 2_000 + "</table>" * 2_000).encode(), "a.html")
