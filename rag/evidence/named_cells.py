"""Cells of a row, and which of them and of its columns a question names."""

from __future__ import annotations

from collections.abc import Sequence

from rag.evidence.parts import words
from rag.words import STOP, stem

HALF = 0.5  # of the name of a column, that a question must have to mean it


def cell_of(part: str) -> tuple[str, str]:
    """A cell as it is written in a row, as the name of its column and its value."""
    name, sign, value = part.partition(": ")
    return (name, value) if sign else ("", part)


def columns_meant(
    cells: Sequence[tuple[str, str]],
    named: set[int],
    asked: Sequence[str],
    marked: int | None,
    least: float = 1.0,
) -> list[int]:
    """The cells that can be meant: those whose columns are named best, else the one marked.

    A column is named best unless another has all the words of it that the question has, and more.
    So "At what price was it sold?" means "Price (kr)" as well as "Sold to". Where a cell is marked,
    only columns of its kind, figures or words, take its place.
    """
    stems = {stem(word) for word in asked}
    heads = [frozenset(stem(w) for w in words(name) if w not in STOP) for name, _ in cells]
    like = [any(c.isdigit() for c in value) for _, value in cells]
    out = {i for i in range(len(cells)) if marked is not None and like[i] != like[marked]}
    out |= named
    held = [frozenset() if i in out else head & stems for i, head in enumerate(heads)]
    shares = [len(some) / (len(head) or 1) for some, head in zip(held, heads, strict=True)]
    best = max(shares)
    if best < least and (marked is None or shares[marked] >= best):
        return [] if marked is None else [marked]
    most: dict[frozenset[str], float] = {}
    for some, share in zip(held, shares, strict=True):
        most[some] = max(share, most.get(some, 0.0))
    meant = {some for some in most if some and not any(some < other for other in most)}
    return [i for i, some in enumerate(held) if some in meant and shares[i] == most[some]]


def is_named(value: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether a question has all words of a cell, which are not common ones alone."""
    return bool(value) and not STOP.issuperset(value) and within(value, asked)


def within(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether some words stand in others, one right behind the other."""
    size = len(one)
    return any(other[at : at + size] == one for at in range(len(other) - size + 1))
