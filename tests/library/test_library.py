"""The library as a whole: searched by both indexes, and shared between programs."""

from __future__ import annotations

import os
import threading
from datetime import date
from typing import Any

import pytest

from rag.errors import LibraryError
from rag.library import Library
from rag.library.nearest import Nearest
from rag.library.rows import Settlement
from rag.words import terms
from tests.library.place import Place


def test_a_passage_found_either_way_has_both_scores(place: Place) -> None:
    place.sync()
    library = place.open()
    vector = place.embedder.embed(["Rollo led the Norse"])[0]
    matches = library.match(vector, terms("slow chip"), limit=1)
    stored = library.passages([m.number for m in matches])
    rows = {n: v for part in library._store.vectors_since(0) for n, v in zip(*part, strict=True)}
    assert len(matches) == 2
    for match in matches:
        assert match.dense == pytest.approx(float(rows[match.number] @ vector), abs=1e-5)
    assert {stored[m.number].passage.document for m in matches if m.lexical} == {"chips.md"}


def found(library: Library, place: Place, **filters: Any) -> set[str]:
    vector = place.embedder.embed(["chips and tea"])[0]
    matches = library.match(vector, terms("chips tea"), limit=50, **filters)
    stored = library.passages([match.number for match in matches])
    return {s.passage.document for s in stored.values()}


def test_filters(place: Place) -> None:
    place.sync()
    library = place.open()
    assert len(found(library, place)) == 4
    assert found(library, place, documents=["chips.md", "absent"]) == {"chips.md"}
    assert found(library, place, documents=[]) == set()
    assert found(library, place, after=date(2025, 1, 1)) == {"chips.md"}
    assert found(library, place, after=date(2025, 8, 12), before=date(2025, 8, 12)) == {"chips.md"}
    assert found(library, place, before=date(2025, 8, 11)) == {"deep/er/old.md"}
    assert found(library, place, documents=["rollo.txt"], after=date(2000, 1, 1)) == set()
    assert library.counts(after=date(2025, 1, 1))[0] == 1
    assert library.counts(documents=["rollo.txt", "chips.md"])[0] == 2


def test_filters_do_not_change_the_scores(place: Place) -> None:
    place.sync()
    library = place.open()
    vector = place.embedder.embed(["old chips"])[0]
    every = {m.number: m for m in library.match(vector, terms("old chips"), limit=50)}
    some = library.match(vector, terms("old chips"), limit=50, documents=["deep/er/old.md"])
    assert some
    for match in some:
        assert match.lexical == pytest.approx(every[match.number].lexical)
        assert match.dense == pytest.approx(every[match.number].dense)


def test_an_empty_library(place: Place) -> None:
    library = place.open()
    assert library.counts() == (0, 0)
    assert library.match(place.embedder.embed(["x"])[0], ["x"], limit=5) == []
    assert library.passages([1, 2]) == {}
    assert library.documents() == []
    assert library.document("rollo.txt") is None
    assert library.weight("chip") > 0


def test_rare_words_weigh_more(place: Place) -> None:
    place.sync()
    library = place.open()
    assert library.weight("rouen") > library.weight("chip") > 0


def test_a_reader_follows_what_another_program_adds(place: Place) -> None:
    place.sync()
    reader, writer = place.open(), place.open()
    place.write("new.txt", "A new article about chips and tea.")
    (place.folder / "rollo.txt").unlink()
    place.sync(writer)
    assert place.answers(reader) == place.answers(writer)
    assert "new.txt" in found(reader, place)


@pytest.mark.parametrize("damaged", [False, True])
def test_opening_while_another_program_writes(place: Place, damaged: bool) -> None:
    place.sync()
    before = place.answers()
    writer = place.open()
    if damaged:
        (place.index / "words/meta.json").write_text("{")
    with writer.writing():
        reader = place.open()
        dense = [[(*row[:-1],) for row in rows] for rows in place.answers(reader)]
        assert dense == [[(*row[:-1],) for row in rows] for rows in before]
        if not damaged:
            assert place.answers(reader) == before
        place.write("new.txt", "A new article about chips and tea.")
        with pytest.raises(LibraryError, match="Another program is writing"):
            reader.settle(Settlement(removed=["rollo.txt"]))
    place.sync(reader)
    expected = place.answers(reader)
    reader.close()
    writer.close()
    assert place.answers() == expected


def test_searching_while_syncing(place: Place) -> None:
    place.sync()
    library = place.open()
    stop, problems = threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            try:
                place.answers(library)
            except KeyError:
                pass  # a passage that was removed between the two calls
            except Exception as error:
                problems.append(error)
                return

    thread = threading.Thread(target=search)
    thread.start()
    for round_ in range(6):
        place.write("rollo.txt", f"Rollo\n\nVersion {round_} about tea and chips.")
        place.write(f"new{round_}.txt", f"Article {round_} about whales.")
        place.sync(library)
    stop.set()
    thread.join()
    assert problems == []
    expected = place.answers(library)
    library.close()
    assert place.answers() == expected


def test_rows_come_in_parts(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.sync()
    before = place.answers()
    sizes = []
    real = Nearest.add

    def add(self: Nearest, numbers: Any, vectors: Any) -> None:
        sizes.append(len(numbers))
        assert len(vectors) == len(numbers)
        real(self, numbers, vectors)

    monkeypatch.setattr("rag.library.store._PART", 2)
    monkeypatch.setattr(Nearest, "add", add)
    (place.index / "vectors.json").unlink()
    assert place.answers() == before
    assert sizes
    assert max(sizes) == 2


def test_a_closed_library_says_so(place: Place) -> None:
    library = place.open()
    library.close()
    with pytest.raises(LibraryError, match="was closed"):
        library.counts()
    with pytest.raises(LibraryError, match="was closed"):
        library.match(place.embedder.embed(["x"])[0], ["x"], limit=5)


def test_no_pickle_is_written(place: Place) -> None:
    place.sync()
    for path in place.index.rglob("*"):
        if path.is_file():
            assert not path.read_bytes().startswith(b"\x80\x04"), path
    assert os.access(place.index / "writer.lock", os.F_OK)
