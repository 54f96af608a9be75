"""Damage to the rows is found, told and mended; what can be read is saved, nothing deleted."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rag.errors import LibraryError
from rag.library.repair import check, mend, shortened
from rag.library.store import Store
from tests.library.place import MakePlace, Place

PAGE = 4096


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """Forty articles, indexed, all in the one file."""
    place = make_place()
    for n in range(40):
        words = f"A sentence about topic{n} and tea, chips and old towns. "
        place.write(f"{n:02}.txt", f"Article {n}\n\n" + words * 20)
    place.sync()
    settled(place)
    return place


def settled(place: Place) -> None:
    with closing(sqlite3.connect(rows(place))) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def rows(place: Place) -> Path:
    return place.index / "library.sqlite"


def serious(place: Place) -> list[str]:
    return [str(f) for f in check(place.index) if f.serious]


def texts(place: Place) -> dict[str, object]:
    library = place.open()
    found = {info.id: library.document(info.id) for info in library.documents()}
    library.close()
    return found


def check_mended(place: Place, before: list[list[tuple[object, ...]]]) -> int:
    """After mending and a sync all is as before; how many articles were embedded again."""
    done = mend(place.index)
    calls = len(place.embedder.calls)
    report = place.sync()
    embedded = len(report.added) + len(report.changed)
    assert embedded + report.unchanged == 40, done
    assert calls + bool(embedded) <= len(place.embedder.calls)
    assert place.answers() == before
    assert check(place.index) == []
    return embedded


def test_a_sound_index(place: Place) -> None:
    before = place.answers()
    assert check(place.index) == []
    assert mend(place.index) == []
    assert place.answers() == before
    assert [p.name for p in place.index.glob("*damaged*")] == []


def test_a_place_without_an_index(tmp_path: Path) -> None:
    assert check(tmp_path) == []
    assert mend(tmp_path) == []


def test_any_bit_that_flips_is_told_or_harmless(place: Place, tmp_path: Path) -> None:
    before, whole = place.answers(), texts(place)
    settled(place)
    sound, chance, found = rows(place).read_bytes(), random.Random(5), 0
    for _ in range(60):
        raw = bytearray(sound)
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        restore(place, bytes(raw))
        if serious(place):
            found += 1
        else:  # in a byte that holds nothing
            assert texts(place) == whole
            assert place.answers() == before
    assert found > 20


def restore(place: Place, raw: bytes) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{rows(place)}{ending}").unlink(missing_ok=True)
    rows(place).write_bytes(raw)


@pytest.mark.parametrize("seed", range(6))
def test_bits_that_flip_are_mended(place: Place, seed: int) -> None:
    before = place.answers()
    settled(place)
    raw, chance = bytearray(rows(place).read_bytes()), random.Random(seed)
    for _ in range(8):
        raw[chance.randrange(PAGE, len(raw))] ^= 1 << chance.randrange(8)
    restore(place, bytes(raw))
    check_mended(place, before)


def torn(raw: bytearray, start: int, end: int) -> bytes:
    raw[start:end] = bytes(b ^ 0x5A for b in raw[start:end])
    return bytes(raw)


@pytest.mark.parametrize(
    ("damage", "most"),
    [
        (lambda raw: torn(raw, 0, PAGE), 0),  # the first page, where all begins
        (lambda raw: torn(raw, 0, 20), 0),
        (lambda raw: torn(raw, len(raw) // 2, len(raw) // 2 + 2 * PAGE), 15),
        (lambda raw: bytes(raw[: len(raw) * 3 // 4 // PAGE * PAGE]), 39),
        (lambda raw: b"no database at all " * 1000, 40),
        (lambda raw: b"", 40),
    ],
    ids=["first page", "head", "middle", "cut", "another file", "empty"],
)
def test_a_damaged_file_is_set_aside_and_what_is_whole_saved(
    place: Place, damage: Callable[[bytearray], bytes], most: int
) -> None:
    before = place.answers()
    settled(place)
    bad = damage(bytearray(rows(place).read_bytes()))
    restore(place, bad)
    if bad:
        told = serious(place)
        assert len(told) == 1
        assert "is damaged" in told[0]
    assert check_mended(place, before) <= most
    kept = [path.read_bytes() for path in place.index.glob("library.sqlite.damaged-*[0-9]")]
    assert kept == ([bad] if bad else [])


def test_what_only_the_journal_has_is_saved_too(place: Place) -> None:
    library = place.open()
    place.write("new.txt", "New\n\nAn article about whales.")
    place.sync(library)
    raw = bytearray(rows(place).read_bytes())
    wal = Path(f"{rows(place)}-wal").read_bytes()
    library.close()
    restore(place, torn(raw, len(raw) // 2, len(raw) // 2 + PAGE))
    Path(f"{rows(place)}-wal").write_bytes(wal)
    mend(place.index)
    library = place.open()
    assert library.document("new.txt") is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE documents SET text = replace(text, 'tea', 'tee') WHERE number = 7", "its text"),
        ("UPDATE documents SET headings = '[' WHERE number = 7", "its text"),
        ("UPDATE documents SET places = '[' WHERE number = 7", "its text"),
        ("UPDATE documents SET date = 'soon' WHERE number = 7", "its text"),
        ("UPDATE passages SET end = 100000 WHERE document = 7", "its text"),
        ("UPDATE passages SET sentences = X'0000' WHERE document = 7", "its text"),
        ("DELETE FROM seals WHERE document = 7", "its text"),
        ("UPDATE passages SET vector = zeroblob(128) WHERE document = 7", "its vectors"),
        ("UPDATE passages SET vector = zeroblob(100) WHERE document = 7", "its vectors"),
        ("DELETE FROM passages WHERE number = (SELECT max(number) FROM passages)", "its text"),
    ],
)
def test_rows_that_are_not_as_stored(place: Place, change: str, said: str) -> None:
    before = place.answers()
    with closing(sqlite3.connect(rows(place))) as db, db:
        db.execute(change)
    told = serious(place)
    assert len(told) == 1
    assert f"is damaged: {said}" in told[0]
    assert check_mended(place, before) == 1


def test_many_damaged_articles_are_counted(place: Place) -> None:
    with closing(sqlite3.connect(rows(place))) as db, db:
        db.execute("UPDATE documents SET text = text || '.'")
    told = [str(f) for f in shortened(check(place.index))]
    assert len(told) == 6
    assert told[-1] == "35 more are damaged."


def test_what_mends_itself_is_no_damage(place: Place) -> None:
    before = place.answers()
    (place.index / "vectors.faiss").write_bytes(b"")
    shutil.rmtree(place.index / "words")
    (place.index / "vectors.faiss.new").write_bytes(b"half")
    (place.index / "salvage-x").mkdir()
    (place.index / "salvage-x" / "library.sqlite").write_bytes(b"copy")
    found = check(place.index)
    assert len(found) == 4
    assert not any(f.serious for f in found)
    assert len(mend(place.index)) == 2
    assert place.answers() == before
    assert check(place.index) == []


def test_a_library_that_does_not_say_its_embedder(place: Place) -> None:
    before = place.answers()
    with closing(sqlite3.connect(rows(place))) as db, db:
        db.execute("DELETE FROM facts WHERE name = 'weights'")
    with pytest.raises(LibraryError, match=r"does not say which embedder .*doctor --repair"):
        place.open()
    assert "does not say" in serious(place)[0]
    assert check_mended(place, before) == 40


def test_mending_waits_for_who_writes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.library.repair._PATIENCE", 0.1)
    library = place.open()
    with library.writing(), pytest.raises(LibraryError, match="Another program is writing"):
        mend(place.index)


def test_no_room_for_mending(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    raw = torn(bytearray(rows(place).read_bytes()), 0, PAGE)
    restore(place, raw)
    monkeypatch.setattr("rag.salvage.shutil.copyfile", full)
    with pytest.raises(LibraryError, match=r"No space left on device\. Free some space"):
        mend(place.index)
    assert rows(place).read_bytes() == raw


def test_a_newer_version_is_left_alone(place: Place) -> None:
    store = Store(rows(place))
    store._db.all("PRAGMA user_version=99")
    store.close()
    for attempt in (check, mend):
        with pytest.raises(LibraryError, match="another version of Quoth"):
            attempt(place.index)
