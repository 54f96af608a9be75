"""The rows: what goes in comes out, changes are whole or not at all, damage is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.errors import LibraryError
from rag.library.rows import Entry, FileState, Settlement
from rag.library.seam import ALL, Filters
from rag.library.store import Store
from rag.listing import DocumentInfo, Failure
from rag.schema import Document, Heading, Passage, Place, Span, places_in


def entry(
    id_: str, text: str = "Rollo led. He won.", *, seed: int = 0, day: date | None = None
) -> Entry:
    middle = text.index(".") + 1
    passages = [
        Passage(id_, 0, middle, (Span(0, middle),)),
        Passage(id_, middle + 1, len(text), (Span(middle + 1, len(text)),), True),
    ]
    vectors = np.random.default_rng(seed).normal(size=(2, 4)).astype(np.float32)
    document = Document(id_, f"Title of {id_}", text, day, "a desk", (Heading(0, "Rollo"),))
    return Entry(document, passages, vectors, FileState("digest" + id_, len(text), 12345))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "library.sqlite")
    yield made
    made.close()


def test_what_goes_in_comes_out(store: Store) -> None:
    text = "Größe 😀 \U0001f469\u200d👩. مرحبا e\u0301."
    put = entry("deep/a.txt", text, day=date(2025, 8, 12))
    store.replace([put])
    assert store.document("deep/a.txt") == put.document
    size = put.state.size
    day, title = date(2025, 8, 12), "Title of deep/a.txt"
    assert store.documents() == [
        DocumentInfo("deep/a.txt", title, day, len(text), 2, "a desk", size, words=5, sections=1)
    ]
    assert store.states() == {"deep/a.txt": put.state}
    assert store.counts() == (1, 2)
    found = store.passages([1, 2, 99])
    assert [s.passage for s in found.values()] == list(put.passages)
    assert [s.text for s in found.values()] == [text[p.start : p.end] for p in put.passages]
    assert {s.document.title for s in found.values()} == {"Title of deep/a.txt"}
    assert {s.document.date for s in found.values()} == {date(2025, 8, 12)}


def test_rows_for_the_derived_indexes(store: Store) -> None:
    store.replace([entry("a"), entry("b", "One. Two.")])
    rows = list(store.added_since(0))
    assert [row.text for row in rows] == [
        "Title of a\nRollo\nRollo led.",
        "Title of a\nRollo\nHe won.",
        "Title of b\nRollo\nOne.",
        "Title of b\nRollo\nTwo.",
    ]
    ((numbers, vectors),) = store.vectors_since(0)
    assert numbers == [row.number for row in rows] == [1, 2, 3, 4]
    np.testing.assert_allclose(vectors[:2], entry("a").vectors, rtol=1e-3)
    assert vectors.dtype == np.float32
    some, of = store.vectors([4, 77, 1])
    assert some == [1, 4]
    np.testing.assert_array_equal(of, vectors[[0, 3]])
    assert store.vectors([77])[0] == []
    assert store.highest_passage() == 4


def test_generations_tell_what_changed(store: Store) -> None:
    store.replace([entry("a")])
    first = store.generation
    store.replace([entry("b")])
    assert [row.number for row in store.added_since(first)] == [3, 4]
    second = store.generation
    store.replace([entry("a", "New. Text.")])
    assert store.removed_since(second) == [1, 2]
    assert [row.number for row in store.added_since(second)] == [5, 6]
    store.settle(Settlement(removed=["b", "not there"]))
    assert store.removed_since(second) == [1, 2, 3, 4]
    assert [numbers for numbers, _ in store.vectors_since(second)] == [[5, 6]]
    assert list(store.vectors_since(store.generation)) == []
    assert store.counts() == (1, 2)
    assert store.generation > second > first


def test_numbers_are_never_used_twice(store: Store) -> None:
    store.replace([entry("a")])
    store.settle(Settlement(removed=["a"]))
    store.replace([entry("a")])
    assert list(store.passages(range(10))) == [3, 4]


def test_a_change_is_whole_or_not_at_all(store: Store) -> None:
    store.replace([entry("a")])
    before = store.generation
    broken = Entry(
        entry("c").document, entry("c").passages, np.zeros((1, 4), np.float32), FileState("", 0, 0)
    )
    with pytest.raises(ValueError, match="zip"):
        store.replace([entry("a", "New. Text."), entry("b"), broken])
    document = store.document("a")
    assert document is not None
    assert document.text == "Rollo led. He won."
    assert (store.counts(), store.generation) == ((1, 2), before)


def test_filters(store: Store) -> None:
    days = [date(2020, 1, 1), date(2024, 6, 1), date(2025, 1, 1), None]
    store.replace([entry(f"{n}", day=day) for n, day in enumerate(days)])
    assert store.numbers(ALL) == [1, 2, 3, 4]
    assert store.numbers(Filters(("1", "3", "absent"))) == [2, 4]
    assert store.numbers(Filters(())) == []
    assert store.numbers(Filters(after=date(2024, 6, 1))) == [2, 3]
    assert store.numbers(Filters(before=date(2024, 6, 1))) == [1, 2]
    assert store.numbers(Filters(("0", "2"), date(2020, 1, 2), date(2026, 1, 1))) == [3]
    assert store.passage_numbers([2, 4]) == [3, 4, 7, 8]
    assert store.passage_numbers([]) == []


def test_lists_of_any_length(store: Store) -> None:
    store.replace([entry("a")])
    many = range(400_000)  # written out, longer than a statement may be
    assert store.passage_numbers(many) == [1, 2]
    assert list(store.passages(many)) == [1, 2]


def test_failures(store: Store) -> None:
    store.set_failures([Failure("b", "binary"), Failure("a", "empty"), Failure("b", "again")], {})
    assert store.failures() == [Failure("a", "empty"), Failure("b", "again")]
    store.replace([entry("a")])
    assert store.failures() == [Failure("b", "again")]
    store.set_failures([], {})
    assert store.failures() == []


def test_touch(store: Store) -> None:
    store.replace([entry("a")])
    store.touch({"a": FileState("digesta", 7, 8), "absent": FileState("", 1, 1)})
    assert store.states() == {"a": FileState("digesta", 7, 8)}
    store.touch({"a": FileState("of another content", 9, 9)})
    assert store.states() == {"a": FileState("digesta", 7, 8)}


def test_a_long_document_gives_its_rows_in_time(store: Store) -> None:
    text = "A sentence of some length. " * 40_000
    passages = [Passage("a", n, n + 26, (Span(n, n + 26),)) for n in range(0, len(text) - 26, 27)]
    vectors = np.zeros((len(passages), 4), np.float32)
    store.replace([Entry(Document("a", "A", text), passages, vectors, FileState("", 0, 0))])
    assert all(row.text == "A\nA sentence of some length." for row in store.added_since(0))


def test_it_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "library.sqlite")
    store.replace([entry("a")])
    owner = store.owner
    store.close()
    again = Store(tmp_path / "library.sqlite")
    assert (again.owner, again.generation, again.counts()) == (owner, 1, (1, 2))
    again.close()
    with closing(Store(tmp_path / "other.sqlite")) as other:
        assert other.owner not in ("", owner)


def test_a_file_damaged_in_the_middle_is_told(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    store = Store(path)
    store.replace([entry(f"{n}", "Word. " * 500) for n in range(50)])
    store.close()
    raw = bytearray(path.read_bytes())
    for page in range(4096, len(raw), 4096):
        raw[page : page + 100] = b"\xaa" * 100
    path.write_bytes(raw)
    with (
        pytest.raises(LibraryError, match=r"damaged .* the articles themselves are untouched"),
        closing(Store(path)) as again,
    ):
        list(again.added_since(0))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, digest, size, modified, reading FROM documents",
        "SELECT number FROM documents WHERE 1 AND date >= '2020-01-01'",
        "SELECT passage FROM removed WHERE generation > 5",
        "SELECT count(*) FROM passages",
    ],
)
def test_what_is_asked_of_everything_reads_an_index_only(store: Store, query: str) -> None:
    plan = " ".join(str(row[3]) for row in store._db.all(f"EXPLAIN QUERY PLAN {query}"))
    assert "COVERING INDEX" in plan


def placed(id_: str) -> Entry:
    put = entry(id_, "Rollo led. He won.")
    places = (Place(0, "p. 1", 1), Place(11, "p. 2", 2))
    return replace(put, document=replace(put.document, author="Ada Rehn", places=places))


def test_a_passage_knows_its_places(store: Store) -> None:
    store.replace([placed("b.pdf"), entry("a.txt")])
    of = {
        (p.document, p.start): places_in(stored.document, p.start, p.end)
        for stored in store.passages(range(1, 5)).values()
        for p in [stored.passage]
    }
    assert of == {
        ("b.pdf", 0): (Place(0, "p. 1", 1),),
        ("b.pdf", 11): (Place(11, "p. 2", 2),),
        ("a.txt", 0): (Place(0, "“Rollo”"),),
        ("a.txt", 11): (Place(11, "“Rollo”"),),
    }


@pytest.mark.parametrize("number", [99, 0])
def test_another_format_is_told(tmp_path: Path, number: int) -> None:
    path = tmp_path / "library.sqlite"
    store = Store(path)
    store._db.all(f"PRAGMA user_version={number}")
    store.close()
    told = rf"another version of Quoth \(format {number}, .*Update Quoth"
    with pytest.raises(LibraryError, match=told):
        Store(path)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").mkdir()
    with pytest.raises(LibraryError, match=r"cannot be written\. Check the folder's permissions"):
        Store(tmp_path / "library.sqlite")


def test_a_locked_file_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "library.sqlite")
    store._db.all("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryError, match="is in use by another program"):
        store.replace([entry("a")])
    other.execute("ROLLBACK")
    other.close()
    store.replace([entry("a")])
    store.close()


def test_settling(store: Store) -> None:
    store.replace([entry("a"), entry("b"), entry("c")])
    state = FileState("", 7, 8)
    store.settle(
        Settlement(copies={"a2": ("a", state), "b2": ("b", state), "x": ("absent", state)})
    )
    assert {id_: s.copy_of for id_, s in store.states().items() if s.copy_of} == {
        "a2": "a",
        "b2": "b",
    }
    generation = store.generation
    store.settle(Settlement(moves={"a": "b", "b": "a", "c": "a2", "absent": "y"}, removed=["b2"]))
    assert store.generation == generation + 1
    assert {i.id: store.document(i.id).text for i in store.documents()} == {  # type: ignore[union-attr]
        "a": entry("b").document.text,
        "b": entry("a").document.text,
        "a2": entry("c").document.text,
    }
    assert [s.copy_of for s in store.states().values()] == ["", "", ""]
    assert store.removed_since(0) == []
    store.settle(Settlement(moves={"a": "b"}))
    assert [info.id for info in store.documents()] == ["a2", "b"]
    assert len(store.removed_since(generation + 1)) == 2
