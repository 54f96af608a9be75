"""The file of conversations: damaged, newer, shared by two programs."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.chats import ChatStore
from rag.chats.standing import digest
from rag.errors import LibraryError
from rag.schema import Document
from tests.chats.made import ANSWER, REFUSAL, TEXT, asked

ROOT = Path(__file__).parents[2]


def test_the_articles_cited_are_noted(tmp_path: Path) -> None:
    documents = {"lund.md": Document("lund.md", "The bridge", TEXT)}
    store = ChatStore(tmp_path, document_of=documents.get)
    for answer in (ANSWER, REFUSAL):
        store.finish(store.begin("a", "Who?"), answer)
        assert store.turns("a")[-1].digests == {"lund.md": digest(TEXT)}
    documents["lund.md"] = replace(documents["lund.md"], text="Changed meanwhile. " + TEXT)
    store.finish(store.begin("a", "Who?"), ANSWER)
    assert store.turns("a")[-1].digests == {}

    def broken(_: str) -> None:
        raise LibraryError("The disk is gone.")

    store._document_of = broken
    turn = store.begin("a", "Who?")
    store.finish(turn, ANSWER)
    assert store.turns("a")[-1].answer == ANSWER
    store.close()


@pytest.mark.parametrize(
    "row",
    ["", "null", "[]", "{", '{"text": "new"}', "[" * 100_000, '{"confidence": 1e999}', b"\xff"],
)
def test_an_answer_that_cannot_be_read_says_so(tmp_path: Path, row: str | bytes) -> None:
    store = ChatStore(tmp_path)
    for question in ("1", "2", "3"):
        store.finish(store.begin("a", question), ANSWER)
    with sqlite3.connect(tmp_path / "chats.sqlite") as db:
        db.execute("UPDATE turns SET answer = ? WHERE question = '2'", (row,))
    db.close()
    one, two, three = store.turns("a")
    assert one.answer == three.answer == ANSWER
    assert two.answer is None
    assert "cannot be read" in two.problem
    store.close()


def test_an_answer_with_more_or_less_is_read(tmp_path: Path) -> None:
    store = ChatStore(tmp_path)
    store.finish(store.begin("a", "1"), ANSWER)
    with sqlite3.connect(tmp_path / "chats.sqlite") as db:
        plain = json.loads(db.execute("SELECT answer FROM turns").fetchone()[0])
        plain["new"] = 1
        del plain["evidence"][0]["used"]
        db.execute("UPDATE turns SET answer = ?", (json.dumps(plain),))
    db.close()
    evidence = tuple(replace(e, used=False) for e in ANSWER.evidence)
    assert store.turns("a")[0].answer == replace(ANSWER, evidence=evidence)
    store.close()


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    ChatStore(tmp_path).close()
    with sqlite3.connect(tmp_path / "chats.sqlite") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(LibraryError, match="another version"):
        ChatStore(tmp_path)


def test_a_damaged_file_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "chats.sqlite").write_bytes(b"this is no database at all, and long enough" * 50)
    with pytest.raises(LibraryError, match=r"chats\.sqlite is damaged .*doctor --repair"):
        ChatStore(tmp_path)


def test_a_missing_folder_and_a_closed_store_are_told_of(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="permissions"):
        ChatStore(tmp_path / "nowhere")
    store = ChatStore(tmp_path)
    store.close()
    for use in (lambda: store.turns("a"), lambda: store.begin("a", "x"), lambda: store.chats()):
        with pytest.raises(LibraryError, match="was closed"):
            use()


OTHER = """
import sys
from pathlib import Path
from rag.chats import ChatStore
from tests.chats.made import ANSWER
store = ChatStore(Path(sys.argv[1]))
for number in range(30):
    store.finish(store.begin(sys.argv[2], f"{number}"), ANSWER)
    store.cut(sys.argv[2], store.begin(sys.argv[2], "cut"))
    store.delete("nobody's")
store.close()
"""


def test_two_processes_on_one_file(tmp_path: Path) -> None:
    others = [
        subprocess.Popen(
            [sys.executable, "-c", OTHER, str(tmp_path), name], cwd=ROOT, stderr=subprocess.PIPE
        )
        for name in ("one", "two")
    ]
    store = ChatStore(tmp_path)
    for number in range(30):
        store.finish(store.begin("own", f"{number}"), ANSWER)
    for other in others:
        _, told = other.communicate()
        assert other.returncode == 0, told.decode()
    for name in ("own", "one", "two"):
        assert asked(store, name) == [f"{number}" for number in range(30)]
        assert all(turn.answer == ANSWER for turn in store.turns(name))
    store.close()
