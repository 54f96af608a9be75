"""The library as a whole: searched by both indexes, and shared between programs."""

from __future__ import annotations

import os
from typing import Any

import pytest

from rag.errors import LibraryError
from rag.library.nearest import Nearest
from rag.library.rows import Settlement
from tests.library.place import Place


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise")
def test_what_is_indexed_is_its_owners_to_read(place: Place) -> None:
    place.sync()
    assert not place.index.stat().st_mode & 0o077


@pytest.mark.parametrize("damaged", [False, True])
def test_opening_while_another_program_writes(place: Place, damaged: bool) -> None:
    place.sync()
    before = place.answers()
    writer = place.open()
    if damaged:
        (place.index / "words/meta.json").write_text("{")
    with writer.writing():
        reader = place.open()
        dense = [[(*row[:-1],) for row in rows] for rows in place.answers(reader)]
        assert dense == [[(*row[:-1],) for row in rows] for rows in before]
        if not damaged:
            assert place.answers(reader) == before
        place.write("new.txt", "A new article about chips and tea.")
        with pytest.raises(LibraryError, match="Another program is writing"):
            reader.settle(Settlement(removed=["rollo.txt"]))
    place.sync(reader)
    expected = place.answers(reader)
    reader.close()
    writer.close()
    assert place.answers() == expected


def test_rows_come_in_parts(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.sync()
    before = place.answers()
    sizes = []
    real = Nearest.add

    def add(self: Nearest, numbers: Any, vectors: Any) -> None:
        sizes.append(len(numbers))
        assert len(vectors) == len(numbers)
        real(self, numbers, vectors)

    monkeypatch.setattr("rag.library.store._PART", 2)
    monkeypatch.setattr(Nearest, "add", add)
    (place.index / "vectors.json").unlink()
    assert place.answers() == before
    assert sizes
    assert max(sizes) == 2


def test_no_pickle_is_written(place: Place) -> None:
    place.sync()
    for path in place.index.rglob("*"):
        if path.is_file():
            assert not path.read_bytes().startswith(b"\x80\x04"), path
    assert os.access(place.index / "writer.lock", os.F_OK)


def test_what_may_only_be_read_is_asked_and_stays_as_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.sync()
    before, files = place.answers(), {p.name: p.stat().st_mtime_ns for p in place.index.iterdir()}
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)  # as for another user
    reader = place.open()
    assert place.answers(reader) == before
    place.write("new.txt", "A new article about chips and tea.")
    with pytest.raises(LibraryError, match="cannot be written"):
        place.sync(reader)
    reader.close()
    assert {p.name: p.stat().st_mtime_ns for p in place.index.iterdir()}.items() >= files.items()
