"""Sentences as exact spans, nothing lost, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.sentences import split_sentences
from rag.documents.table import is_row

AWKWARD = "|aB.!?…\"”'()1-•\n \t\u00a0\u2028\x0b\x1c،؟。é\u0301\u200d😀👩مא你 "


def quoted(text: str, longest: int = 800) -> list[str]:
    return [text[s.span.start : s.span.end] for s in split_sentences(text, longest=longest)]


def test_abbreviations_numbers_and_initials() -> None:
    text = (
        "Mr. Smith of the U.S. government paid $3.5 million on Jan. 5. J. K. Rowling wrote it, "
        "e.g. at 5 p.m. daily. Nvidia Corp. rose 3%. See www.site.com for v1.2.3 of it."
    )
    assert quoted(text) == [
        "Mr. Smith of the U.S. government paid $3.5 million on Jan. 5.",
        "J. K. Rowling wrote it, e.g. at 5 p.m. daily.",
        "Nvidia Corp. rose 3%.",
        "See www.site.com for v1.2.3 of it.",
    ]


def test_quotations() -> None:
    assert quoted('He said "No." Then he left. "Is it?" she asked. Really?! Yes.') == [
        'He said "No."',
        "Then he left.",
        '"Is it?" she asked.',
        "Really?!",
        "Yes.",
    ]


def test_other_scripts() -> None:
    assert quoted("你好。再见!这是第三句。") == ["你好。", "再见!", "这是第三句。"]
    assert quoted("مرحبا. كيف حالك؟ جيد.") == ["مرحبا.", "كيف حالك؟", "جيد."]
    text = "e\u0301te\u0301 fini. 👩‍👩‍👧 came. Z\u0324\u0311algo."
    assert quoted(text) == ["e\u0301te\u0301 fini.", "👩‍👩‍👧 came.", "Z\u0324\u0311algo."]


@pytest.mark.parametrize("marker", ["1. ", "12) ", "• ", "- ", "– ", "*   "])
def test_a_list_marker_stands_outside_the_quote(marker: str) -> None:
    text = f"{marker}Rollo led them. He won."
    first, second = split_sentences(text)
    assert text[first.span.start : first.span.end] == "Rollo led them."
    assert first.outer.start == 0
    assert text[second.outer.start : second.outer.end] == "He won."


@pytest.mark.parametrize("text", ["-", "• ", "12)", "1."])
def test_a_marker_alone_is_kept(text: str) -> None:
    assert "".join(quoted(text)).split() == text.split()


def test_a_newline_ends_a_sentence() -> None:
    assert quoted("one\ntwo. Three\n\nfour") == ["one", "two.", "Three", "four"]


def test_paragraphs_and_fragments() -> None:
    found = split_sentences("A heading\n\nA sentence. Another.\nBy Jane Doe")
    assert [(s.paragraph, s.fragment) for s in found] == [
        (0, True),
        (1, False),
        (1, False),
        (2, True),
    ]


def test_a_long_sentence_is_cut_at_blanks() -> None:
    text = "word " * 500 + "end."
    pieces = quoted(text)
    assert all(len(piece) <= 800 for piece in pieces)
    assert " ".join(pieces) == text


def test_the_row_of_a_table_is_one_sentence_however_long_it_is() -> None:
    row = f"Town: Lund | Note: {'Old and closed. It is far. ' * 40}| Boats: 4"
    assert len(row) > 800
    assert quoted(f"Before it.\n{row}\nAfter it.") == ["Before it.", row, "After it."]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "A. " * 30_000,
        "etc. and " * 10_000,
        "!?" * 30_000,
        "\u0301" * 10_000,
        "(" * 10_000,
        '"' * 10_000,
        "x\n" * 5_000,
        "1. " * 5_000,
        "😀" * 10_000,
    ],
)
def test_monotonous_texts_are_split_in_time(text: str) -> None:
    check(text, 800)


@given(st.text(AWKWARD, max_size=300), st.sampled_from([1, 7, 200, 800]))
def test_spans_of_awkward_texts(text: str, longest: int) -> None:
    check(text, longest)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_spans_of_any_text(text: str) -> None:
    check(text, 800)


def check(text: str, longest: int) -> None:
    """Outer spans are in order, apart, trimmed, within the limit, and cover what is not blank."""
    last = 0
    for sentence in split_sentences(text, longest=longest):
        outer, span = sentence.outer, sentence.span
        assert last <= outer.start < outer.end
        assert not text[last : outer.start].strip()
        assert outer.start <= span.start < span.end == outer.end
        quote = text[span.start : span.end]
        assert quote == quote.strip()
        assert "\n" not in quote
        assert outer.end - outer.start <= longest or is_row(quote)
        last = outer.end
    assert not text[last:].strip()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["Am 3. Mai kam z. B. Dr. Meier.", "Es kostet ca. 40 Mio. Euro."]),
        ("fr", ["M. Dupont paie le 5 janv. 2020.", "Il part.", "Il en a 3.", "5 ans après."]),
        ("es", ["El Sr. Pérez pagó 3 €.", "¿Quién?", "¡Nadie!"]),
        ("ru", ["Г. Иванов жил на ул. Мира в 1932 г. в городе.", "Он строил мосты."]),
        ("zh", ["他说：“我去。”", "港口建于1932年。", "真的吗？"]),
        ("hi", ["पुल 1932 में बना।", "बंदरगाह खुला।"]),
        ("xx", ["One.", "Two."]),
        ("", ["Mr. Smith of the U.S. paid.", "He won."]),
    ],
)
def test_abbreviations_of_a_language(language: str, expected: list[str]) -> None:
    text = ("" if language == "zh" else " ").join(expected)
    found = split_sentences(text, language)
    assert [text[s.span.start : s.span.end] for s in found] == expected
    assert not any(s.fragment for s in found)


def test_a_long_sentence_without_blanks_is_cut_at_its_commas_and_never_before_a_mark() -> None:
    text = "渡轮从青竹岛开往白沙镇，" * 30 + "每天如此。"
    pieces = quoted(text, 100)
    assert "".join(pieces) == text
    assert all(piece.endswith(("，", "。")) for piece in pieces)
    thai = "กิ" * 300
    assert all(piece[0] == "ก" for piece in quoted(thai, 101))
