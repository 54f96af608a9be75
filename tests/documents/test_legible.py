"""What nobody sees is left out of a draft, wherever it is read."""

from __future__ import annotations

import sys

import pytest

from rag.documents.apart import read_apart
from rag.documents.draft import DocumentDraft
from rag.documents.legible import legible
from rag.documents.limits import LONG
from rag.documents.read import parse
from rag.schema import Heading

SAID = "It sa\u200bils\u202e at nine."


def test_places_move_with_the_text_and_it_is_told() -> None:
    two = Heading(len(SAID) + 1, "Two")
    draft = legible(DocumentDraft(f"{SAID}\nTwo", "T\u200b", headings=(two,)))
    assert (draft.text, draft.title) == ("It sails at nine.\nTwo", "T")
    assert draft.text[draft.headings[0].start :] == "Two"
    assert draft.remarks == ("1 invisible character left out.",)


def test_halves_of_characters_are_replaced() -> None:
    assert legible(DocumentDraft("a\ud800", "")).text == "a\ufffd"


def test_a_long_text_is_looked_at_apart_and_a_short_one_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = f"{SAID}\n" * (LONG // len(SAID))
    assert "\u200b" not in read_apart(text.encode(), ".txt").text
    assert "\u200b" in read_apart(text.encode(), ".txt", seen=False).text  # to be saved
    assert parse(SAID.encode(), name="a.txt").text == "It sails at nine."
    monkeypatch.setattr(sys.modules["rag.documents.read"], "legible", None)
    document = parse(text.encode(), name="a.txt")
    assert "\u200b" not in document.text
    assert "invisible character" in document.remarks[0]
