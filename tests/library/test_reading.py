"""What an article is read from, and what another process makes of several."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.documents.limits import Allowance
from rag.errors import ReadError
from rag.library.reading import VERSION, ToRead, read_and_embed, read_here
from rag.library.rows import embedded
from rag.models.embedder import bundled_embedder, set_threads


@pytest.fixture(autouse=True)
def _own_threads() -> Iterator[None]:
    yield
    set_threads(0)  # a worker takes one for all its life


TEA = ToRead("tea.txt", b"Tea\n\nTea grows on hills.\n\nIt is picked by hand.", 30, 60.0)


def test_what_is_read_here_is_split_and_takes_of_its_time() -> None:
    made = read_here(TEA)
    assert made.document is not None
    assert [made.document.text[p.start : p.end] for p in made.passages] == [
        "Tea\n\nTea grows on hills.",
        "It is picked by hand.",
    ]
    assert 0 < made.left < 60
    assert not made.again


def test_what_was_parsed_before_is_split_only() -> None:
    known = read_here(TEA).document
    made = read_here(replace(TEA, id="other.txt", content=b"of no matter", known=known))
    assert made.document is not None
    assert (made.document.id, made.document.title) == ("other.txt", "Tea")


def test_what_cannot_be_read_says_why() -> None:
    made = read_here(replace(TEA, content=b""))
    assert made.document is None
    assert "tea.txt holds no text" in made.error
    assert not made.again
    assert read_here(replace(TEA, content=ReadError("It is gone."))).error == "It is gone."
    assert read_here(replace(TEA, content=b"", seconds=0.0)).again


def test_another_process_embeds_all_but_what_is_kept() -> None:
    embedder = bundled_embedder()
    first = read_here(TEA)
    assert first.document is not None
    texts = [embedded(first.document, p.start, p.end) for p in first.passages]
    tasks = [
        replace(TEA, kept=frozenset(texts[:1]), archive=Allowance(1.0)),
        replace(TEA, id="empty.txt", content=b""),
        replace(TEA, id="twice/tea.txt"),
    ]
    handed = pickle.loads(
        pickle.dumps(read_and_embed(pickle.loads(pickle.dumps(tasks)), embedder.identity))
    )
    assert (handed.version, handed.wrong) == (VERSION, "")
    some, none, every = handed.made
    assert list(some.vectors) == [1]
    assert (none.document, none.vectors) == (None, {})
    assert every.document is not None
    own = [embedded(every.document, p.start, p.end) for p in every.passages]
    assert np.allclose([every.vectors[n] for n in range(2)], embedder.embed(own), atol=1e-6)


def test_another_embedder_of_the_same_name_makes_nothing() -> None:
    identity = replace(bundled_embedder().identity, digest="of others")
    handed = read_and_embed([TEA], identity)
    assert handed.made == ()
    assert "another embedding model named all-MiniLM-L6-v2" in handed.wrong


def test_an_embedder_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = replace(bundled_embedder().identity, name=str(tmp_path / "gone"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "cannot be loaded" in read_and_embed([TEA], identity).wrong
