from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.escaping import on_one_line
from rag.page.elements import pieces, plain
from rag.schema import Document, Heading, Place

TEXT = "Geese\n\nThey breed in Greenland.\n\nFerries\n\nHanna was built in 1962."
DOCUMENT = Document("a.md", "Geese", TEXT, headings=(Heading(0, "Geese"), Heading(33, "Ferries")))


@given(st.data())
def test_the_pieces_are_the_article(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT)))
    end = data.draw(st.integers(start, len(TEXT)))
    found = pieces(DOCUMENT, start, end)
    assert "".join(text for text, _ in found) == TEXT
    assert [text for text, kind in found if kind == "quote"] == (
        [TEXT[start:end]] if end > start else []
    )


def test_headings_are_marked_where_the_quote_is_elsewhere() -> None:
    start = TEXT.index("They")
    kinds = [(text, kind) for text, kind in pieces(DOCUMENT, start, start + 25) if kind]
    assert kinds == [
        ("Geese", "heading"),
        (TEXT[start : start + 25], "quote"),
        ("Ferries", "heading"),
    ]


def test_a_heading_that_the_text_does_not_hold_is_not_marked() -> None:
    document = Document("a.md", "A", "One two", headings=(Heading(0, "Another"),))
    assert pieces(document, 0, 0) == [("One two", "")]


@given(st.data())
def test_places_stand_before_their_first_character(data: st.DataObject) -> None:
    starts = data.draw(st.sets(st.integers(0, len(TEXT) - 1), max_size=4))
    places = tuple(Place(start, f"p. {n}", n) for n, start in enumerate(sorted(starts), 1))
    start = data.draw(st.integers(0, len(TEXT)))
    end = data.draw(st.integers(start, len(TEXT)))
    found = pieces(replace(DOCUMENT, places=places), start, end)
    at, seen = 0, []
    for text, kind in found:
        if kind == "place":
            seen.append((at, text))
        else:
            assert TEXT.startswith(text, at)
            at += len(text)
    assert at == len(TEXT)
    assert seen == [(place.start, place.name) for place in places]
    quoted = "".join(text for text, kind in found if kind == "quote")
    assert quoted == TEXT[start:end]


@given(st.text(st.characters(codec="utf-8")))
def test_plain_text_has_no_live_markup(text: str) -> None:
    shown = re.sub(r":color\[(\\.)\]", r"\1", plain(text))
    assert "\n" not in shown
    bare = shown.replace("\\\\", "")
    for place, character in enumerate(bare):
        if character in "`*_{}[]()<>#!|$~:&":
            assert bare[place - 1] == "\\"
    assert shown.replace("\\", "") == on_one_line(text).replace("\\", "")
