"""One file to one document, or one clear message."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents import SUFFIXES, read
from rag.documents.kinds import PACKED
from rag.documents.read import LONGEST_TITLE, READERS, load_bytes, parse
from rag.errors import ReadError


def test_the_id_is_the_path_in_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "history" / "rollo.txt"
    path.parent.mkdir()
    path.write_text("Rollo\n\nRollo led the Norse.")
    document = read(path, folder=tmp_path)
    assert (document.id, document.title) == ("history/rollo.txt", "Rollo")


SHAPED = {".ipynb", ".json", ".jsonl", ".srt", ".vtt"}  # where bare words are no article


@pytest.mark.parametrize("suffix", sorted(READERS.keys() - SHAPED))
def test_every_ending_in_any_case(suffix: str) -> None:
    for name in (f"a{suffix}", f"a{suffix.upper()}"):
        assert parse(b"Rollo led the Norse.", name=name).text == "Rollo led the Norse."


@pytest.mark.parametrize(
    ("name", "title"),
    [("the_long-way home.txt", "the long way home"), ("x/a.txt", "a"), ("--.txt", "--.txt")],
)
def test_a_title_from_the_name(name: str, title: str) -> None:
    assert parse(b"A sentence, not a title.", name=name).title == title


def test_a_title_is_one_line_of_moderate_length() -> None:
    raw = b"---\ntitle: |\n  one\n  two\n---\ntext"
    assert parse(raw, name="a.md").title == "one two"
    long = parse(b"# " + b"word " * 500, name="a.md").title
    assert len(long) <= LONGEST_TITLE
    assert long.endswith("…")


@pytest.mark.parametrize(
    "raw", [b"", b" \n\t\r\n", "\ufeff".encode(), "\u00a0\u2003".encode("utf-16")]
)
@pytest.mark.parametrize("suffix", sorted(READERS))
def test_empty_files(raw: bytes, suffix: str) -> None:
    with pytest.raises(ReadError, match=rf"empty{suffix} holds no text\. Remove it"):
        parse(raw, name=f"empty{suffix}")


@pytest.mark.parametrize("raw", [b"", b" \n"])
@pytest.mark.parametrize("suffix", sorted(PACKED))
def test_empty_packed_files(raw: bytes, suffix: str) -> None:
    with pytest.raises(ReadError, match=rf"empty{suffix} holds no text\. Remove it"):
        parse(raw, name=f"empty{suffix}")


@pytest.mark.parametrize("name", ["a.exe", "a", "a.txt.bak", ".txt"])
def test_other_kinds(name: str) -> None:
    with pytest.raises(ReadError, match=r"is not of a kind that is read \(.*\.md.*\)"):
        parse(b"text", name=name)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gone\.txt cannot be opened: No such file"):
        read(tmp_path / "gone.txt", folder=tmp_path)


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(ReadError, match=r"a\.txt cannot be opened"):
        read(tmp_path / "a.txt", folder=tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    path.chmod(0)
    with pytest.raises(ReadError, match=r"a\.txt cannot be opened: Permission denied\. Check"):
        load_bytes(path)


def test_a_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["rag.documents.read"], "MAX_BYTES", 2**20)
    path = tmp_path / "big.txt"
    path.write_bytes(b"x" * (3 * 2**20))
    with pytest.raises(ReadError, match=r"big\.txt has 3 MB; the limit is 1 MB\. Split it"):
        load_bytes(path)


def test_a_reader_that_breaks_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(text: str) -> None:
        raise RecursionError("too deep")

    monkeypatch.setitem(READERS, ".html", breaks)
    with pytest.raises(ReadError, match=r"odd\.html cannot be read: too deep\."):
        parse(b"text", name="odd.html")


@given(st.binary(max_size=300), st.sampled_from(sorted(SUFFIXES)))
def test_any_bytes_give_a_document_or_a_read_error(raw: bytes, suffix: str) -> None:
    name, document = f"a{suffix}", None
    message = name
    try:
        document = parse(raw, name=name)
    except ReadError as error:
        message = str(error)
    assert name in message
    assert document is None or (document.title.strip() and document.text.strip())


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.rtf", rb"{\rtf1 Lone \u-10179? end. Whole \u-10179?\u-8704? letter.}"),
        ("a.md", b'---\ntitle: "T \\uD83D x"\nsource: "a \\uD83D"\n---\n\nA text.\n'),
        ("a.eml", b"Subject: x\nContent-Type: text/plain; charset=utf-7\n\nA +2D0- text.\n"),
    ],
)
def test_half_a_character_is_replaced_wherever_it_stands(name: str, raw: bytes) -> None:
    document = parse(raw, name=name)
    for text in (document.title, document.text, document.source, document.author):
        text.encode("utf-8")


def test_characters_that_nobody_sees_part_no_word_and_move_no_heading() -> None:
    raw = "# The wa\u00adter\u200bfall\n\nIt is\u2060 high.\n\n## A b\u00adridge\n\nIt stands.\n"
    document = parse(raw.encode(), name="a.md")
    assert document.text == "The waterfall\n\nIt is high.\n\nA bridge\n\nIt stands."
    for heading in document.headings:
        assert document.text[heading.start :].startswith(heading.title)
