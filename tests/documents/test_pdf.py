"""PDF: reading order, paragraphs, what is left out, and where each page begins."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents.pdf import read_pdf
from rag.documents.read import parse
from rag.errors import ReadError
from rag.schema import Document
from tests.documents.made import FIRST, HEIGHT, SECOND, WIDTH, column, pdf, wrapped
from tests.documents.test_split import check as check_passages

LEFT = (
    "The harbour of Skarvik was dug in 1871 by four hundred labourers who came from the valley of "
    "the Lund and stayed on as boatbuilders. The state paid for the first pier; the second was "
    "built by the town itself, with a loan that was paid back in 1904 to the last crown."
)
RIGHT = (
    "Ferries ran twice a day until the bridge was opened. After that the company sold three ships "
    "to owners in the north. The last of them is kept as a museum and takes guests on Sundays "
    "during the summer months, when volunteers from the town fire her old boiler."
)


def read(*pages: Any, **facts: Any) -> Document:
    return parse(pdf(*pages, **facts), name="a.pdf")


def paragraphs(document: Document) -> list[str]:
    return document.text.split("\n\n")


def running(number: int, canvas: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(60, HEIGHT - 40, "Annals of Ferries, volume 3")
    canvas.drawString(WIDTH / 2, 30, f"{number}")
    canvas.setFont("Helvetica", 10)


def test_two_columns_under_a_title_each_from_top_to_foot() -> None:
    def page(canvas: Any) -> None:
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(60, HEIGHT - 70, "A history of the harbour and of its many ferries")
        canvas.setFont("Helvetica", 10)
        column(canvas, LEFT, width=220)
        column(canvas, RIGHT, x=310, width=220)

    document = read(page)
    assert paragraphs(document) == ["A history of the harbour and of its many ferries", LEFT, RIGHT]
    assert document.title == document.headings[0].title == paragraphs(document)[0]


def test_columns_printed_line_by_line_across() -> None:
    def page(canvas: Any) -> None:
        lines = zip(wrapped(LEFT, 220), wrapped(RIGHT, 220), strict=False)
        for number, (left, right) in enumerate(lines):
            canvas.drawString(60, HEIGHT - 100 - 12 * number, left)
            canvas.drawString(310, HEIGHT - 100 - 12 * number, right)

    first, second = paragraphs(read(page))
    assert LEFT.startswith(first[:200])
    assert RIGHT.startswith(second[:200])


def test_three_columns() -> None:
    def page(canvas: Any) -> None:
        for number, text in enumerate((LEFT, RIGHT, LEFT)):
            column(canvas, text, x=40 + 180 * number, width=150)

    assert paragraphs(read(page)) == [LEFT, RIGHT, LEFT]


def test_a_table_across_the_page_and_one_inside_a_column() -> None:
    rows = [["Town", "Opened", "Cost"], ["Lund", "1932", "40,000"], ["Skarvik", "1962", "12,500"]]
    wanted = "Town: Lund | Opened: 1932 | Cost: 40,000\nTown: Skarvik | Opened: 1962 | Cost: 12,500"

    def page(canvas: Any) -> None:
        end = column(canvas, f"{LEFT} {LEFT}", width=220)
        top = column(canvas, RIGHT, x=310, width=220)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                canvas.drawString(310 + 80 * x, HEIGHT - top - 25 - 16 * y, cell)
                canvas.drawString(60 + 160 * x, HEIGHT - end - 40 - 16 * y, cell)

    assert paragraphs(read(page)) == [f"{LEFT} {LEFT}", RIGHT, wanted, wanted]


def test_hyphens_at_line_ends() -> None:
    lines = [
        "The harbour master kept a well-known regis-",
        "ter of ships; the state-owned yard and its well-",
        "known owner kept another, from 1950-",
        "1962, with a ship\u00adyard's seal and ribbon on each page of it.",
    ]
    (text,) = paragraphs(read(lambda canvas: column(canvas, lines)))
    assert "well-known register of ships" in text
    assert "its well-known owner" in text  # as it stands elsewhere
    assert "from 1950-1962" in text


def test_a_sentence_goes_on_over_the_page_and_heads_and_feet_are_left_out() -> None:
    halves = LEFT.split(" and stayed ")

    def page(number: int) -> Any:
        def draw(canvas: Any) -> None:
            running(number, canvas)
            column(canvas, f"and stayed {halves[1]}" if number == 2 else RIGHT, top=100)
            column(canvas, halves[0] if number == 1 else FIRST, top=700)

        return draw

    document = read(*(page(number) for number in (1, 2, 3, 4)))
    assert LEFT in document.text
    assert "Annals" not in document.text
    assert not any(line.strip().isdigit() for line in document.text.split("\n"))
    second = document.places[1]
    assert (second.name, second.page) == ("p. 2", 2)
    assert document.text[second.start :].startswith("and stayed on")
    assert document.place(document.text.index(LEFT)).page == 1
    check_passages(document, 800)


def test_a_page_with_a_number_alone_keeps_it() -> None:
    assert read(lambda canvas: canvas.drawString(60, 700, "1932")).text == "1932"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_text_printed_sideways(turn: int) -> None:
    def page(canvas: Any) -> None:
        canvas.translate(WIDTH / 2, HEIGHT / 2)
        canvas.rotate(turn)
        canvas.translate(-250, -HEIGHT)
        column(canvas, LEFT, x=0, top=0)

    assert read(page).text == LEFT


def test_a_turned_page() -> None:
    def page(canvas: Any) -> None:
        canvas.setPageRotation(90)
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        column(canvas, LEFT, top=HEIGHT - 400)

    assert read(page).text == LEFT


def test_items_and_paragraphs_keep_apart() -> None:
    def page(canvas: Any) -> None:
        end = column(canvas, FIRST)
        end = column(canvas, ["• one thing", "• another thing"], top=end + 10)
        column(canvas, SECOND, top=end + 10)

    assert paragraphs(read(page)) == [FIRST, "• one thing\n• another thing", SECOND]


def test_headings_are_what_is_printed_larger() -> None:
    def page(canvas: Any) -> None:
        for top, title, text in ((100, "Bridges", LEFT), (300, "Ferries", RIGHT)):
            canvas.setFont("Helvetica-Bold", 14)
            canvas.drawString(60, HEIGHT - top, title)
            canvas.setFont("Helvetica", 10)
            column(canvas, text, top=top + 30)

    document = read(page)
    assert [heading.title for heading in document.headings] == ["Bridges", "Ferries"]
    assert document.text[document.headings[1].start :].startswith("Ferries\n\nFerries ran")


def test_bold_that_is_printed_twice_is_read_once() -> None:
    def page(canvas: Any) -> None:
        column(canvas, FIRST)
        column(canvas, FIRST, x=60.3)

    assert read(page).text == FIRST


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("Microsoft Word - Document1", "a"),
        ("report.docx", "a"),
        ("untitled", "a"),
        ("Rollo", "Rollo"),
    ],
)
def test_titles_of_programs_are_none(told: str, title: str) -> None:
    assert read(lambda canvas: column(canvas, LEFT), Title=told).title == title


def test_a_date_in_the_text_counts_before_the_file_s() -> None:
    document = read(lambda canvas: column(canvas, ["Published: 5 March 2024", "", FIRST]))
    assert document.date == date(2024, 3, 5)


def test_a_locked_file_says_so() -> None:
    with pytest.raises(ReadError, match=r"a\.pdf is locked with a password\. Save a copy"):
        read(lambda canvas: column(canvas, FIRST), encrypt="secret")


WORDS = st.text(st.sampled_from("abcdeé-.,;|•1"), min_size=1, max_size=9)
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=9).map(" ".join), min_size=1, max_size=6)
BLOCKS = st.lists(
    st.tuples(LINES, st.integers(30, 450), st.integers(40, 780), st.sampled_from([7, 10, 16])),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40)
@given(st.lists(BLOCKS, min_size=1, max_size=3))
def test_whatever_is_printed_offsets_are_exact_and_no_letter_comes_from_nowhere(
    pages: list[list[tuple[list[str], int, int, int]]],
) -> None:
    def page(blocks: list[tuple[list[str], int, int, int]]) -> Any:
        def draw(canvas: Any) -> None:
            for lines, x, top, size in blocks:
                canvas.setFont("Helvetica", size)
                column(canvas, lines, x=x, top=top, step=size * 1.2)

        return draw

    draft = read_pdf(pdf(*map(page, pages), page([([FIRST], 40, 20, 10)])))
    document = Document("a.pdf", "A", draft.text, headings=draft.headings, places=draft.places)
    check_passages(document, 200)
    for heading in draft.headings:
        assert draft.text[heading.start : heading.start + len(heading.title)] == heading.title
    starts = [place.start for place in draft.places]
    assert starts == sorted(set(starts))
    assert not any(draft.text[start].isspace() for start in starts)
    printed = {letter for blocks in pages for lines, *_ in blocks for letter in "".join(lines)}
    assert set(draft.text) <= printed | set(FIRST) | set(" |\n-…:/")


def lettered(letters: dict[str, str], *pages: str) -> bytes:
    """A PDF of one line a page, where some letters stand for others, as fonts of formulas do."""
    told = "".join(
        f"<{ord(one):02X}><{other.encode('utf-16-be').hex()}>" for one, other in letters.items()
    )
    cmap = (
        "begincmap 1 begincodespacerange<00><FF>endcodespacerange "
        f"{len(letters)} beginbfchar {told} endbfchar endcmap"
    )
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 4 0 R>>",
        f"<</Length {len(cmap)}>>stream\n{cmap}\nendstream",
    ]
    for number, line in enumerate(pages):
        content = f"BT /F 12 Tf 50 700 Td ({line}) Tj ET"
        objects += [
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>"
            f"/Contents {6 + 2 * number} 0 R>>",
            f"<</Length {len(content)}>>stream\n{content}\nendstream",
        ]
    raw, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(raw))
        raw += f"{number} 0 obj{content} endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    end = f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(raw)}\n%%EOF"
    return f"{raw}{head}{table}{end}".encode("latin-1")


def test_letters_beyond_the_basic_plane_are_whole_and_move_no_offset() -> None:
    letters = {"A": "𝐀", "B": "😀", "C": "ffi", "D": "𠮷"}
    raw = lettered(letters, "xA yB zCw ABAD end.", "The second page says more.")
    document = parse(raw, name="a.pdf")
    assert document.text.startswith("x𝐀 y😀 zffiw 𝐀😀𝐀𠮷 end.")
    second = document.text.index("The second")
    assert [(place.start, place.page) for place in document.places] == [(0, 1), (second, 2)]
    assert document.place(second).name == "p. 2"


def test_half_a_letter_is_told_as_such() -> None:
    raw = lettered({"A": "𝐀", "B": "é"}, "xAy B.").replace(b"d835dc00", b"dc00d835")
    assert parse(raw, name="a.pdf").text == "x\ufffd\ufffdy é."
