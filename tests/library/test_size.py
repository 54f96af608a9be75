"""A library that is searched through lists: as one that is searched exactly, and after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.errors import LibraryError
from rag.library import Filters, nearest, vectors
from rag.library.nearest import Nearest
from tests.library.place import MakePlace, Place

MANY = 90  # articles, of three passages each


@pytest.fixture(autouse=True)
def _every_list_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is found is what an exact search finds."""
    monkeypatch.setattr(nearest, "_READ", 1)


def filled(place: Place, first: int = 0, last: int = MANY) -> Place:
    for n in range(first, last):
        text = f"Sentence about topic{n} and tea{n % 7} here. " * 12
        place.write(f"{n:03}.md", f"---\ndate: 20{n % 20:02}-01-01\n---\n# Article {n}\n\n{text}")
    return place


@pytest.fixture
def exact(make_place: MakePlace) -> Place:
    place = filled(make_place("exact"))
    place.sync()
    return place


@pytest.fixture
def large(make_place: MakePlace) -> Place:
    place = filled(make_place("large", exact_until=50))
    place.sync()
    return place


def test_it_answers_as_an_exact_one(large: Place, exact: Place) -> None:
    library = large.open()
    assert not library._vectors.exact
    assert large.answers(library) == exact.answers()
    library.close()


@pytest.mark.parametrize("looked_up", [0, 10_000])
def test_filters_let_through_the_same(
    large: Place, exact: Place, monkeypatch: pytest.MonkeyPatch, looked_up: int
) -> None:
    monkeypatch.setattr(vectors, "_LOOKED_UP", looked_up)
    one, other = large.open(), exact.open()
    vector = large.embedder.embed(["topic7 and tea3"])[0]
    for filters in (
        Filters(("003.md",)),
        Filters(("003.md", "010.md", "not there")),
        Filters(()),
        Filters(after=date(2005, 1, 1)),
        Filters(after=date(2005, 1, 1), before=date(2006, 1, 1)),
        Filters(("005.md", "007.md"), before=date(2005, 6, 1)),
    ):
        for _ in range(2):  # the second time with what is kept of the first
            found, expected = (
                {
                    (stored.passage.document, stored.passage.start): round(match.dense, 4)
                    for match in matches
                    if (stored := library.passages([match.number])[match.number])
                }
                for library in (one, other)
                for matches in [library.match(vector, ["tea3"], limit=500, filters=filters)]
            )
            assert found == expected
            assert one.counts(filters) == other.counts(filters)
            assert bool(found) == (filters != Filters(()))
    one.close()
    other.close()


def test_filters_see_a_change_at_once(large: Place) -> None:
    library = large.open()
    filters = Filters(after=date(2019, 1, 1))
    before = library.counts(filters)
    large.write("new.md", "---\ndate: 2024-01-01\n---\n# New\n\nA new article about tea.")
    large.sync(library)
    assert library.counts(filters) == (before[0] + 1, before[1] + 1)
    (large.folder / "new.md").unlink()
    large.sync(library)
    assert library.counts(filters) == before
    library.close()


def test_one_article_does_not_divide_anew(large: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    library = large.open()
    written = (large.index / "vectors.faiss").stat().st_mtime_ns

    def fail(*_: object, **__: object) -> Iterator[None]:
        raise AssertionError("all rows were read")

    monkeypatch.setattr(vectors.VectorIndex, "rebuild", fail)
    large.add(library, "new.txt", "Whales sing in the deep sea.")
    number = library._store.highest_passage()
    vector = library._store.vectors([number])[1][0]

    def first() -> str:
        best = library.match(vector, [], limit=1)[0].number
        return library.passages([best])[best].passage.document

    assert first() == "new.txt"
    large.remove(library, "new.txt")
    assert first() != "new.txt"
    assert (large.index / "vectors.faiss").stat().st_mtime_ns == written
    library.close()


def test_it_grows_into_lists_and_shrinks_out_of_them(make_place: MakePlace) -> None:
    place = filled(make_place(exact_until=50), 0, 10)
    library = place.open()
    place.sync(library)
    assert library._vectors.exact
    filled(place)
    place.sync(library)
    assert not library._vectors.exact
    for n in range(5, MANY):
        (place.folder / f"{n:03}.md").unlink()
    place.sync(library)
    assert library._vectors.exact
    expected = filled(make_place("fresh"), 0, 5)
    expected.sync()
    assert place.answers(library) == expected.answers()


def test_one_that_follows_takes_the_lists_from_the_file(
    make_place: MakePlace, exact: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = filled(make_place("followed", exact_until=50), 0, 10)
    place.sync()
    reader = place.open()
    filled(place)
    place.sync()
    expected, trained = exact.answers(), list[int]()
    real = Nearest.__init__

    def learn(self: Nearest, dimension: int, sample: object = None, *, rows: int = 0) -> None:
        trained.append(rows)
        real(self, dimension, sample, rows=rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Nearest, "__init__", learn)
    assert place.answers(reader) == expected
    assert not reader._vectors.exact
    assert trained == []


def test_a_disk_that_fills_while_it_divides_is_told(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = filled(make_place("full", exact_until=50))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(vectors, "replace", full)
        with pytest.raises(LibraryError, match=r"vectors in .* Free some space"):
            place.sync()
    place.sync()
    fresh = filled(make_place("fresh"))
    fresh.sync()
    assert place.answers() == fresh.answers()


CHILD = """
import os, signal, sys
from pathlib import Path
from rag.library import Library, nearest, sync_folder, vectors
from rag.testing import FakeEmbedder

folder, index, moment, times = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
owner = nearest.Nearest if moment == "add" else vectors
real, seen = getattr(owner, moment), []

def instead(*args, **more):
    lists = moment != "add" or not args[0].exact
    seen.append(lists)
    if sum(seen) > times:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **more)

embedder = FakeEmbedder()
library = Library(index, identity=embedder.identity, longest=200, exact_until=50)
setattr(owner, moment, instead)
sync_folder(folder, library, embedder, longest=200)
"""


@pytest.mark.parametrize(("moment", "times"), [("add", 0), ("replace", 0), ("replace", 1)])
def test_killed_while_it_divides(
    make_place: MakePlace, exact: Place, moment: str, times: int
) -> None:
    place = filled(make_place("killed", exact_until=50))
    command = [sys.executable, "-c", CHILD, str(place.folder), str(place.index), moment, str(times)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    library = place.open()
    assert not library._vectors.exact
    assert library.counts()[1] == len(library._vectors) > 50
    place.sync(library)
    assert place.answers(library) == exact.answers()
