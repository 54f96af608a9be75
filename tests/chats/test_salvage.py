"""A damaged file of conversations: told, set aside, and all that can be read goes on."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.chats import ChatStore
from rag.chats.salvage import check_chats, mend_chats
from rag.errors import LibraryError
from tests.chats.made import ANSWER

PAGE = 4096


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve chats of six answered turns, each rated, the second half titled by hand."""
    with closing(ChatStore(tmp_path)) as store:
        for chat in range(12):
            for turn in range(6):
                id_ = store.begin(f"chat{chat}", f"Question {turn} of {chat}?")
                store.finish(id_, ANSWER)
                store.rate(id_, 1, f"Comment {chat}/{turn}")
            if chat > 5:
                store.rename(f"chat{chat}", f"Named {chat}")
    with closing(sqlite3.connect(tmp_path / "chats.sqlite")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return tmp_path


def kept(folder: Path) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    with closing(ChatStore(folder)) as store:
        return {
            info.id: (
                info.title,
                [(t.id, t.question, t.answer, t.rating, t.comment) for t in store.turns(info.id)],
            )
            for info in store.chats()
        }


def test_nothing_is_done_to_a_sound_file(folder: Path) -> None:
    before = kept(folder)
    assert check_chats(folder) == mend_chats(folder) == ""
    assert kept(folder) == before
    assert not list(folder.glob("*damaged*"))
    assert check_chats(folder / "none") == mend_chats(folder / "none") == ""


@pytest.mark.parametrize("begin", [0, 20])
def test_with_the_first_page_all_is_saved(folder: Path, begin: int) -> None:
    before, file = kept(folder), folder / "chats.sqlite"
    raw = file.read_bytes()
    bad = raw[:begin] + bytes(b ^ 0x5A for b in raw[begin:PAGE]) + raw[PAGE:]
    file.write_bytes(bad)
    with pytest.raises(LibraryError, match=r"damaged .*doctor --repair, which keeps the damaged"):
        ChatStore(folder)
    assert "are damaged" in check_chats(folder)
    said = mend_chats(folder)
    assert "72 questions with their answers and ratings could be saved" in said
    assert kept(folder) == before
    assert [p.read_bytes() for p in folder.glob("chats.sqlite.damaged-*[0-9]")] == [bad]


@pytest.mark.parametrize("seed", range(8))
def test_torn_pages_cost_what_was_in_them(folder: Path, seed: int) -> None:
    before, file = kept(folder), folder / "chats.sqlite"
    raw = bytearray(file.read_bytes())
    page = random.Random(seed).randrange(1, len(raw) // PAGE) * PAGE
    raw[page : page + PAGE] = bytes(b ^ 0x5A for b in raw[page : page + PAGE])
    file.write_bytes(bytes(raw))
    assert mend_chats(folder)
    assert check_chats(folder) == ""
    had = {turn[0]: turn for _, turns in before.values() for turn in turns}
    now = {turn[0]: turn for _, turns in kept(folder).values() for turn in turns}
    assert all(had[id_][1:2] == turn[1:2] for id_, turn in now.items())
    assert len(now) >= 36
    with closing(ChatStore(folder)) as store:  # and it goes on, with ids never given before
        assert store.begin("chat1", "And now?") > max(now)


def test_turns_whose_chat_is_lost_get_one_again(folder: Path) -> None:
    file = folder / "chats.sqlite"
    with closing(sqlite3.connect(file)) as db:
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'chats'").fetchone()[0]
    raw = bytearray(file.read_bytes())
    raw[(root - 1) * PAGE : root * PAGE] = b"\xaa" * PAGE
    file.write_bytes(bytes(raw))
    mend_chats(folder)
    now = kept(folder)
    assert len(now) == 12
    assert now["chat8"][0] == "Question 0 of 8?"
    assert len(now["chat8"][1]) == 6


def test_a_file_of_something_else(folder: Path) -> None:
    (folder / "chats.sqlite").write_bytes(b"no database at all " * 1000)
    assert "0 questions" in mend_chats(folder)
    assert kept(folder) == {}
    assert len(list(folder.glob("chats.sqlite.damaged-*"))) == 1


def test_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    (folder / "chats.sqlite").write_bytes(b"no database at all " * 1000)
    monkeypatch.setattr("rag.salvage.shutil.copyfile", full)
    with pytest.raises(LibraryError, match=r"No space left on device\. Free some space"):
        mend_chats(folder)
    assert (folder / "chats.sqlite").read_bytes().startswith(b"no database")


def test_one_odd_value_costs_itself_is_told_and_mended(folder: Path) -> None:
    odd = {
        "turns": (
            "at = 'x'",
            "digests = '{'",
            "rating = 'x'",
            "comment = x'ff'",
            "problem = x'ff'",
        ),
        "chats": ("created = 'x'", "updated = 7", "documents = '7'", "documents = '{'"),
    }
    before = kept(folder)
    for table, values in odd.items():
        for value in values:
            with closing(sqlite3.connect(folder / "chats.sqlite")) as db, db:
                db.execute(f"UPDATE {table} SET {value} WHERE {table}.rowid = 1")
            found = kept(folder)
            assert found.keys() == before.keys(), value
            assert found["chat0"][1][1:] == before["chat0"][1][1:], value
            assert "damaged: 1 value of another kind" in check_chats(folder), value
            assert "could be saved from it" in mend_chats(folder), value
            assert check_chats(folder) == "", value
            assert len(kept(folder)["chat0"][1]) == 6, value
