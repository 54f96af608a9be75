"""Two libraries asked as one answer as one that holds all; on either store."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.library import Filters
from rag.library.joined import OWN
from rag.settings import Settings
from rag.testing import FakeEmbedder, FakeJudge, FakeLLM, FakeReader
from tests.milvus_process import MilvusProcess
from tests.world import ARTICLES, write

MINE = {
    "canal.md": "---\ntitle: The canal\ndate: 2020-02-02\n---\n\nThe canal has four old locks. "
    "Barges pay 12 crowns at each lock.\n",
    "ferry two.txt": "The other ferry\n\nThe ferry Greta was built in 1971 at Skarvik.\n",
}
_names = count()


def assistant(folder: Path, index: Path, library: str = "") -> Assistant:
    fakes = {"embedder": FakeEmbedder(dimension=64), "reader": FakeReader(), "judge": FakeJudge()}
    settings = Settings(library=library)
    made = Assistant(folder, index, settings=settings, llm=FakeLLM(), **fakes)  # type: ignore[arg-type]
    made.sync()
    return made


@pytest.fixture(params=["local", "milvus"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Assistant, Assistant]]:
    """Shared and own articles as one, and one library that holds all of them."""
    library = ""
    if request.param == "milvus":
        process: MilvusProcess = request.getfixturevalue("milvus_process")
        library = process.library(f"joined{next(_names)}")
    shared = assistant(write(tmp_path / "shared", ARTICLES), tmp_path / "index", library)
    own = shared.private(write(tmp_path / "own", MINE), tmp_path / "private")
    own.sync()
    every = ARTICLES | {OWN + name: text for name, text in MINE.items()}
    whole = assistant(write(tmp_path / "whole", every), tmp_path / "all")
    yield shared.beside(lambda: nullcontext(own)), whole
    for one in (own, shared, whole):
        one.close()


def test_they_list_count_and_hold_as_one(both: tuple[Assistant, Assistant]) -> None:
    joined, whole = both
    assert joined.documents() == whole.documents()
    assert joined.counts() == whole.counts()
    for info in whole.documents():
        assert joined.document(info.id) == whole.document(info.id)
        assert joined.digest(info.id) == whole.digest(info.id)
    mine, theirs = joined._library, whole._library
    assert mine.dates() == sorted(theirs.dates())
    assert set(mine.languages()) == set(theirs.languages())
    chosen = Filters((f"{OWN}canal.md", "bridge.md"))
    assert mine.counts(chosen) == theirs.counts(chosen)
    for word in ("ferri", "canal", "nowher"):
        assert math.isclose(mine.weight(word), theirs.weight(word), rel_tol=0.02)


def test_they_are_searched_as_one(both: tuple[Assistant, Assistant]) -> None:
    joined, whole = both
    for question in ("How many locks has the canal?", "When was the ferry Greta built?"):
        assert joined.search(question)[0].text == whole.search(question)[0].text
        assert joined.search(question)[0].document.startswith(OWN)
    assert joined.search("Where do geese breed?")[0].document == "news/geese.txt"
    only = joined.search("the ferry built", documents=[f"{OWN}ferry two.txt"])
    assert {hit.document for hit in only} == {f"{OWN}ferry two.txt"}


def test_they_are_not_written_as_one(both: tuple[Assistant, Assistant]) -> None:
    with pytest.raises(TypeError, match="each by itself"):
        both[0]._library.save()
