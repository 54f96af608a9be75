"""The shape of the code: short modules and functions that say what they are for."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = sorted([*(ROOT / "rag").rglob("*.py"), ROOT / "app.py"])
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40  # lines, without its docstring
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "base"}


def test_modules() -> None:
    for path in MODULES:
        text = path.read_text()
        lines = len(text.splitlines())
        assert lines <= LONGEST_MODULE, f"{path} has {lines} lines"
        assert ast.get_docstring(ast.parse(text)), f"{path} does not say what it owns"
        assert path.stem not in NAMES_THAT_SAY_NOTHING, f"{path} has a name that says nothing"


def test_functions() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = body_lines(node)
                assert lines < LONGEST_FUNCTION, f"{path}: {node.name} has {lines} lines"


def test_no_two_classes_share_a_name() -> None:
    """But for the retrievers, each of which is named for people who know the one framework."""
    names = Counter(
        node.name
        for path in MODULES
        if path.parent.name != "integrations"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    assert not [name for name, count in names.items() if count > 1]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_the_top_level_is_what_the_design_says() -> None:
    wanted = {"app.py", "rag", "index", "seeds", "requirements.txt", "tests"}
    assert wanted <= {path.name for path in ROOT.iterdir()}
