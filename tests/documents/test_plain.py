"""Plain text: unwrapped lines and title."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.plain import read_plain

BLANKS = dict.fromkeys(map(ord, "-\n\t \x0b\u2028"))
WRAPPED = """The harbour of Dorestad

The harbour lay where the Lek leaves the Rhine, and for two hundred years every
ship that went upstream paid a toll there. Dendrochronology puts the first quays
at 675. The last were built around 840, a few years before
the river moved away.

Nobody built on the silt afterwards."""


def test_hard_wrapped_lines_are_joined() -> None:
    lines = [line for line in read_plain(WRAPPED).text.split("\n") if line]
    assert len(lines) == 3
    assert lines[1].endswith("a few years before the river moved away.")


def test_a_title_right_above_its_text_stays_a_line() -> None:
    title = "Chinese authorities urge companies to avoid an export chip"
    text = (
        f"{title}\nBy Jane Doe\n" + "The letters went out in July, people who saw them said. " * 9
    )
    assert read_plain(text).text.split("\n")[:2] == [title, "By Jane Doe"]


def test_paragraphs_on_single_lines_stay_apart() -> None:
    first = (
        "One paragraph stands on a single long line that nobody wrapped at any column"
        + " or so" * 9
    )
    second = "Another paragraph begins with a capital letter right below it" + " as well" * 8
    assert read_plain(f"{first}\n{second}").text == f"{first}\n{second}"


def test_a_line_that_starts_small_goes_on() -> None:
    text = "The committee met in the old town hall of the U.S.\ngovernment, and left."
    assert "U.S. government" in read_plain(text).text


def test_list_items_stay_lines() -> None:
    text = "Points that were made by the committee when it met\n- one\n- and another\n1. and more"
    assert read_plain(text).text == text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Rollo\n\nRollo led.", "Rollo"),
        ("\n\n  Rollo  \n\nHe led.", "Rollo"),
        ("This is a sentence, not a title.\n\nMore.", ""),
        ("LONG READ\n\nThe night shift\n\nAt ten he comes.", "LONG READ: The night shift"),
        ("\n" * 9 + "The night shift\n\nAt ten he comes.", "The night shift"),
        ("RECIPE\n\n1. Mix it.\n\nBake it.", "RECIPE"),
        ("RULES OF THE HOUSE\n\nNobody smokes.\n\nMore.", "RULES OF THE HOUSE"),
        ("x" * 151 + "\n\nMore.", ""),
        ("", ""),
    ],
)
def test_title(text: str, title: str) -> None:
    assert read_plain(text).title == title


@given(st.text(st.sampled_from("ab. \n\t-1.)é\u2028\x0b"), max_size=300))
def test_only_newlines_and_hyphens_change(text: str) -> None:
    plain = read_plain(text).text
    assert plain.translate(BLANKS) == text.translate(BLANKS)


def test_awkward_texts() -> None:
    for text in ["", "\n", " ", "word" * 25_000, "\n" * 1000, "مرحبا بالعالم\nسطر", "😀\n😀"]:
        assert len(read_plain(text).text) == len(text)


def test_a_word_broken_at_the_end_of_a_line_is_whole() -> None:
    text = (
        "The county is to build a desali-\nnation works and a well-\nknown architect is asked.\n"
        "The well-known man drew Nord- und Südhafen, the North-\nSouth line and the lines Ost-\n"
        "und Westbahn in 1950-\n1962, which the people here call self-\nmade."
    )
    plain = read_plain(text).text
    for kept in ("a desalination works", "a well-known architect", "Ost- und West", "self-made"):
        assert kept in plain
