"""`doctor --repair`, over a real index."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import rag.models
import rag.opening
from rag.cli import app
from rag.commands.checkup import look
from rag.library.store import Store
from rag.testing import FakeEmbedder

ARTICLES = {"a.txt": "Tea\n\nTea grows on hills.", "b.txt": "Chips\n\nThe chip is slow."}


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *args])


@pytest.fixture
def indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two articles indexed with a fake; the options that name them."""
    folder, index = tmp_path / "articles", tmp_path / "index"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text)
    monkeypatch.setattr("rag.modelset.load_embedder", lambda *_, **__: FakeEmbedder())
    with rag.opening.prepare(folder, index=index) as assistant:
        assistant.sync()
        assistant.chats.begin("one", "What grows?")
    return ["--folder", str(folder), "--index", str(index)]


def test_without_repair_doctor_only_tells(indexed: list[str]) -> None:
    index = Path(indexed[3])
    store = Store(index / "library.sqlite")
    store._db.all("UPDATE documents SET text = text || '!' WHERE id = 'a.txt'")
    store.close()
    (index / "vectors.faiss.new").write_bytes(b"half")
    files = {path.name: path.read_bytes() for path in index.iterdir() if path.is_file()}
    result = run(*indexed)
    assert result.exit_code == 1
    assert "The article a.txt is damaged: its text is not as it was stored." in result.stdout
    assert "Run python -m rag doctor --repair." in result.stdout
    assert "vectors.faiss.new is left over" in result.stdout
    assert all((index / name).read_bytes() == content for name, content in files.items())


@pytest.mark.parametrize("name", ["library.sqlite", "chats.sqlite"])
def test_repair_mends_and_says_what(indexed: list[str], name: str) -> None:
    index = Path(indexed[3])
    for path in index.glob(f"{name}*"):
        path.write_bytes(b"no database at all " * 1000)
    assert run(*indexed).exit_code == 1
    result = run(*indexed, "--repair")
    assert f"{name} was damaged. It is kept as {name}.damaged-" in result.stdout
    plain = json.loads(run(*indexed, "--json").stdout)
    assert plain["index"]["articles"] == "2 in 2 passages"
    assert (plain["problems"], look(index)) == ([], ([], []))
    assert len(list(index.glob(f"{name}.damaged-*[0-9]"))) == 1
    again = json.loads(run(*indexed, "--repair", "--json").stdout)
    assert again["mended"] == ["Nothing had to be mended."]


def test_repair_builds_what_is_missing(indexed: list[str]) -> None:
    index = Path(indexed[3])
    (index / "words.json").unlink()
    assert "The index of words is missing or damaged" in run(*indexed).stdout
    assert "0 were read again; 2 were whole" in run(*indexed, "--repair").stdout
    assert look(index) == ([], [])


def test_repair_where_the_articles_are_gone(indexed: list[str]) -> None:
    folder, index = Path(indexed[1]), Path(indexed[3])
    (index / "library.sqlite").write_bytes(b"no database at all " * 1000)
    folder.rename(folder.with_name("moved"))
    assert "could not be read again: The folder" in run(*indexed, "--repair").stdout
