"""HTML: the article of a page, nothing of its frame, no markup."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.blocks import visible_text
from rag.documents.html import read_html
from rag.documents.read import parse
from rag.errors import ReadError

PAGE = """<!DOCTYPE html><html><head><title>Letters go out | The Paper</title>
<meta property="article:published_time" content="2025-08-12T10:00:00Z">
<script>var secret = "scripted";</script><style>.styled {color: red}</style></head>
<body><nav><ul><li><a href="/">Homepage</a></li><li><a href="/w">World</a></li></ul></nav>
<header><a href="/login">Log in</a></header>
<article><h1>Letters go out</h1>
<p>The ministry sent letters to forty firms on Tuesday, people who saw them said.</p>
<h2>What the letters_ask</h2>
<p>Use of the &lt;div&gt; tag &amp; of 2 * 3 * 4 parts is <b>bold</b> in [brackets](x).</p>
<p># A hash at the start of a paragraph makes no heading of it at all.</p>
<p>1986. That was the year in which the first of these letters had been sent.</p>
<ul><li>One point that they make</li><li>Another point that they make</li></ul>
<table><tr><th>Year</th><th>Letters</th></tr><tr><td>2024</td><td>12</td></tr></table>
<blockquote>We have answered all of them, a director said.</blockquote>
<script>document.write("scripted too")</script>
<p>Nobody at the ministry wanted to comment on the <a href="/x">letters</a> this week.</p>
</article><aside><p>Buy our mug</p></aside><footer>Imprint of The Paper</footer></body></html>"""


def test_facts_of_a_page() -> None:
    draft = read_html(PAGE)
    assert draft.title == "Letters go out"
    assert draft.date == date(2025, 8, 12)
    assert [h.title for h in draft.headings] == ["Letters go out", "What the letters_ask"]
    for heading in draft.headings:
        assert draft.text[heading.start :].startswith(heading.title)


def test_the_article_is_kept() -> None:
    text = read_html(PAGE).text
    for kept in (
        "sent letters to forty firms on Tuesday, people who saw them said.",
        "Use of the <div> tag & of 2 * 3 * 4 parts is bold in [brackets](x).",
        "# A hash at the start of a paragraph",
        "1986. That was the year",
        "• One point that they make",
        "Year: 2024 | Letters: 12",
        "We have answered all of them",
        "comment on the letters this week.",
    ):
        assert kept in text


def test_the_frame_is_dropped() -> None:
    text = read_html(PAGE).text
    for dropped in ("Homepage", "Log in", "scripted", "styled", "mug", "Imprint", "</"):
        assert dropped not in text


def test_a_page_without_an_article_gives_what_is_visible() -> None:
    assert read_html("just words").text == "just words"
    assert read_html("<html><body><div>" * 300 + "deep words here").text == "deep words here"
    assert read_html("<p>Rollo.<script>x()</script><!-- y --></p>").text == "Rollo."


def test_no_date_is_made_up() -> None:
    draft = read_html(
        "<html><head><title>T</title></head><body><p>Long ago it was.</p></body></html>"
    )
    assert draft.date is None


def test_an_xml_declaration_is_no_trouble() -> None:
    assert "forty firms" in read_html("<?xml version='1.0' encoding='utf-8'?>" + PAGE).text


@pytest.mark.parametrize(
    "page", ["", "<html><body></body></html>", "<p>", "<script>x()</script>", " \n"]
)
def test_an_empty_page_is_a_read_error(page: str) -> None:
    with pytest.raises(ReadError, match=r"a\.html holds no text"):
        parse(page.encode(), name="a.html")


def test_a_declared_encoding_is_found() -> None:
    page = PAGE.replace("<head>", '<head><meta charset="windows-1252">').replace("mug", "Größe")
    page = page.replace("forty firms", "forty “firms” in Köln")
    assert "forty “firms” in Köln" in parse(page.encode("cp1252"), name="a.html").text


@given(st.text(st.sampled_from("<>/!-[]&;pbdiv =\"'x \n?CDATAé😀"), max_size=120))
def test_any_markup_is_read_or_refused(page: str) -> None:
    message = "holds no text"
    try:
        parse(page.encode(), name="a.html")
    except ReadError as error:
        message = str(error)
    assert "holds no text" in message


@given(st.text(st.sampled_from("<>/!-[]&;pbdivscrt =\"'x\n"), max_size=120))
def test_visible_text_never_fails(markup: str) -> None:
    visible_text(markup)


def test_visible_text_by_blocks() -> None:
    markup = "a<br>b<p>c <i>d</i></p><ul><li>e<li>f</ul><template>g</template>&lt;h&gt;<br/>i"
    assert visible_text(markup) == "a\nb\nc d\n• e\n• f\n<h>\ni"


def test_an_open_head_hides_no_body() -> None:
    assert visible_text("<html><head><title>t</title><body><p>a") == "a"


def test_nothing_is_said_on_the_screen() -> None:
    code = (
        "from rag.documents.html import read_html\n"
        "for page in ('', ' ', '<p>', '<html></html>', '<div>' * 3000, 'x', '<?xml?>'):\n"
        "    read_html(page)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_body_without_parts_keeps_its_headings_and_lists() -> None:
    said = "Grass pollen flies from May to July, and most people react to it, doctors say. " * 4
    tips = "<ul><li>Wear wide glasses.<li>Shower when you come home.</ul>"
    page = f"<html><body><h1>Hay fever</h1><p>{said}</p><h2>What helps</h2>{tips}<p>{said}</p>"
    text = read_html(f"{page}</body></html>").text
    assert "What helps" in text
    assert "Wear wide glasses." in text


def test_a_year_that_is_told_of_is_not_the_date_of_the_page() -> None:
    said = "The works burned in 1911, and the exhibition of 2011 showed what was left of them. " * 5
    assert read_html(f"<html><body><h1>The fire</h1><p>{said}</p></body></html>").date is None


def test_spans_that_only_the_style_sets_apart_are_words_of_their_own() -> None:
    said = "The otters of the zoo are fed in the morning, and everybody may look on. " * 5
    row = "<div><span class='what'>Snow leopards</span><span class='when'>14:45</span></div>"
    text = read_html(f"<html><body><article><p>{said}</p>{row}<p>{said}</p></article>").text
    assert "Snow leopards 14:45" in text
    assert "Hello" in read_html(f"<p><span>H</span><span>ello</span> there. {said}</p>").text


def test_lines_of_names_beside_lines_of_figures_are_rows() -> None:
    said = "The zoo lies on both banks of the river and shows three hundred animals. " * 5
    cells = "<td>Zoo<br>Cash desk</td><td>9:00 to 17:00<br>closed</td>"
    page = f"<html><body><article><p>{said}</p><table><tr><th>Winter</th>{cells}</tr>"
    text = read_html(
        f"{page}<tr><th>Summer</th><td>Zoo<br>Shop</td><td>Main gate</td></table>"
    ).text
    assert "Winter | Zoo | 9:00 to 17:00\nWinter | Cash desk | closed" in text
    assert "Summer | Zoo Shop | Main gate" in text
