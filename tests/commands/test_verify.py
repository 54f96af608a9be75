"""`verify`, over a stand-in for the assistant and once whole."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import Result

import rag.opening
from rag.chats.export import LARGEST, Format, export
from rag.chats.saved import saved_chat
from rag.schema import Document
from rag.testing import FakeLLM
from tests.chats.made import TEXT
from tests.chats.test_export import SAVED, hostile
from tests.commands import stand_in
from tests.commands.stand_in import failed
from tests.world import ARTICLES, opened


@dataclass
class Library:
    """An assistant of which only the articles are wanted."""

    text: str | None = TEXT
    opened: list[Path] = field(default_factory=list)

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def find_document(self, id_: str) -> Document | None:
        return None if self.text is None else Document(id_, "The bridge", self.text)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library()

    def open_(folder: Path, **_: object) -> Library:
        library.opened.append(folder)
        return library

    monkeypatch.setattr(rag.opening, "open", open_)
    return library


def run(*args: str, given: bytes | None = None) -> Result:
    return stand_in.run("verify", *args, given=given)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "talk.md"
    file.write_bytes(export(SAVED, Format.MARKDOWN))
    return file


@pytest.mark.parametrize("to", list(Format))
def test_all_stand(library: Library, tmp_path: Path, to: Format) -> None:
    file = tmp_path / "talk"  # the ending does not matter
    file.write_bytes(export(SAVED, to))
    result = run(str(file))
    assert result.exit_code == 0
    assert result.stderr == "2 quotes checked. All stand: 2 where they stood.\n"
    one, two = (line.split("\t") for line in result.stdout.splitlines())
    assert one == ["1", "1", "stands", "lund.md", "12", "35", "It opened in June 2020."]
    assert two[:6] == ["1", "2", "stands", "lund.md", "37", "59"]


def test_some_do_not(library: Library, file: Path) -> None:
    library.text = "New. " + TEXT.replace("40,000", "50,000")
    result = run(str(file))
    assert result.exit_code == 2
    assert result.stderr == (
        "2 quotes checked. Not all stand: 1 at another place, 1 no longer said by their article.\n"
    )
    assert [line.split("\t")[2] for line in result.stdout.splitlines()] == ["moved", "gone"]
    library.text = None
    result = run(str(file))
    assert result.exit_code == 2
    assert "2 of articles that are no longer there" in result.stderr


def test_json(library: Library, file: Path) -> None:
    library.text = "New. " + TEXT
    result = run(str(file), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    plain = json.loads(result.stdout)
    assert plain["all_stand"] is True
    assert plain["counts"] == {"moved": 2}
    library.text = None
    result = run(str(file), "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["all_stand"] is False


def test_from_standard_input(library: Library) -> None:
    assert run("-", given=export(SAVED, Format.HTML)).exit_code == 0
    assert failed(run("-", given=b"")).startswith("The file cannot be checked.")


def test_on_a_terminal(library: Library, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    shown = run(str(file)).stdout
    for expected in (
        "1. When did it open?",
        "lund.md:12-35",
        "“It opened in June 2020.”",
        "It stands where it stood.",
        "Refused; no quote to check.",
        "No answer.",
    ):
        assert expected in shown, expected


def test_hostile_text(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for to in Format:
        file = tmp_path / f"x.{to.value}"
        file.write_bytes(export(hostile(), to))
        for colour in ("", "1"):
            monkeypatch.setenv("FORCE_COLOR", colour)
            result = run(str(file))
            assert result.exit_code == 2
            assert not set("\x00\u202e\x07") & set(result.stdout)


def test_a_file_that_cannot_be_checked_is_told_before_anything_is_opened(
    library: Library, file: Path, tmp_path: Path
) -> None:
    content = file.read_bytes()
    file.write_bytes(content.replace(b"June 2020", b"June 2021"))
    assert "changed after it was exported" in failed(run(str(file)))
    file.write_text("# Notes\n")
    assert failed(run(str(file))) == (
        f"{file} cannot be checked. It is no export of a chat. "
        "Export one with: python -m rag export CHAT"
    )
    with file.open("wb") as huge:
        huge.truncate(LARGEST + 1)
    assert "larger than 64 MB" in failed(run(str(file)))
    assert "nowhere" in failed(run(str(tmp_path / "nowhere.md")))
    assert "directory" in failed(run(str(tmp_path)))
    assert library.opened == []


def test_whole(tmp_path: Path) -> None:
    """A real chat is exported, an article is changed, another removed."""
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        chat = assistant.chat()
        chat.ask("When was the ferry Hanna built?")
        chat.ask("Who designed the bridge over the Lund?")
        file = tmp_path / "talk.html"
        file.write_bytes(export(saved_chat(assistant.chats, chat.id), Format.HTML))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(rag.opening, "open", lambda *_, **__: assistant)
            patched.setattr(assistant, "close", lambda: None)
            assert run(str(file)).exit_code == 0
            changed = ARTICLES["ferry.md"].replace("1962", "1963")
            (assistant.folder / "ferry.md").write_text(changed, encoding="utf-8")
            (assistant.folder / "bridge.md").unlink()
            assistant.sync()
            result = run(str(file))
    assert result.exit_code == 2
    states = [line.split("\t")[2:4] for line in result.stdout.splitlines()]
    assert ["gone", "ferry.md"] in states
    assert ["vanished", "bridge.md"] in states
