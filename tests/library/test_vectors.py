"""The vector index against a brute-force oracle, and its file in every sorry state."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.library.vectors import VectorIndex
from rag.models.embedder import Vectors

DIMENSION = 12


def unit(count: int, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def index(folder: Path, owner: str = "me") -> VectorIndex:
    return VectorIndex(DIMENSION, folder, owner=owner)


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


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x10
    path.write_bytes(raw)


def garble(path: Path) -> None:
    path.write_bytes(b"\x00\xff" * 50)


@pytest.mark.parametrize("damage", [cut, empty, flip, garble, Path.unlink])
@pytest.mark.parametrize("name", ["vectors.faiss", "vectors.json"])
def test_a_damaged_file_is_told(tmp_path: Path, name: str, damage: Callable[[Path], None]) -> None:
    saved(tmp_path)
    damage(tmp_path / name)
    subject = index(tmp_path)
    assert (subject.seen, len(subject)) == (0, 0)


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
    assert VectorIndex(DIMENSION + 1, tmp_path, owner="me").seen == 0


def test_a_kill_between_the_two_files_is_told(tmp_path: Path) -> None:
    saved(tmp_path)
    facts = (tmp_path / "vectors.json").read_bytes()
    subject = index(tmp_path)
    subject.update([4], unit(1, 4), [])
    subject.seen = 8
    subject.save()
    (tmp_path / "vectors.json").write_bytes(facts)
    assert index(tmp_path).seen == 0


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path)
    subject = index(tmp_path)
    subject.update([4], unit(1, 4), [])
    subject.seen = 8

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
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
