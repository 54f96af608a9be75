"""Reading, splitting and placing a text costs its length: sizes are doubled, the ratio is held."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from rag.documents import context
from rag.documents.grid import Grid
from rag.documents.kinds import read_whole, suffix_of
from rag.documents.limits import Unreadable
from rag.documents.split import split_here
from rag.documents.webtables import WebTables
from rag.schema import Document, Heading

ENOUGH = 0.1  # seconds of computing that a ratio is told from
SMALLEST, LARGEST = 1 << 17, 1 << 20  # characters; a few windows of the splitter at least
STEP = 8
HIGHEST = 20.0  # times as long for `STEP` times the text; squared it would be 64
TRIES = 3

LINES = {
    "quotation marks that do not close": "“He said \"and 'then (",
    "one line": "and so on ",
    "one line of sentences": "It sails. ",
    "one word": "a",
    "brackets that do not close": "[",
    "parentheses": "(a ",
    "many short lines": "a\n",
    "many short paragraphs": "One. Two.\n\n",
    "lists": "- a\n",
    "numbered lists": "1. ",
    "dots": ". ",
    "hard blanks before dots": "\u00a0.",
    "unseen letters": "a\u200b",
    "marks": "a\u0301\u0301",
    "no blanks between words": "船が出る。",
    "words that are broken": "abcdefghijklmnopqrstuv-\nabc\n",
    "words that are broken again and again": "abcdefghijklmnopqrstuv-\n",
    "rows": "a | b\n",
    "labels": "a: b | ",
    "wrapped lines": "a line that is wrapped at about sixty characters or so, and\n",
}
TABLES = {
    "cells that do not close": '"a,b\n',
    "a cell that does not close": 'a""b ',
    "one wide row": "a,",
    "one wide row of labels": "a:,",
    "many short rows": "a,b\n",
    "many blank rows": ",,\n\n",
    "one long cell": "a b c ",
}
OTHERS: dict[str, Callable[[int], str]] = {
    "a.md": lambda size: "".join("  " * n + "- a\n" for n in range(int(size**0.5))),
    "b.md": lambda size: "[" * size,
    "c.md": lambda size: "# a\n" * (size // 4),
    "a.org": lambda size: f"* a{' ' * size}b",
    "a.tex": lambda size: "\\begin{tabular}" + "{a}" * (size // 3),
    "a.eml": lambda size: "From: a@b.c\nSubject: a\n\na\n" + ">\n" * (size // 2),
}


@pytest.fixture(scope="module", autouse=True)
def left() -> None:
    """What other tests have left is looked at by one collection of garbage, not by each here."""
    gc.collect()
    gc.freeze()


def squared(work: Callable[[int], Callable[[], object]], smallest: int = SMALLEST) -> bool:
    """Whether what a size costs grows with far more than the size, however often it is tried.

    Args:
        work: Makes what is to be done for a size; only that is measured.
        smallest: The size that is begun with.
    """

    def computed(size: int) -> float:
        do = work(size)
        gc.collect()
        gc.disable()  # which looks at all that other tests have left
        try:
            before = time.thread_time()  # of this thread, whatever others of the tests do
            do()
            return time.thread_time() - before
        finally:
            gc.enable()

    size = smallest
    computed(size // STEP)  # what is loaded and compiled once
    while (took := computed(size)) < ENOUGH and size < LARGEST:
        size *= 2
    if took < ENOUGH or took <= HIGHEST * computed(size // STEP):
        return False
    return all(computed(size) > HIGHEST * computed(size // STEP) for _ in range(TRIES - 1))


def whole(name: str, text: str) -> None:
    """A file as the process apart reads and splits it, and then its passages as they are stored."""
    try:
        draft = read_whole(text.encode(), suffix_of(name))
    except Unreadable:
        return
    document = Document(name, draft.title, draft.text, headings=draft.headings)
    for passage in split_here(document, longest=800):
        context.context_of(document, passage.start)


def times(unit: str, size: int) -> str:
    return unit * (size // len(unit))


def test_what_is_squared_is_told_and_what_is_not_is_not() -> None:
    def counting(size: int) -> Callable[[], object]:
        text = "a" * size
        return lambda: [text.count("b", at) for at in range(0, size, 8)]

    assert squared(counting)
    assert not squared(lambda size: lambda: [divmod(n, 7) for n in range(size)])


@pytest.mark.parametrize("what", LINES)
def test_a_text_costs_its_length(what: str) -> None:
    assert not squared(lambda size: lambda: whole("a.txt", times(LINES[what], size)))


@pytest.mark.parametrize("what", TABLES)
def test_a_table_costs_its_length(what: str) -> None:
    assert not squared(lambda size: lambda: whole("a.csv", times(TABLES[what], size)))


@pytest.mark.parametrize("name", OTHERS)
def test_what_was_squared_once_is_so_no_more(name: str) -> None:
    assert not squared(lambda size: lambda: whole(name, OTHERS[name](size)), SMALLEST // 16)


def test_tables_of_pages_cost_their_length() -> None:
    def unfolding(size: int) -> Callable[[], object]:
        grid = Grid()
        for _ in range(size // 8):
            grid.begin_row()
            grid.add("a b", {}, lines=["a", "b"])
            grid.add("1 2", {}, lines=["1", "2"])
        return grid.unfold

    assert not squared(unfolding, 4 * SMALLEST)
    assert not squared(lambda size: lambda: WebTables(f"<p>quothtable{'x' * size}</p>"))


@pytest.mark.parametrize("unit", ["a ", "a | b\n", "a\n\n", "a | b "])
def test_where_passages_stand_costs_their_number(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each passage of a text asks; none may look at all of the text, or at all headings."""
    monkeypatch.setattr(context, "_TABLE", 1000)

    def work(size: int) -> Callable[[], object]:
        text = times(unit, size)
        heads = tuple(Heading(at, "a", 1 + at % 5) for at in range(0, size, 40))
        document = Document("a.txt", "A", text, headings=heads)
        return lambda: [context.context_of(document, at) for at in range(0, len(text), 400)]

    assert not squared(work, LARGEST << 2)
