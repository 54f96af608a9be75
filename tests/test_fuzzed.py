"""What `benchmarks/fuzz.py` found, each the smallest that still led to it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.chats import ChatStore
from rag.chats.salvage import check_chats, mend_chats
from rag.documents.read import parse
from rag.documents.split import split_here
from rag.errors import LibraryError
from rag.library.repair import check, mend
from rag.schema import Document
from rag.verification.values import lost_value
from rag.writing.generative import sentences
from tests.chats.made import ANSWER
from tests.documents.made import archive
from tests.library.place import Place

PANICKED = (
    "A\xa0\xa0. Two! B",
    "A \u2003\u3000. Two! B",
    "| A \xa0\xa0\xa0\xa0\xa0. Two\u0442\u042d!",
)


@pytest.mark.parametrize("text", PANICKED)
@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "zh", ""])
def test_blanks_of_several_bytes_before_a_full_stop_are_split(text: str, language: str) -> None:
    document = Document("a.txt", "a", text, language=language)
    passages = split_here(document, longest=300)
    held = "".join(text[start:end] for p in passages for start, end in p.sentences)
    assert "".join(held.split()) == "".join(text.split())
    assert sentences(text)


def test_such_a_text_does_not_end_a_sync(tmp_path: Path) -> None:
    place = Place(tmp_path).fill()
    place.write("blanks.txt", PANICKED[0])
    report = place.sync()
    assert "blanks.txt" in report.added
    assert len(report.added) == 5
    assert parse(PANICKED[0].encode(), name="a.txt").text == PANICKED[0]


def spoilt(file: Path) -> None:
    """Make the column of an index one that is no text, which SQLite then names in its error."""
    raw = file.read_bytes()
    named = re.search(rb"CREATE INDEX \w+ ON \w+ ?\(\w", raw)
    assert named
    file.write_bytes(raw[: named.end() - 1] + b"\xf5" + raw[named.end() :])


def test_a_fault_that_is_told_in_bytes_that_are_no_text_is_told_and_mended(tmp_path: Path) -> None:
    place = Place(tmp_path).fill()
    place.sync()
    before = place.answers()
    spoilt(place.index / "library.sqlite")
    with pytest.raises(LibraryError, match="is damaged"):
        place.open()
    assert any(finding.serious for finding in check(place.index))
    assert "could be saved" in mend(place.index)[0]
    place.sync()
    assert place.answers() == before


def test_so_is_one_in_conversations(tmp_path: Path) -> None:
    store = ChatStore(tmp_path)
    store.finish(store.begin("a", "When?"), ANSWER)
    before = store.turns("a")
    store.close()
    spoilt(tmp_path / "chats.sqlite")
    with pytest.raises(LibraryError, match="damaged"):
        ChatStore(tmp_path)
    assert "damaged" in check_chats(tmp_path)
    assert mend_chats(tmp_path)
    assert ChatStore(tmp_path).turns("a") == before


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("places", "12"),
        ("places", "[3"),
        ("headings", "[] x"),
        ("date", "2020-\x7f1-02"),
        ("revised", 7),
        ("title", b"\xff"),
    ],
)
def test_a_value_that_is_none_in_a_row_is_told_and_mended(
    tmp_path: Path, column: str, value: object
) -> None:
    place = Place(tmp_path).fill()
    place.sync()
    before = place.answers()
    with closing(sqlite3.connect(place.index / "library.sqlite")) as db, db:
        db.execute(f"UPDATE documents SET {column} = ? WHERE id = 'rollo.txt'", (value,))
    library = place.open()
    with pytest.raises(LibraryError, match=r"is damaged in the index.*doctor --repair"):
        place.answers(library)
    library.close()
    assert check(place.index)
    mend(place.index)
    place.sync()
    assert place.answers() == before


def test_a_number_of_changes_that_is_none_is_told_and_mended(tmp_path: Path) -> None:
    place = Place(tmp_path).fill()
    place.sync()
    before = place.answers()
    with closing(sqlite3.connect(place.index / "library.sqlite")) as db, db:
        db.execute("UPDATE facts SET value = 'fake' WHERE name = 'generation'")
    with pytest.raises(LibraryError, match="damaged"):
        place.open()
    assert [finding.serious for finding in check(place.index)] == [True]
    assert "4 articles could be saved" in mend(place.index)[0]
    assert place.answers() == before
    assert not place.sync().added


def test_a_file_without_a_name_in_an_archive_does_not_end_a_sync(tmp_path: Path) -> None:
    place = Place(tmp_path).fill()
    raw = bytearray(archive({"x.txt": b"One.", "y.txt": b"Two."}))
    entry = raw.index(b"PK\x01\x02")
    raw[entry + 32], raw[entry + 28] = raw[entry + 28], 0  # its name is a remark now
    place.write("odd.zip", bytes(raw))
    report = place.sync()
    assert "odd.zip/y.txt" in report.added
    assert len(report.added) == 5


@pytest.mark.parametrize(
    "text",
    ["1s\x1d0'Pd", "About 5'Nd was paid.", "It cost 40,000'Id.", "It cost 40,000 crow'Nd"],
)
def test_a_sentence_with_a_name_right_at_a_figure_has_its_own_values(text: str) -> None:
    assert lost_value(text, text) is None
    assert lost_value(text.replace("d", "k"), text) is not None
