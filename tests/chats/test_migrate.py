"""Files of (role, text) rows, as versions before format 1 wrote them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.chats import ChatStore
from rag.chats import migrate as migration

ROOT = Path(__file__).parents[2]
OLD = """
CREATE TABLE turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT, chat TEXT NOT NULL, role TEXT NOT NULL,
    text TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX turns_chat ON turns(chat);
"""
ROWS = [
    ("a", "user", "Who led them?", "2025-01-01T10:00:00+00:00"),
    ("b", "user", "Never answered?", "2025-01-01T10:00:01+00:00"),
    ("a", "assistant", "Rollo. [1] Ünïcode \u05d0", "2025-01-01T10:00:02+00:00"),
    ("a", "user", "And why?", "2025-01-02T10:00:00.123456+00:00"),
    ("a", "assistant", "He did.", "2025-01-02T10:00:00.123456+00:00"),
    ("c", "assistant", "Alone.", "2025-01-03T10:00:00+00:00"),
    ("c", "assistant", "Again.", "2025-01-03T10:00:01+00:00"),
    ("c", "user", "", "2025-01-03T10:00:02+00:00"),
]


def write_old(folder: Path, rows: list[tuple[str, str, str, str]] = ROWS) -> None:
    db = sqlite3.connect(folder / "chats.sqlite")
    db.executescript(OLD)
    db.executemany("INSERT INTO turns (chat, role, text, at) VALUES (?, ?, ?, ?)", rows)
    db.commit()
    db.close()


def test_nothing_is_lost(tmp_path: Path) -> None:
    write_old(tmp_path)
    store = ChatStore(tmp_path)
    first, second = store.turns("a")
    assert (first.question, second.question) == ("Who led them?", "And why?")
    assert first.answer is None  # it has no citation, so it is none
    assert first.problem.endswith("Rollo. [1] Ünïcode \u05d0")
    assert "not proven" in first.problem
    assert second.problem.endswith("He did.")
    assert first.at == datetime(2025, 1, 1, 10, tzinfo=UTC)
    (broken,) = store.turns("b")
    assert (broken.question, broken.problem) == ("Never answered?", "")
    alone = store.turns("c")
    assert [turn.question for turn in alone] == ["", "", ""]
    assert [turn.problem[-6:] for turn in alone] == ["Alone.", "Again.", ""]
    store.close()


def test_the_list_is_as_if_it_had_been_kept_all_along(tmp_path: Path) -> None:
    write_old(tmp_path)
    store = ChatStore(tmp_path)
    assert [(i.id, i.title, i.turns) for i in store.chats()] == [
        ("c", "Alone.", 3),
        ("a", "Who led them?", 2),
        ("b", "Never answered?", 1),
    ]
    assert [i.id for i in store.chats("rollo")] == ["a"]
    store.begin("a", "Where?")
    assert store.chats()[0].title == "Who led them?"
    store.close()
    again = ChatStore(tmp_path)
    assert len(again.turns("a")) == 3
    again.close()


def test_an_empty_old_file(tmp_path: Path) -> None:
    write_old(tmp_path, [])
    store = ChatStore(tmp_path)
    assert store.chats() == ()
    store.begin("a", "Who?")
    store.close()


def test_what_was_migrated_can_be_deleted_wholly(tmp_path: Path) -> None:
    write_old(tmp_path)
    store = ChatStore(tmp_path)
    store.delete("a")
    assert b"Rollo" not in (tmp_path / "chats.sqlite").read_bytes()
    store.close()


def test_a_failure_leaves_the_old_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_old(tmp_path)

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(migration, "_move", broken)
        with pytest.raises(KeyboardInterrupt):
            ChatStore(tmp_path)
    store = ChatStore(tmp_path)
    assert len(store.turns("a")) == 2
    store.close()


def test_many_processes_migrate_once(tmp_path: Path) -> None:
    write_old(tmp_path)
    code = (
        "import sys; from pathlib import Path; from rag.chats import ChatStore\n"
        "store = ChatStore(Path(sys.argv[1])); print(len(store.turns('a'))); store.close()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    assert [process.communicate()[0].strip() for process in processes] == [b"2"] * 3
