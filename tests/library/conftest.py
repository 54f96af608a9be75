"""Folders of articles with an index, to be used up by tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.library.place import MakePlace, Place
from tests.milvus_process import MilvusProcess

_names = count(1)


@pytest.fixture
def milvus(milvus_process: MilvusProcess) -> str:
    """The address of a library on it that is not there yet."""
    return milvus_process.library(f"library{next(_names)}")


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[MakePlace]:
    """Makes further places: `make_place("name")`; what a test opens in them is closed after it."""
    places: list[Place] = []

    def make(name: str | Path = "place", **more: Any) -> Place:
        places.append(Place(tmp_path / name, **more))
        return places[-1]

    yield make
    for place in places:
        for library in place.opened:
            library.close()


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """A folder with four articles, not indexed yet."""
    return make_place().fill()
