"""Every packed kind: the same facts come out, exact and with their places."""

from __future__ import annotations

from datetime import date

import pytest

from rag.documents import SUFFIXES
from rag.documents.draft import GrowingText
from rag.documents.kinds import ARCHIVE, PACKED, READERS
from rag.documents.read import parse
from rag.errors import ReadError
from rag.schema import Document
from tests.documents import made
from tests.documents.test_split import check as check_passages

PLACES = {
    ".pdf": ("p. 1", "p. 2"),
    ".docx": ("“Bridges”", "“Ferries”"),
    ".pptx": ("slide 1", "slide 2"),
    ".xlsx": ("sheet Notes", "sheet Notes"),
    ".epub": ("“Bridges”", "“Ferries”"),
    ".odt": ("“Bridges”", "“Ferries”"),
    ".rtf": ("", ""),
    ".eml": ("", ""),
}


def read(suffix: str) -> Document:
    return parse(made.MADE[suffix](), name=f"papers/a{suffix}")


def test_all_kinds_are_made_here() -> None:
    assert set(made.MADE) == set(PACKED) == set(PLACES)
    assert {*READERS, *PACKED, ARCHIVE} == SUFFIXES


@pytest.mark.parametrize("suffix", sorted(PACKED))
def test_what_it_says_is_there_with_its_places(suffix: str) -> None:
    document = read(suffix)
    passages = check_passages(document, 200)
    quotes = {document.text[s.start : s.end] for p in passages for s in p.sentences}
    for words, place in zip((made.FIRST, made.SECOND), PLACES[suffix], strict=True):
        assert any(words in quote for quote in quotes)
        assert document.place(document.text.index(words)).name == place
    for heading in document.headings:
        assert document.text[heading.start :].startswith(heading.title)
    starts = [place.start for place in document.places]
    assert starts == sorted(starts)
    assert all(not document.text[start].isspace() for start in starts)


@pytest.mark.parametrize("suffix", sorted(PACKED))
def test_what_it_tells_of_itself(suffix: str) -> None:
    document = read(suffix)
    assert (document.title, document.author) == (made.TITLE, made.AUTHOR)
    assert document.date == (date.today() if suffix == ".pdf" else date(2024, 3, 5))


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".pptx", ".xlsx", ".epub", ".odt"])
def test_a_table_reads_row_by_row(suffix: str) -> None:
    assert "Town: Lund | Ships: 3\nTown: Skarvik | Ships: 11" in read(suffix).text


def test_pages_have_numbers() -> None:
    document = read(".pdf")
    assert [place.page for place in document.places] == [1, 2]


def test_notes_of_a_slide_follow_it() -> None:
    assert read(".pptx").text.endswith("She sails on Sundays.")


def test_rtf_letters() -> None:
    assert "Grüße" in read(".rtf").text


@pytest.mark.parametrize("suffix", sorted(PACKED))
@pytest.mark.parametrize("how", ["cut", "noise", "text", "empty zip", "zeros"])
def test_broken_files_say_so(suffix: str, how: str) -> None:
    whole = made.MADE[suffix]()
    raw = {
        "cut": whole[: 2 * len(whole) // 3],
        "noise": bytes((n * 7919) % 251 for n in range(3000)),
        "text": b"Rollo led the Norse. " * 20,
        "empty zip": made.archive({}),
        "zeros": bytes(5000),
    }[how]
    if how == "cut" and suffix in (".eml", ".rtf"):  # what is left is worth reading
        assert made.FIRST[:15] in parse(raw, name=f"bad{suffix}").text
        return
    with pytest.raises(ReadError, match=rf"^bad\{suffix} .{{20,250}}\.$"):
        parse(raw, name=f"bad{suffix}")


def test_a_spreadsheet_names_what_each_figure_is() -> None:
    raw = made.xlsx(
        {"Prices": [["Tea prices"], [], ["Sort", "Price"], ["Green", 4.5], ["Black", 3]]}
    )
    text = parse(raw, name="a.xlsx").text
    assert text == "Prices\n\nTea prices\nSort: Green | Price: 4.5\nSort: Black | Price: 3"


def test_csv() -> None:
    raw = "Town;Opened;Cost\nLund;1932;40,000\n\nSkarvik;1962;\n".encode("utf-16")
    document = parse(raw, name="costs of bridges.csv")
    assert document.text == "Town: Lund | Opened: 1932 | Cost: 40,000\nTown: Skarvik | Opened: 1962"
    assert document.title == "costs of bridges"
    quoted = parse(b'"a, b","c"\n1,"2\n3"\n', name="a.csv").text
    assert quoted == "a, b: 1 | c: 2 3"
    assert parse(b"1\t2\n3\t4\n", name="a.tsv").text == "1 | 2\n3 | 4"


def test_mail_with_attachments() -> None:
    raw = made.mail(
        ("report.pdf", made.simple_pdf()),
        ("notes.txt", b"The harbour is closed in winter."),
        ("program.exe", b"MZ"),
        ("broken.docx", b"PK no zip"),
        html=True,
    )
    document = parse(raw, name="a.eml")
    text = document.text
    assert text.startswith(f"From: {made.AUTHOR} <ada@example.org>\nTo: olga@example.org\nDate: ")
    assert text.count(made.FIRST) == 2
    second = document.place(text.rindex(made.SECOND))
    assert (second.name, second.page) == ("report.pdf, p. 2", 2)
    assert document.place(text.index("The harbour")).name == "attachment notes.txt"
    assert "program.exe" not in text
    check_passages(document, 200)


def test_open_document_leaves_out_what_was_deleted_and_keeps_notes() -> None:
    body = (
        "<text:tracked-changes><text:p>Old words.</text:p></text:tracked-changes>"
        "<text:p>Ferries<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Built of oak.</text:p></text:note-body></text:note> sail<text:s/>north.</text:p>"
        "<text:list><text:list-item><text:p>One &amp; two</text:p></text:list-item></text:list>"
    )
    text = parse(made.odt(body), name="a.odt").text
    assert text == "Ferries sail north.\n\nBuilt of oak.\n\n• One & two"


def test_a_word_document_with_a_footnote_mark_keeps_no_brackets() -> None:
    from rag.documents.blocks import write_markup

    text = GrowingText()
    write_markup(
        '<p>It rose.<sup><a href="#footnote-1" id="footnote-ref-1">[1]</a></sup></p>'
        '<ol><li id="footnote-1"><p> By half. <a href="#footnote-ref-1">↑</a></p></li></ol>',
        text,
    )
    assert str(text) == "It rose.\n\n1. By half."


def test_merged_cells_of_a_slide_are_said_in_each_row() -> None:
    import io

    import pptx
    from pptx.util import Cm

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    rows = [["Ferry", "Ticket", "Price"], ["Hanna", "Adult", "85"], ["", "Child", "42"]]
    table = slide.shapes.add_table(3, 3, Cm(1), Cm(1), Cm(10), Cm(3)).table
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    raw = io.BytesIO()
    deck.save(raw)
    text = parse(raw.getvalue(), name="a.pptx").text
    assert "Ferry: Hanna | Ticket: Child | Price: 42" in text


def test_merged_cells_and_header_rows_of_an_open_document() -> None:
    cell = "<table:table-cell{}><text:p>{}</text:p></table:table-cell>"
    down = ' table:number-rows-spanned="2"'
    body = (
        "<table:table><table:table-header-rows><table:table-row>"
        + "".join(cell.format("", name) for name in ("Ferry", "2021", "2022"))
        + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell.format(down, "Hanna")
        + cell.format("", "4")
        + cell.format("", "5")
        + "</table:table-row><table:table-row><table:covered-table-cell/>"
        + cell.format("", "6")
        + cell.format("", "7")
        + "</table:table-row></table:table>"
    )
    assert parse(made.odt(body), name="a.odt").text == (
        "Ferry: Hanna | 2021: 4 | 2022: 5\nFerry: Hanna | 2021: 6 | 2022: 7"
    )


def test_years_left_out_head_columns_of_other_figures_but_are_a_row_among_years() -> None:
    raw = b"Farm;2019;2021;2022;Trees\nHof;2.050;1.870;2.210;655\nAu;760;802;815;1.020"
    text = parse(raw, name="farms.csv").text
    assert text.startswith("Farm: Hof | 2019: 2.050 | 2021: 1.870 | 2022: 2.210 | Trees: 655\n")
    people = parse(b"Ada;1931;1955;1989\nOle;1940;1961;1990\nIne;1938;1950;1970", name="a.csv")
    assert people.text.startswith("Ada | 1931 | 1955 | 1989\n")
