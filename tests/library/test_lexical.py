"""The word index against the formula, and its folder in every sorry state."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import LibraryError
from rag.library import lexical
from rag.library.lexical import LexicalIndex
from rag.library.rows import PassageRow
from rag.words import terms

TEXTS = {
    1: "Rollo led the Norse to the coast of Rouen.",
    2: "The H20 chip is slow, and the chip is cheap.",
    3: "Tea grows on hills; chips do not grow.",
    4: "Norse Norse Norse tea.",
}


def rows(texts: dict[int, str]) -> list[PassageRow]:
    return [PassageRow(number, number * 10, text) for number, text in texts.items()]


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    made = LexicalIndex(tmp_path, owner="me")
    made.clear()
    made.update(rows(TEXTS), [], 1)
    return made


def opened(folder: Path) -> LexicalIndex:
    made = LexicalIndex(folder, owner="me")
    assert made.sound()
    return made


def bm25(query: list[str], texts: dict[int, str]) -> dict[int, float]:
    """Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75, with tantivy's constant factor."""
    words = {number: Counter(terms(text)) for number, text in texts.items()}
    mean = sum(sum(count.values()) for count in words.values()) / len(words)
    scores = dict.fromkeys(texts, 0.0)
    for word in set(query):
        found = sum(word in count for count in words.values())
        weight = math.log(1 + (len(words) - found + 0.5) / (found + 0.5))
        for number, count in words.items():
            norm = 1.2 * (0.25 + 0.75 * sum(count.values()) / mean)
            scores[number] += weight * 2.2 * count[word] / (count[word] + norm)
    return {number: score for number, score in scores.items() if score > 0}


@pytest.mark.parametrize(
    "query", ["norse", "chip tea", "Who led the Norse to Rouen?", "grow hills"]
)
def test_scores_follow_the_formula(index: LexicalIndex, query: str) -> None:
    found = index.search(terms(query), 10)
    expected = bm25(terms(query), TEXTS)
    assert {n for n, _ in found} == set(expected)
    for number, score in found:
        assert score == pytest.approx(expected[number], rel=1e-4)
    assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)


def test_limits_and_filters(index: LexicalIndex) -> None:
    assert [n for n, _ in index.search(["chip"], 1)] == [2]
    assert [n for n, _ in index.search(["chip"], 5, [30, 40])] == [3]
    unfiltered = dict(index.search(["chip"], 5))
    assert dict(index.search(["chip"], 5, [30]))[3] == pytest.approx(unfiltered[3])
    assert index.search(["chip"], 5, []) == []
    assert index.search(["chip"], 0) == []
    assert index.search([], 5) == []
    assert index.search(["absent"], 5) == []


@pytest.mark.parametrize("ample", [1, 2, 8])
@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("every", [1, 2, 30])
def test_many_documents_find_what_few_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int, limit: int, ample: int
) -> None:
    index = LexicalIndex(tmp_path, owner="me")
    index.clear()
    texts = {n: "tea " * (n % 7 + 1) + f"hill{n % 5} " * (n % 11) for n in range(1, 121)}
    index.update(rows(texts), [], 1)
    inside = [number * 10 for number in texts if number % every == 0]
    expected = index.search(["tea", "hill3"], limit, inside)
    assert len(expected) == min(limit, len(inside))
    monkeypatch.setattr(lexical, "_MANY", 0)
    monkeypatch.setattr(lexical, "_AMPLE", ample)
    found = index.search(["tea", "hill3"], limit, inside)
    assert [score for _, score in found] == [score for _, score in expected]
    assert all(number * 10 in inside for number, _ in found)


def test_frequency(index: LexicalIndex) -> None:
    assert (len(index), index.frequency("chip"), index.frequency("nors")) == (4, 2, 2)
    assert index.frequency("absent") == 0


@pytest.mark.parametrize(
    "query",
    ["it's", '"unclosed', "AND OR NOT", "a:b [1 TO *]", "(" * 4000, "x" * 70_000, "\x00 é 的"],
)
def test_odd_queries_are_only_words(index: LexicalIndex, query: str) -> None:
    index.search(terms(query), 5)
    index.search([query], 5)


def test_a_query_of_thousands_of_words(index: LexicalIndex) -> None:
    assert index.search([f"w{n}" for n in range(5000)], 5) == []


def test_removed_passages_are_gone(index: LexicalIndex) -> None:
    index.update([], [2, 99], 2)
    assert [n for n, _ in index.search(["chip"], 5)] == [3]
    assert (len(index), index.frequency("chip"), index.generation) == (3, 1, 2)


def test_the_same_rows_twice_are_there_once(index: LexicalIndex) -> None:
    index.update(rows(TEXTS), [], 2)
    assert len(index) == 4


def test_scores_forget_removed_passages_once_built_afresh(index: LexicalIndex) -> None:
    assert not index.worn
    index.update([], [4], 2)
    assert index.worn
    left = {number: text for number, text in TEXTS.items() if number != 4}
    index.update(rows(left), [], 2, afresh=True)
    assert not index.worn
    for number, score in index.search(["nors", "chip"], 9):
        assert score == pytest.approx(bm25(["nors", "chip"], left)[number], rel=1e-4)


def test_a_large_index_wears_slowly(index: LexicalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "_ALWAYS_EXACT", 2)
    monkeypatch.setattr(lexical, "_WORN", 0.4)
    index.update([], [4], 2)
    assert not index.worn
    index.update([], [3], 3)
    assert index.worn


def test_it_comes_back(index: LexicalIndex, tmp_path: Path) -> None:
    again = opened(tmp_path)
    assert (again.generation, len(again)) == (1, 4)
    assert again.search(["chip"], 5) == index.search(["chip"], 5)


def test_another_process_is_followed(index: LexicalIndex, tmp_path: Path) -> None:
    reader = LexicalIndex(tmp_path, owner="me")
    reader.follow()
    index.update(rows({5: "A new chip."}), [1], 2)
    assert len(reader) == 4
    reader.follow()
    assert (reader.generation, len(reader)) == (2, 4)
    assert 5 in dict(reader.search(["chip"], 5))


def test_one_that_is_not_there_yet_is_followed(tmp_path: Path) -> None:
    reader = LexicalIndex(tmp_path, owner="me")
    assert (len(reader), reader.search(["chip"], 5), reader.frequency("chip")) == (0, [], 0)
    reader.follow()
    assert not reader.sound()
    writer = LexicalIndex(tmp_path, owner="me")
    writer.clear()
    writer.update(rows(TEXTS), [], 3)
    reader.follow()
    assert (reader.generation, len(reader)) == (3, 4)


def test_other_rows_are_told(index: LexicalIndex, tmp_path: Path) -> None:
    other = LexicalIndex(tmp_path, owner="other")
    assert not other.sound()
    assert other.generation == 0


def test_words_analysed_otherwise_are_told(
    index: LexicalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "ANALYSIS", 99)
    assert not LexicalIndex(tmp_path, owner="me").sound()


@pytest.mark.parametrize(
    "name", ["words.json", "meta.json", ".managed.json", "*.idx", "*.term", "*.fast"]
)
@pytest.mark.parametrize("damage", ["cut", "empty", "flip", "remove"])
def test_damage_is_told_and_mended(
    index: LexicalIndex, tmp_path: Path, name: str, damage: str
) -> None:
    expected = index.search(["chip"], 5)
    path = next((tmp_path if name == "words.json" else tmp_path / "words").glob(name))
    raw = bytearray(path.read_bytes())
    if damage == "remove":
        path.unlink()
    elif damage == "flip":
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
    else:
        path.write_bytes(raw[:-3] if damage == "cut" else b"")
    again = LexicalIndex(tmp_path, owner="me")
    assert not again.sound()
    again.clear()
    again.update(rows(TEXTS), [], 1)
    assert again.search(["chip"], 5) == expected
    opened(tmp_path)


def test_a_missing_folder_or_a_file_in_its_place(index: LexicalIndex, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "words")
    assert not LexicalIndex(tmp_path, owner="me").sound()
    (tmp_path / "words").write_text("a file")
    again = LexicalIndex(tmp_path, owner="me")
    assert not again.sound()
    with pytest.raises(LibraryError, match="cannot be written"):
        again.clear()


def test_a_second_writer_is_told(index: LexicalIndex, tmp_path: Path) -> None:
    writer = index._index.writer(15_000_000, 1)
    with pytest.raises(LibraryError, match=r"words cannot be written: .*stop the other program"):
        index.update(rows({7: "late"}), [], 2)
    assert index.generation == 1
    del writer
    index.update(rows({7: "late"}), [], 2)
    assert len(index) == 5


def test_a_failure_that_is_kept_holds_no_lock(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[BaseException] = []

    def broken() -> Callable[[], None]:
        raise ValueError("broken row")
        yield

    try:
        index.update(broken(), [], 2)  # type: ignore[arg-type]
    except LibraryError as error:
        kept.append(error)
    assert kept
    index.update(rows({7: "late"}), [], 2)
    assert len(index) == 5


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 9), st.text(max_size=60)), max_size=8))
def test_any_text_is_indexed(tmp_path: Path, texts: list[tuple[int, str]]) -> None:
    index = LexicalIndex(tmp_path, owner="me")
    index.clear()
    index.update(rows(dict(texts)), [], 1)
    assert len(index) == len(dict(texts))
    for number, text in dict(texts).items():
        for word in terms(text)[:3]:
            assert number in dict(index.search([word], 20))
