"""The pages of docs/: made from the code as it is, and naming nothing that is not there."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import rag

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_make", DOCS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _make()
AGAIN = f"run .venv/bin/{make.COMMAND}, which makes it again from the code"


def text(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", sorted(make.PAGES))
def test_a_page_that_is_made_is_as_the_code_is(name: str) -> None:
    assert text(name) == make.PAGES[name](), f"docs/{name} is behind the code: {AGAIN}"


def test_every_public_name_is_in_the_interface() -> None:
    page = text("api.md")
    for name in rag.__all__:
        assert f"\n### {name}\n" in page, f"{name} is not in docs/api.md: {AGAIN}"


@pytest.mark.parametrize("name", ["Assistant", "Chat", "ChatStore"])
def test_every_public_method_is_in_the_interface_with_what_it_says(name: str) -> None:
    page, thing = text("api.md"), getattr(rag, name)
    for member in (m for m in dir(thing) if not m.startswith("_")):
        held: Any = inspect.getattr_static(thing, member)
        doc = inspect.getdoc(held) or ""
        assert f"\n#### {name}.{member}\n" in page, f"{name}.{member} is missing: {AGAIN}"
        assert doc, f"{name}.{member} says nothing of itself"
        part = page.split(f"\n#### {name}.{member}\n")[1].split("\n##")[0]
        assert " ".join(doc.split("\n\n")[0].split()) in part.replace("\\", "")
        for parameter in inspect.signature(held).parameters if callable(held) else ():
            assert parameter == "self" or re.search(rf"\b{parameter}\b", part), parameter


def test_every_command_is_there_with_its_options() -> None:
    import typer

    from rag.cli import app

    page = text("cli.md")
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        assert f"\n## {name}\n" in page, f"{name} is not in docs/cli.md: {AGAIN}"
        part = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert " ".join(command.help.split("\n\n")[0].split()) in part.replace("\\", "")
        for one in command.params:
            for option in one.opts if one.param_type_name == "option" else ():
                assert f"`{option}" in part or f" {option}" in part, f"{name} {option}: {AGAIN}"


def _is_there(dotted: str) -> bool:
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if part not in dir(thing) and part not in getattr(thing, "__annotations__", {}):
                return False
            thing = getattr(thing, part, None)
        return True
    return False


def test_what_the_architecture_names_is_there() -> None:
    page = text("architecture.md")
    named = set(re.findall(r"\brag(?:\.\w+)+", page))
    assert len(named) > 30
    for dotted in sorted(named):
        assert _is_there(dotted), f"docs/architecture.md names {dotted}, which is not there"
    for path in set(re.findall(r"\b(?:rag|tests|docs|benchmarks|training)/[\w./-]+", page)):
        assert (ROOT / path.rstrip(".")).exists(), f"docs/architecture.md names {path}"


def test_each_invariant_is_held_by_a_test_that_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text("architecture.md"))
    assert named
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}, name


def test_the_architecture_is_short_and_names_every_room() -> None:
    page = text("architecture.md")
    assert len(page.splitlines()) < 200
    for room in sorted(p.name for p in (ROOT / "rag").iterdir() if (p / "__init__.py").exists()):
        assert f"`{room}/`" in page, f"docs/architecture.md does not say what rag/{room}/ is for"


def test_the_log_is_dated_newest_first() -> None:
    days = re.findall(r"^## (\S+)$", text("log.md"), re.M)
    assert days
    assert [date.fromisoformat(day) for day in days] == sorted(
        (date.fromisoformat(day) for day in days), reverse=True
    )
    assert re.search(r"^- \*\*Did not help: ", text("log.md"), re.M)
