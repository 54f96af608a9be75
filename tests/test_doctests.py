"""Every example in a docstring of the package runs."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import rag

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(rag.__path__, "rag.")
    if not module.name.endswith("__main__")
)


def test_examples() -> None:
    failed = [
        name
        for name in ["rag", *MODULES]
        if doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS).failed
    ]
    assert not failed, "see the reports above; try: python -m doctest, and the name"


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = [
        t for name in MODULES for t in finder.find(importlib.import_module(name)) if t.examples
    ]
    assert len(tests) > 20
