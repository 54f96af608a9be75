"""`chats` and `export`: no model is needed, so these run whole over a folder of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.chats import ChatStore
from rag.chats.export import read_export
from tests.chats.made import ANSWER, HOSTILE, REFUSAL
from tests.commands.stand_in import ROOT, failed, run


@pytest.fixture
def index(tmp_path: Path) -> str:
    """An index folder with two chats, the one called b used last."""
    index = tmp_path / "index"
    index.mkdir()
    store = ChatStore(index)
    store.finish(store.begin("a", "When did it open?"), ANSWER)
    store.finish(store.begin("a", "And who?"), REFUSAL)
    store.begin("b", "Why\tdid it\x1b[2J close?")
    store.close()
    return str(index)


def test_chats_are_listed_newest_first(index: str) -> None:
    result = run("chats", "--index", index)
    assert (result.exit_code, result.stderr) == (0, "")
    one, two = (line.split("\t") for line in result.stdout.splitlines())
    assert (one[0], one[2], one[3]) == ("b", "1", "Why did it[2J close?")
    assert (two[0], two[2], two[3]) == ("a", "2", "When did it open?")
    plain = json.loads(run("chats", "--index", index, "--json").stdout)
    assert [(chat["id"], chat["turns"]) for chat in plain] == [("b", 1), ("a", 2)]


def test_chats_are_searched(index: str) -> None:
    assert run("chats", "JUNE", "open", "--index", index).stdout.startswith("a\t")
    result = run("chats", "nowhere", "--index", index)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No chat was found.\n")
    assert run("chats", "nowhere", "--index", index, "--json").stdout == "[]\n"


def test_without_chats(tmp_path: Path) -> None:
    result = run("chats", "--index", str(tmp_path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "There are no chats yet.\n"
    assert list(tmp_path.iterdir()) == []  # to look makes nothing
    assert "no chat a" in failed(run("export", "a", "--index", str(tmp_path)))
    assert run("chats", "--index", str(tmp_path / "nowhere")).exit_code == 0


def test_a_table_on_a_terminal(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = run("chats", "--index", index).stdout
    assert "last used" in shown
    assert "When did it open?" in shown
    assert "\x1b[2J" not in shown


def test_a_chat_is_exported_as_its_file_is_called(index: str, tmp_path: Path) -> None:
    for name in ("talk.md", "talk.html", "talk.json"):
        to = tmp_path / name
        result = run("export", "a", "--to", str(to), "--index", index)
        assert (result.exit_code, result.stdout) == (0, "")
        assert f"verify {to}" in result.stderr
        assert [t.answer for t in read_export(to.read_bytes()).turns] == [ANSWER, REFUSAL]


def test_markdown_goes_into_a_pipe(index: str) -> None:
    result = run("export", "a", "--index", index)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("# When did it open?\n")
    assert len(read_export(result.stdout_bytes).turns) == 2


def test_no_file_is_overwritten(index: str, tmp_path: Path) -> None:
    to = tmp_path / "notes.md"
    to.write_text("mine")
    assert "is there already" in failed(run("export", "a", "--to", str(to), "--index", index))
    assert to.read_text() == "mine"


def test_mistakes_are_one_line(index: str, tmp_path: Path) -> None:
    assert "End its name with" in failed(run("export", "a", "--to", "x.pdf", "--index", index))
    assert "no chat zzz" in failed(run("export", "zzz", "--index", index))
    nowhere = str(tmp_path / "nowhere" / "x.md")
    assert "nowhere" in failed(run("export", "a", "--to", nowhere, "--index", index))
    (Path(index) / "chats.sqlite").write_bytes(b"no database " * 999)
    assert "doctor --repair" in failed(run("chats", "--index", index))


def test_hostile_text_reaches_no_terminal(tmp_path: Path) -> None:
    store = ChatStore(tmp_path)
    store.finish(store.begin("a", HOSTILE + "\x1b]0;x\x07"), replace(REFUSAL, reason=HOSTILE))
    store.close()
    for args in (("chats",), ("export", "a")):
        result = run(*args, "--index", str(tmp_path))
        assert result.exit_code == 0
        for character in "\x1b\x07\x00\u202e":
            assert character not in result.stdout


def test_no_model_is_loaded_for_it(index: str) -> None:
    code = (
        "import sys; from rag.cli import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'faiss', 'tantivy', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QUOTH_")}
    for args in (("chats",), ("export", "a")):
        done = subprocess.run(
            [sys.executable, "-c", code, *args, "--index", index],
            capture_output=True,
            cwd=ROOT,
            env=environment,
        )
        assert done.stderr.decode().strip() == "[]"
        assert done.stdout
