"""Derived files and rows in every sorry state: mended where that can be, told where it cannot."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.errors import LibraryError
from rag.library import lexical
from rag.library.store import Store
from tests.library.place import MakePlace, Place


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    if raw:
        raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "empty": lambda path: path.write_bytes(b""),
    "flipped": lambda path: path.write_bytes(bytes(b ^ 1 for b in path.read_bytes())),
    "one bit": flip,
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", sorted(DAMAGE))
@pytest.mark.parametrize("name", ["vectors.faiss", "vectors.json", "words.json", "words/*"])
def test_damaged_indexes_are_built_again(place: Place, name: str, damage: str) -> None:
    place.sync()
    before = place.answers()
    for path in place.index.glob(name):
        DAMAGE[damage](path)
    assert place.answers() == before
    assert place.sync().unchanged == 4
    assert (place.index / "vectors.faiss").stat().st_size > 100
    assert lexical.LexicalIndex(place.index, owner=owner(place)).sound()


def owner(place: Place) -> str:
    store = Store(place.index / "library.sqlite")
    name = store.owner
    store.close()
    return name


def test_the_word_folder_is_missing_or_a_file(place: Place) -> None:
    place.sync()
    before = place.answers()
    shutil.rmtree(place.index / "words")
    assert place.answers() == before


@pytest.mark.parametrize("which", ["vectors", "words", "both"])
def test_stale_indexes_are_caught_up(place: Place, which: str) -> None:
    place.sync()
    kept = place.root / "kept"
    shutil.copytree(place.index, kept)
    place.write("new.txt", "A new article about chips and tea.")
    place.write("rollo.txt", "Rollo\n\nAnother text about tea.")
    (place.folder / "chips.md").unlink()
    place.sync()
    before = place.answers()
    if which != "words":
        for name in ("vectors.faiss", "vectors.json"):
            shutil.copy(kept / name, place.index / name)
    if which != "vectors":
        shutil.rmtree(place.index / "words")
        shutil.copytree(kept / "words", place.index / "words")
        shutil.copy(kept / "words.json", place.index / "words.json")
    assert place.answers() == before


@pytest.mark.parametrize("name", ["new.txt", "rollo.txt"])
def test_rows_brought_back_from_a_copy_are_believed(place: Place, name: str) -> None:
    place.sync()
    before = place.answers()
    shutil.copy(place.index / "library.sqlite", place.root / "copy.sqlite")
    place.write(name, "Tea\n\nAn article about chips and tea.")
    place.sync()
    bring_back(place)
    assert place.answers() == before


def bring_back(place: Place) -> None:
    shutil.copy(place.root / "copy.sqlite", place.index / "library.sqlite")
    for name in ("library.sqlite-wal", "library.sqlite-shm"):
        (place.index / name).unlink(missing_ok=True)


def test_indexes_with_more_than_the_rows_are_built_again(place: Place) -> None:
    place.sync()
    database = sqlite3.connect(place.index / "library.sqlite", isolation_level=None)
    database.execute("DELETE FROM passages WHERE document = 1")
    database.close()
    library = place.open()
    assert len(library._vectors) == len(library._words) == library.counts()[1]


def test_indexes_of_deleted_rows_are_not_believed(place: Place) -> None:
    place.sync()
    before = place.answers()
    for path in place.index.glob("library.sqlite*"):
        path.unlink()
    library = place.open()
    assert library.counts() == (0, 0)
    assert not any(place.answers(library))
    library.close()
    assert len(place.sync().added) == 4
    assert place.answers() == before


def test_a_corrupt_database_is_told(place: Place) -> None:
    place.sync()
    for path in place.index.glob("library.sqlite*"):
        path.write_bytes(b"no database at all " * 1000)
    with pytest.raises(
        LibraryError, match=r"library\.sqlite is damaged .*Run python -m rag doctor --repair"
    ):
        place.open()


def test_an_index_folder_that_cannot_be_made(place: Place) -> None:
    place.index.parent.joinpath("file").write_text("text")
    place.index = place.index.parent / "file" / "index"
    with pytest.raises(LibraryError, match=r"index cannot be made: .*Choose another place"):
        place.open()


def test_a_lock_that_cannot_be_taken(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", denied)
    with pytest.raises(LibraryError, match=r"cannot be written: Permission denied\. Check"):
        place.open()


def test_a_full_disk_while_adding(place: Place) -> None:
    place.sync()
    before = place.answers()
    library = place.open()
    pages = (library._store._db.one("PRAGMA page_count") or [0])[0]
    library._store._db.all(f"PRAGMA max_page_count = {pages + 3}")
    place.write("big.txt", "Big\n\n" + "A sentence about whales. " * 9000)
    with pytest.raises(LibraryError, match=r"The disk is full .*is not lost"):
        place.sync(library)
    assert place.answers(library) == before
    library.close()
    assert place.answers() == before
    assert place.sync().added == ("big.txt",)


@pytest.mark.parametrize("module", ["vectors", "lexical"])
def test_a_full_disk_while_writing_an_index(
    place: Place, module: str, monkeypatch: pytest.MonkeyPatch, make_place: MakePlace
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        library = place.open()
        patch.setattr(f"rag.library.{module}.replace", full)
        with pytest.raises(LibraryError, match=r"cannot be written: .*No space left .*Free some"):
            place.sync(library)
        library.close()
    place.sync()
    whole = make_place("whole").fill()
    whole.sync()
    assert place.answers() == whole.answers()
