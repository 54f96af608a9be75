"""The vector index against a brute-force oracle, and its file in every sorry state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import LibraryError
from rag.library import nearest, vectors
from rag.library.vectors import VectorIndex
from rag.models.embedder import Vectors

DIMENSION = 12


def unit(count: int, seed: int) -> Vectors:
    """Random vectors of length 1, rounded as the rows keep them."""
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float16).astype(np.float32)


class Kept:
    """Rows in memory in place of those of a library."""

    def __init__(self) -> None:
        self.now: dict[int, Vectors] = {}

    def vectors(self, numbers: Sequence[int]) -> tuple[list[int], Vectors]:
        there = sorted(number for number in numbers if number in self.now)
        nothing = np.zeros((0, 0), np.float32)
        return there, np.stack([self.now[n] for n in there]) if there else nothing

    def vectors_since(self, generation: int) -> Iterator[tuple[list[int], Vectors]]:
        assert generation == 0
        every = sorted(self.now)
        for start in range(0, len(every), 1000):
            yield self.vectors(every[start : start + 1000])

    def highest_passage(self) -> int:
        return max(self.now, default=0)

    def counts(self) -> tuple[int, int]:
        return 1, len(self.now)


def index(
    folder: Path, owner: str = "me", rows: Kept | None = None, exact_until: int = 200_000
) -> VectorIndex:
    return VectorIndex(DIMENSION, folder, owner=owner, rows=rows or Kept(), exact_until=exact_until)


def divided(folder: Path, count: int = 3000, exact_until: int = 500) -> tuple[VectorIndex, Kept]:
    """An index of so many passages, numbered from 5, that is searched through lists."""
    rows = Kept()
    rows.now = dict(zip(range(5, count + 5), unit(count, 1), strict=True))
    subject = index(folder, rows=rows, exact_until=exact_until)
    subject.rebuild(1)
    assert not subject.exact
    return subject, rows


def oracle(
    rows: dict[int, Vectors], query: Vectors, limit: int, allowed: set[int] | None
) -> list[tuple[int, float]]:
    scores = [(n, float(v @ query)) for n, v in rows.items() if allowed is None or n in allowed]
    return sorted(scores, key=lambda pair: -pair[1])[:limit]


@given(
    st.lists(st.tuples(st.sampled_from("ar"), st.integers(1, 40)), max_size=40),
    st.integers(0, 30),
    st.one_of(st.none(), st.sets(st.integers(1, 45))),
)
def test_equals_brute_force_after_any_changes(
    tmp_path: Path, changes: list[tuple[str, int]], limit: int, allowed: set[int] | None
) -> None:
    subject, rows = index(tmp_path), dict[int, Vectors]()
    for seed, (change, number) in enumerate(changes):
        vector = unit(1, seed)
        if change == "a":
            subject.update([number], vector, [])
            rows[number] = vector[0]
        else:
            subject.update([], vector[:0], [number])
            rows.pop(number, None)
    query = unit(1, 1000)[0]
    found = subject.search(query, limit, None if allowed is None else sorted(allowed))
    expected = oracle(rows, query, limit, allowed)
    assert len(subject) == len(rows)
    assert [n for n, _ in found] == [n for n, _ in expected]
    np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], atol=1e-5)


def test_many_rows_equal_brute_force(tmp_path: Path) -> None:
    subject, vectors = index(tmp_path), unit(3000, 1)
    numbers = list(range(5, 3005))
    subject.update(numbers, vectors, [])
    for query in unit(5, 2):
        for allowed in (None, set(range(5, 3005, 7)), {9}):
            expected = oracle(dict(zip(numbers, vectors, strict=True)), query, 50, allowed)
            found = subject.search(query, 50, None if allowed is None else sorted(allowed))
            assert [n for n, _ in found] == [n for n, _ in expected]


def test_nothing_to_find(tmp_path: Path) -> None:
    subject, query = index(tmp_path), unit(1, 0)[0]
    assert subject.search(query, 5) == []
    subject.update([3], unit(1, 1), [])
    assert subject.search(query, 0) == []
    assert subject.search(query, 5, []) == []
    assert subject.search(query, 5, [4]) == []
    assert [n for n, _ in subject.search(query, 5, [3, 4])] == [3]


def saved(folder: Path) -> VectorIndex:
    subject = index(folder)
    subject.update([1, 2, 3], unit(3, 1), [])
    subject.seen = 7
    subject.save()
    return subject


def test_a_saved_file_comes_back(tmp_path: Path) -> None:
    before = saved(tmp_path)
    after = index(tmp_path)
    query = unit(1, 5)[0]
    assert after.seen == 7
    assert after.search(query, 3) == before.search(query, 3)
    after.update([2], unit(1, 9), [1])
    assert len(after) == 2


@pytest.mark.parametrize(
    "facts",
    [[], {}, 3, {"library": "me", "generation": "x", "checksum": 0, "rows": 3}, {"library": "me"}],
)
def test_odd_facts_are_told(tmp_path: Path, facts: object) -> None:
    saved(tmp_path)
    (tmp_path / "vectors.json").write_text(json.dumps(facts))
    assert index(tmp_path).seen == 0


def test_a_file_of_other_rows_or_another_width_is_told(tmp_path: Path) -> None:
    saved(tmp_path)
    assert index(tmp_path, owner="other").seen == 0
    assert VectorIndex(DIMENSION + 1, tmp_path, owner="me", rows=Kept()).seen == 0


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path)
    subject = index(tmp_path)
    subject.update([4], unit(1, 4), [])
    subject.seen = 8

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(LibraryError, match="No space"):
            subject.save()
    assert index(tmp_path).seen == 7
    subject.save()
    assert index(tmp_path).seen == 8


def test_a_small_change_does_not_write_a_large_file_again(tmp_path: Path) -> None:
    subject = index(tmp_path)
    subject.update(range(1, 1001), unit(1000, 1), [])
    subject.seen = 1
    subject.save()
    time = (tmp_path / "vectors.faiss").stat().st_mtime_ns
    subject.update([2000], unit(1, 2), [1])
    subject.seen = 2
    subject.save()
    assert (tmp_path / "vectors.faiss").stat().st_mtime_ns == time
    assert index(tmp_path).seen == 1
    subject.update(range(2001, 2101), unit(100, 3), [])
    subject.seen = 3
    subject.save()
    assert index(tmp_path).seen == 3


def test_cleared_is_written_even_when_empty(tmp_path: Path) -> None:
    subject = saved(tmp_path)
    subject.clear()
    assert len(subject) == 0
    subject.save()
    assert (index(tmp_path).seen, len(index(tmp_path))) == (0, 0)


@given(
    st.lists(st.tuples(st.sampled_from("ar"), st.integers(1, 700)), max_size=30),
    st.integers(0, 150),
    st.one_of(st.none(), st.sets(st.integers(1, 800), max_size=300)),
    st.sampled_from([0, 20]),
)
def test_lists_that_are_all_read_equal_brute_force(
    tmp_path: Path,
    changes: list[tuple[str, int]],
    limit: int,
    allowed: set[int] | None,
    looked_up: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "_READ", 1)
        patch.setattr(vectors, "_LOOKED_UP", looked_up)
        subject, rows = divided(tmp_path, 600)
        for seed, (change, number) in enumerate(changes):
            vector = unit(1, seed + 10)
            if change == "a":
                rows.now[number] = vector[0]
                subject.update([number], vector, [])
            else:
                rows.now.pop(number, None)
                subject.update([], vector[:0], [number])
        query = unit(1, 1000)[0]
        found = subject.search(query, limit, None if allowed is None else sorted(allowed))
        expected = oracle(rows.now, query, limit, allowed)
        assert len(subject) == len(rows.now)
        assert [n for n, _ in found] == [n for n, _ in expected]
        np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], atol=1e-6)


@pytest.mark.parametrize("step", [None, 2, 10])
def test_lists_find_what_is_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int | None
) -> None:
    monkeypatch.setattr(nearest, "_ENOUGH", 0)
    subject, rows = divided(tmp_path, 20_000)
    assert subject.search(unit(1, 3)[0], 1) != []
    allowed = None if step is None else set(range(5, 20_005, step))
    found = right = 0
    for query in unit(50, 2):
        expected = {n for n, _ in oracle(rows.now, query, 10, allowed)}
        got = subject.search(query, 10, None if allowed is None else sorted(allowed))
        for number, score in got:
            assert score == pytest.approx(float(rows.now[number] @ query), abs=1e-6)
        found += len(got)
        right += len(expected & {number for number, _ in got})
    assert found == 500
    assert right / found >= 0.9  # without any shape in the data, which is the hardest


def test_few_allowed_are_all_scored_and_what_is_gone_is_left_out(tmp_path: Path) -> None:
    subject, rows = divided(tmp_path)
    few, query = [7, 900, 2000, 77_777], unit(1, 4)[0]
    del rows.now[900]  # another program removed it a moment ago
    found = subject.search(query, 10, few)
    assert {n for n, _ in found} == {7, 2000}
    assert [n for n, _ in found] == [n for n, _ in oracle(rows.now, query, 10, {7, 2000})]
    assert subject.search(query, 10, [900]) == []


def test_equal_vectors_come_by_number(tmp_path: Path) -> None:
    subject, rows = divided(tmp_path)
    same = np.repeat(unit(1, 8), 5, axis=0)
    numbers = [9005, 9003, 9001, 9004, 9002]
    rows.now.update(zip(numbers, same, strict=True))
    subject.update(numbers, same, [])
    found = subject.search(same[0], 5)
    assert [n for n, _ in found] == sorted(numbers)
    assert len({score for _, score in found}) == 1


def test_lists_come_back_from_their_file(tmp_path: Path) -> None:
    before, rows = divided(tmp_path)
    before.save()
    after = index(tmp_path, rows=rows, exact_until=500)
    query = unit(1, 5)[0]
    assert (after.seen, after.exact, after.outgrown) == (1, False, False)
    assert after.search(query, 30) == before.search(query, 30)
    del rows.now[3004]
    after.update([], unit(0, 0), [3004])
    rows.now[3004] = unit(1, 9)[0]
    after.update([3004], unit(1, 9), [])
    assert len(after) == 3000


def test_the_same_rows_are_divided_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, two = divided(tmp_path)[0], divided(tmp_path / "other")[0]
    for query in unit(10, 6):
        assert one.search(query, 20) == two.search(query, 20)


def test_a_library_outgrows_its_index_and_shrinks_back(tmp_path: Path) -> None:
    rows = Kept()
    subject = index(tmp_path, rows=rows, exact_until=100)

    def grow(first: int, last: int) -> None:
        new = unit(last - first, first)
        rows.now.update(zip(range(first, last), new, strict=True))
        subject.update(range(first, last), new, [])

    grow(1, 101)
    assert not subject.outgrown
    grow(101, 102)
    assert subject.outgrown
    subject.rebuild(2)
    assert (subject.exact, subject.outgrown, subject.seen) == (False, False, 2)
    grow(102, 809)
    assert not subject.outgrown
    grow(809, 810)
    assert subject.outgrown
    subject.rebuild(3)
    assert not subject.outgrown
    rows.now = {number: vector for number, vector in rows.now.items() if number < 51}
    subject.update([], unit(0, 0), range(51, 810))
    assert not subject.outgrown
    del rows.now[50]
    subject.update([], unit(0, 0), [50])
    assert subject.outgrown
    subject.rebuild(4)
    assert (subject.exact, len(subject)) == (True, 49)


def test_a_sample_is_found_among_many_holes(tmp_path: Path) -> None:
    rows = Kept()
    rows.now = dict(zip(range(100_000, 200_000, 200), unit(500, 1), strict=True))
    subject = index(tmp_path, rows=rows, exact_until=50)
    subject.rebuild(1)
    assert len(subject.search(unit(1, 2)[0], 20)) == 20


def test_the_file_of_another_index_is_taken_over(tmp_path: Path) -> None:
    rows = Kept()
    follower = index(tmp_path, rows=rows, exact_until=500)
    writer, rows.now = (made := divided(tmp_path))[0], made[1].now
    follower.reload()
    assert follower.seen == 0
    writer.save()
    follower.reload()
    assert (follower.seen, follower.exact, len(follower)) == (1, False, 3000)


def test_rows_that_became_another_embedders_are_not_scored(tmp_path: Path) -> None:
    subject, rows = divided(tmp_path)
    rows.now = {number: vector[:-1] for number, vector in rows.now.items()}
    assert subject.search(unit(1, 3)[0], 10) == []
