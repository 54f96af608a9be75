"""What is set by hand is kept apart from what a file tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import RagError
from rag.library.repair import mend
from rag.library.store import Store
from rag.listing import DocumentInfo
from tests.world import ARTICLES, opened, write

DAY = date(2001, 2, 3)
FRONT = "---\ntitle: The mill\nauthor: Jo Doe\ndate: 1999-01-01\n---\nThe mill burned down in 1931."


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def assistant(place: Path) -> Iterator[Assistant]:
    with opened(place, articles={**ARTICLES, "mill.md": FRONT}) as assistant:
        yield assistant


def info(assistant: Assistant, id_: str = "mill.md") -> DocumentInfo:
    found = assistant.info(id_)
    assert found is not None
    return found


def test_what_is_set_counts_everywhere_and_the_file_stays(assistant: Assistant) -> None:
    assistant.correct("mill.md", author="Anna Berg", date=DAY, modified="2002-03-04")
    now = info(assistant)
    assert (now.author, now.date, now.modified) == ("Anna Berg", DAY, date(2002, 3, 4))
    assert now.by_hand == ("author", "date", "modified")
    document = assistant.document("mill.md")
    assert (document.author, document.date) == ("Anna Berg", DAY)
    (hit,) = assistant.search("mill", after=DAY, before=DAY)
    assert hit.document == "mill.md"
    assert (assistant.folder / "mill.md").read_text() == FRONT


def test_it_is_taken_back_one_by_one(assistant: Assistant) -> None:
    assistant.correct("mill.md", author="Anna Berg", date=DAY)
    assistant.correct("mill.md", author="Anna B.")
    assistant.correct("mill.md", author=None)
    assert (info(assistant).author, info(assistant).by_hand) == ("Jo Doe", ("date",))
    assistant.correct("mill.md", date=None)
    assert (info(assistant).date, info(assistant).by_hand) == (date(1999, 1, 1), ())


def test_an_empty_text_says_that_there_is_none(assistant: Assistant) -> None:
    assistant.correct("mill.md", author="", date="")
    assert (info(assistant).author, info(assistant).date) == ("", None)


def test_it_stays_when_the_file_changes_or_moves_and_what_the_file_tells_is_kept(
    assistant: Assistant,
) -> None:
    assistant.correct("mill.md", author="Anna Berg")
    path = assistant.folder / "mill.md"
    path.write_text(FRONT.replace("Jo Doe", "Li Wei").replace("1931", "1932"))
    assistant.sync()
    assert info(assistant).author == "Anna Berg"
    path.rename(assistant.folder / "old.md")
    assistant.sync()
    assert info(assistant, "old.md").author == "Anna Berg"
    assistant.correct("old.md", author=None)
    assert info(assistant, "old.md").author == "Li Wei"


def test_it_goes_with_the_file(assistant: Assistant) -> None:
    assistant.correct("mill.md", author="Anna Berg")
    assistant.remove("mill.md")
    write(assistant.folder, {"mill.md": FRONT})
    assistant.sync()
    assert (info(assistant).author, info(assistant).by_hand) == ("Jo Doe", ())


def test_it_outlives_a_repair(assistant: Assistant) -> None:
    assistant.correct("mill.md", author="Anna Berg")
    assistant.close()
    store = Store(assistant.index / "library.sqlite")
    store._db.all("UPDATE documents SET title = 'other' WHERE id = 'mill.md'")
    store.close()
    assert "mill.md" in mend(assistant.index)[0]
    with opened(assistant.folder.parent, articles={}) as again:
        assert info(again).author == "Anna Berg"


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"title": "x"}, "title cannot be set by hand"),
        ({"date": "soon"}, "'soon' is no day. Write it as in 2025-08-31"),
        ({"author": "x" * 301}, "longer than 300 characters"),
    ],
)
def test_what_cannot_be_set_is_told_and_nothing_changes(
    assistant: Assistant, facts: dict[str, str], told: str
) -> None:
    before = info(assistant)
    with pytest.raises(RagError, match=told):
        assistant.correct("mill.md", source="x", **facts)
    assert info(assistant) == before


def test_an_article_that_is_not_there(assistant: Assistant) -> None:
    with pytest.raises(RagError, match=r"no article gone\.md"):
        assistant.correct("gone.md", author="x")
