"""The errors have one base, and all of them are explained and public."""

from __future__ import annotations

import inspect

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
def test_each_is_explained_and_public(name: str) -> None:
    assert CLASSES[name].__doc__
    assert getattr(rag, name) is CLASSES[name]
    assert name in rag.__all__


def test_no_others_are_hidden_in_the_package() -> None:
    def below(kind: type[BaseException]) -> set[type[BaseException]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    outside = [kind for kind in below(errors.RagError) if kind.__module__.startswith("rag.")]
    assert {kind.__module__ for kind in outside} == {"rag.errors"}
