"""The error tree is the one that its file draws, and all of it is public."""

from __future__ import annotations

import inspect
import re

import pytest

import rag
from rag import errors

CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and value.__module__ == errors.__name__
}


def test_one_base() -> None:
    assert all(issubclass(value, errors.RagError) for value in CLASSES.values())
    assert errors.RagError.__bases__ == (Exception,)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_is_explained_drawn_and_public(name: str) -> None:
    assert CLASSES[name].__doc__
    assert errors.__doc__ is not None
    assert re.search(rf"\b{name}\b", errors.__doc__)
    assert getattr(rag, name) is CLASSES[name]
    assert name in rag.__all__


def test_the_drawing_is_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = re.findall(r"^ {4}([│ ]*)(?:[├└]── )?([A-Z]\w+)", errors.__doc__, re.M)
    assert {name for _, name in drawn} == set(CLASSES)
    nested = {name for bars, name in drawn if bars.strip("\n")}
    assert nested == {
        name
        for name, value in CLASSES.items()
        if value is not errors.RagError and errors.RagError not in value.__bases__
    }


def test_no_others_are_hidden_in_the_package() -> None:
    def below(kind: type[BaseException]) -> set[type[BaseException]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    outside = [kind for kind in below(errors.RagError) if kind.__module__.startswith("rag.")]
    assert {kind.__module__ for kind in outside} == {"rag.errors"}
