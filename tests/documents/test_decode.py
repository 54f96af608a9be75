"""Bytes to text: every usual encoding, and a clear refusal of what is no text."""

from __future__ import annotations

import codecs
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.decode import decode
from rag.documents.limits import Unreadable

WESTERN = "“Größe”: le café’s price rose to €5 — naïve, señor, über alles."
RUSSIAN = "Вчера вечером президент заявил, что закон будет принят в понедельник."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_western_text_in_every_usual_encoding(encoding: str) -> None:
    assert decode((WESTERN * 3).encode(encoding)) == WESTERN * 3


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_a_byte_order_mark_decides(mark: bytes, encoding: str) -> None:
    assert decode(mark + RUSSIAN.encode(encoding)) == RUSSIAN


@pytest.mark.parametrize(
    "text",
    [
        "café été naïve über alles schön",
        "Le café est très bon. L'été à la plage, où l'on mange des crêpes.",
        "Größe über alles, die Müllers läuft schön.",
        "The price was £5 for a café latte.",
    ],
)
def test_short_latin_1_texts(text: str) -> None:
    assert decode(text.encode("latin-1")) == text


def test_windows_quotes_and_dashes() -> None:
    text = "“quoted” — the café’s price was €5"
    assert decode(text.encode("cp1252")) == text


def test_cyrillic_is_told_from_western() -> None:
    assert decode((RUSSIAN * 5).encode("cp1251")) == RUSSIAN * 5


def test_a_few_broken_bytes_do_not_spoil_the_rest() -> None:
    raw = ("Müller läuft. " * 20).encode() + b"\xff\xfe" + ("Größe zählt. " * 20).encode()
    text = decode(raw)
    assert text.startswith("Müller läuft.")
    assert text.endswith("Größe zählt. ")
    assert text.count("\ufffd") == 2


def test_text_cut_inside_a_character() -> None:
    text = decode(("où l’on mange été " * 10).encode()[:-2])
    assert text.startswith("où l’on mange été où")


@pytest.mark.parametrize(
    "raw",
    [
        bytes(range(256)) * 4,
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500),
        b"\x89PNG\r\n\x1a\n" + bytes([1, 2, 3, 4, 200, 201, 202]) * 40,
        b"%PDF-1.7\n" + b"\x00\x01\x02stream" * 50,
        b"plain words and then one \x00 byte",
        b"x" * 300_000 + b"\x00" + b"x" * 10,
        b"\x01\x02\x03\x04" * 200,
    ],
)
def test_binary_files_are_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^is not a text file\. Convert it"):
        decode(raw)


@pytest.mark.parametrize(
    "raw",
    [
        codecs.BOM_UTF16_LE + b"a",
        codecs.BOM_UTF8 + b"abc\xff\xfe\xfd",
        codecs.BOM_UTF32_LE + b"abc",
        codecs.BOM_UTF16_LE + b"\x00\xd8a\x00",
    ],
)
def test_a_broken_encoding_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^has a broken or unknown text encoding"):
        decode(raw)


def test_line_ends_become_newlines() -> None:
    assert decode(b"a\r\nb\rc\n\r\nd") == "a\nb\nc\n\nd"


def test_an_escape_or_a_form_feed_is_still_text() -> None:
    assert "Page two" in decode(b"Page one\x0cPage two \x1b[1mbold\x1b[0m")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode(text.encode()) == text


@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_are_unreadable(raw: bytes) -> None:
    text = ""
    with suppress(Unreadable):
        text = decode(raw)
    assert "\x00" not in text
    assert "\r" not in text
    text.encode()  # no half characters: everything after this can store and print it
