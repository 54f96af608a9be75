"""One analyser for search, evidence and checks: folded, stemmed, the same everywhere."""

from __future__ import annotations

import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.languages import FOREIGN
from rag.words import STOP, stem, terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It’s Nvidia's H20, isn’t it?", ["it", "nvidia", "h20", "isn't", "it"]),
        ("3.5 percent of $1,500.00", ["3.5", "percent", "of", "1,500.00"]),
        ("AI-driven snake_case GPT-4o", ["ai", "driven", "snake", "case", "gpt", "4o"]),
        ("naïve café ÅNGSTRÖM ﬁne İstanbul", ["naive", "cafe", "angstrom", "fine", "istanbul"]),
        ("ＡＢＣ１２３ Ⅷ", ["abc123", "viii"]),
        ("中国 政府 мир مرحبا", ["中", "中国", "国", "政", "政府", "府", "мир", "مرحبا"]),
        ("", []),
        (" .,;!? — _ 😀 \ud800", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_terms_leave_common_words_out_and_stem() -> None:
    assert terms("Which companies are avoiding the chips?") == ["compani", "avoid", "chip"]
    assert terms("avoids avoided avoiding") == ["avoid"] * 3
    assert terms("What is it?") == []


def test_stop_words_are_as_tokens_come_out() -> None:
    assert all(tokens(word) in ([word], [word.removesuffix("'s")]) for word in STOP - FOREIGN)
    assert all(word in tokens(word) for word in FOREIGN)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    words = tokens(text)
    assert all(word and word == word.lower() and not word.isspace() for word in words)
    assert all(" " not in word and "\n" not in word for word in words)
    assert terms(text) == [stem(word) for word in words if word not in STOP]


@given(st.text(max_size=80))
def test_composed_and_decomposed_are_the_same(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert tokens(composed) == tokens(decomposed)


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_case_does_not_matter(text: str) -> None:
    assert tokens(text.upper()) == tokens(text.lower())


@given(st.lists(st.from_regex(r"[a-z]{1,9}|[0-9]{1,4}", fullmatch=True), max_size=12))
def test_words_stay_apart_and_in_order(words: list[str]) -> None:
    for between in (" ", "\n", ", ", " — ", "/", "_"):
        if between == ", ":
            continue  # between digits it makes one number
        assert tokens(between.join(words)) == words


def test_threads_share_it() -> None:
    text = " ".join(f"wording{n} running{n} companies{n}" for n in range(300))
    expected = terms(text)
    found: list[list[str]] = []
    stem.cache_clear()
    threads = [threading.Thread(target=lambda: found.append(terms(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
