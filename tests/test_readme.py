"""Every Python example of README and docs/using.md runs, with the bundled models."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [(ROOT / name).read_text("utf-8") for name in ("README.md", "docs/using.md")]
BLOCKS = [
    block for page in PAGES for block in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
]


def test_there_is_an_example() -> None:
    assert BLOCKS
    assert "rag.open(" in BLOCKS[0]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a person has it: the articles, and an index that all examples share."""
    place = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "seeds", place / "seeds")
    return place


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_example(
    number: int, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    code = compile(BLOCKS[number], f"example {number + 1}", "exec")
    exec(code, {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert bool(printed.strip()) == ("print(" in BLOCKS[number])
    assert "Traceback" not in printed


def test_the_commands_it_names_exist() -> None:
    from typer.main import get_command

    from rag.cli import app

    text = "\n".join(PAGES)
    named = set(re.findall(r"(?:-m rag|`quoth) ([a-z]+)", text))
    assert {"index", "ask", "page", "mcp"} <= named
    assert named <= set(get_command(app).commands)  # type: ignore[attr-defined]
    for name in ("app.py", "seeds", "rag", "docs/evaluation.md", "docs/decisions", "training"):
        if name in text:
            assert (ROOT / name).exists(), name
    for target in re.findall(r"^make (\w+)", text, re.M):
        assert f"\n{target}:" in (ROOT / "Makefile").read_text("utf-8")


def test_the_settings_it_names_exist() -> None:
    from rag import Settings, settings

    text = "\n".join(PAGES)
    for name in set(re.findall(r"QUOTH_([A-Z_]+)", text)):
        held = {*Settings.__slots__, *vars(settings), *settings.OWN_LIMITS}
        assert name.lower() in held, name
    assert os.environ["HF_HUB_OFFLINE"] == "1"
