"""Markdown to plain text: facts, headings with their places, and no markup left over."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.draft import IMPOSSIBLE, DocumentDraft
from rag.documents.markdown import read_markdown


def sound(draft: DocumentDraft) -> DocumentDraft:
    """The draft, once its headings are proved to stand where they say."""
    for heading in draft.headings:
        assert heading.title
        assert draft.text[heading.start :].startswith(heading.title)
    assert [h.start for h in draft.headings] == sorted(h.start for h in draft.headings)
    return draft


def test_front_matter() -> None:
    draft = sound(
        read_markdown("---\ntitle: Chips\ndate: 2025-08-12\nsource: A desk\n---\n# Other\n\nText.")
    )
    assert (draft.title, draft.date, draft.source) == ("Chips", date(2025, 8, 12), "A desk")
    assert draft.text == "Other\n\nText."


@pytest.mark.parametrize(
    ("front", "title", "day"),
    [
        ('title: "Did it: yes"\ndate: 2025-01-02', "Did it: yes", date(2025, 1, 2)),
        ("title: Did it: yes\ndate: 2025-01-02", "Did it: yes", date(2025, 1, 2)),
        ('title: "unclosed\ndate: 2025-01-02', "unclosed", date(2025, 1, 2)),
        ("title: x\ndate: 2025-13-45", "x", IMPOSSIBLE),
        ("title: x\ndate: soon", "x", None),
        ("title: 2024\ndate: 2025-01-02T08:00:00+02:00", "2024", date(2025, 1, 2)),
        ("title: 'x'\ndate: January 2, 2025", "x", date(2025, 1, 2)),
        ("Title: x\nDATE: 2025/01/02", "x", date(2025, 1, 2)),
        ("title: null\ndate:", "", None),
        ("title: [a, b]\ndate: {a: b}", "", None),
        ("title: &a [x, x]\nmore: &b [*a, *a]\ndate: 2025-01-02", "", date(2025, 1, 2)),
        ("? [a]: b\n: c\ntitle: x", "x", None),
    ],
)
def test_front_matter_valid_or_not(front: str, title: str, day: date | None) -> None:
    draft = read_markdown(f"---\n{front}\n---\nBody stays.\n")
    assert (draft.title, draft.date, draft.text) == (title, day, "Body stays.")


def test_deep_front_matter_does_not_fail() -> None:
    front = "a: " + "[" * 3000 + "]" * 3000
    assert read_markdown(f"---\ntitle: x\n{front}\n---\nBody.").text == "Body."


@pytest.mark.parametrize(
    "text", ["No front.\n", "---\nJust a line\n---\nText", "Text\n\n---\na: b\n---\n"]
)
def test_what_only_looks_like_front_matter_is_kept(text: str) -> None:
    kept = read_markdown(text).text
    assert "".join(c for c in text if c.isalpha()) == "".join(c for c in kept if c.isalpha())


def test_front_matter_alone_leaves_nothing() -> None:
    assert read_markdown("---\ntitle: x\n---\n").text == ""
    assert read_markdown("---\ntitle: x\n---").text == ""


def test_headings() -> None:
    text = "# One *two*\n\nText.\n\nSetext  \nheading\n---\n\n#\n\n## `code` &amp; [link](x)\n\nEnd"
    draft = sound(read_markdown(text))
    assert [h.title for h in draft.headings] == ["One two", "Setext heading", "code & link"]
    assert draft.title == "One two"


def test_a_heading_in_a_list_or_a_quote() -> None:
    draft = sound(read_markdown("- # In a list\n\n> ## In a quote\n> Text"))
    assert [h.title for h in draft.headings] == ["In a list", "In a quote"]
    assert draft.text == "In a list\n\nIn a quote\n\nText"


def test_inline_marks_are_gone() -> None:
    text = "*a* **b** ~~c~~ `d` [e](http://x) ![f *g*](h.png) <http://i> \\*j\\* k&nbsp;&lt;l&gt;"
    assert read_markdown(text).text == "a b c d e f g http://i *j* k\xa0<l>"


def test_soft_breaks_join_and_hard_breaks_end() -> None:
    assert read_markdown("one\ntwo  \nthree<br>four").text == "one two\nthree\nfour"


def test_nested_lists() -> None:
    text = "Before\n\n- a\n  - b\n    1. c\n    2. d\n- e\n\n  more of e\n\nAfter"
    assert read_markdown(text).text == ("Before\n\n• a\n• b\n1. c\n2. d\n• e\nmore of e\n\nAfter")


def test_empty_items_leave_no_marks() -> None:
    assert read_markdown("-\n- a\n-\n\nAfter").text == "• a\n\nAfter"


def test_tables() -> None:
    text = "| Year | Sales |\n|---|---|\n| 2024 | **12** |\n| 2025 | |\n\nAfter"
    assert read_markdown(text).text == "Year: 2024 | Sales: 12\nYear: 2025\n\nAfter"


def test_code_is_kept() -> None:
    assert read_markdown("```py\nx = 1\n\ny = <b>\n```\nAfter").text == "x = 1\n\ny = <b>\n\nAfter"
    assert read_markdown("    indented is prose here").text == "indented is prose here"


def test_raw_html_keeps_its_words_and_loses_its_tags() -> None:
    text = (
        '<div align="center">\n<p>Kept &amp; <b>bold</b>.</p>\n<script>evil()</script>\n</div>\n\n'
        "Inline <span title='no'>kept</span> <script>evil()</script><!-- hidden --> end.\n\n"
        "<style>p {color: red}</style>\n\n<table><tr><td>cell</td></tr></table>\n"
    )
    plain = read_markdown(text).text
    assert "Kept & bold." in plain
    assert "Inline kept" in plain
    assert "cell" in plain
    for gone in ("<", ">", "evil", "hidden", "color", "align", "title"):
        assert gone not in plain


def test_everything_at_once_is_sound() -> None:
    blocks = [
        "# H",
        "- a\n- b",
        "> q",
        "| a |\n|---|\n| 1 |",
        "<p>x</p>",
        "```\nc\n```",
        "***",
        "t",
    ]
    for first in blocks:
        for second in blocks:
            draft = sound(read_markdown(f"{first}\n\n{second}\n\n## End"))
            assert draft.text == draft.text.strip()
            assert draft.text.endswith("End")


@given(st.text(st.sampled_from("#*_-`|[]()<>!&;:>\\ \n\tab1.~é😀\"'="), max_size=200))
def test_any_markup_gives_a_sound_draft(text: str) -> None:
    sound(read_markdown(text))


@given(st.lists(st.from_regex(r"[A-Za-z][a-z]{2,9}", fullmatch=True), min_size=1, max_size=30))
def test_no_word_is_lost(words: list[str]) -> None:
    text = f"# {words[0]}\n\n- {' '.join(words)}\n\n| {words[-1]} |\n|---|\n\n<p>{words[0]}</p>\n"
    expected = [words[0], *words, words[-1], words[0]]
    assert [w for w in read_markdown(text).text.replace("•", "").split() if w != "|"] == expected


@pytest.mark.parametrize("piece", ["[", "*a", "`", "> ", "![", "<a", "_", "\\", "&", "[a](", "- "])
def test_repeated_markup_is_read_in_time(piece: str) -> None:
    read_markdown(piece * 5000)


def test_what_an_interviewer_says_heads_the_reply() -> None:
    asked = ("Why a tram?", "It will cost too much.", "Who pays?", "And then?")
    draft = read_markdown("# Trams\n\n" + "\n\n".join(f"**{one}**\n\nA reply." for one in asked))
    assert [heading.title for heading in draft.headings] == ["Trams", *asked]
    sound(draft)


def test_a_bold_line_is_a_heading_and_a_bold_sentence_is_none() -> None:
    draft = read_markdown("**Safety first**\n\n**Never open the lid.**\n\nIt is **hot**.")
    assert [heading.title for heading in draft.headings] == ["Safety first"]
    assert draft.title == ""
