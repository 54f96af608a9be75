"""Folders of articles with an index, to be used up by tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.library.place import MakePlace, Place


@pytest.fixture
def make_place(tmp_path: Path) -> MakePlace:
    """Makes further places: `make_place("name")`."""

    def make(name: str | Path = "place", **more: Any) -> Place:
        return Place(tmp_path / name, **more)

    return make


@pytest.fixture
def place(make_place: MakePlace) -> Place:
    """A folder with four articles, not indexed yet."""
    return make_place().fill()
