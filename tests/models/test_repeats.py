"""When a text counts as going round in circles, and when it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.models.repeats import Repeats


def first_seen(text: str) -> int | None:
    """The words after which it is seen, where each comes by itself."""
    watch = Repeats()
    for count, word in enumerate(text.split(" ")):
        if watch.seen(word + " "):
            return count
    return None


@pytest.mark.parametrize("round_", [1, 2, 5, 12])
def test_words_that_go_round_are_seen(round_: int) -> None:
    words = [f"word{number}" for number in range(round_)]
    seen = first_seen(" ".join(["Before", "it", *words * 30]))
    assert seen is not None
    assert seen <= 2 + 24


def test_a_longer_round_is_seen_by_its_sentence() -> None:
    sentence = " ".join(f"word{number}" for number in range(20)) + "."
    watch = Repeats()
    assert not watch.seen(f"{sentence} [1]\n")
    assert not watch.seen(f"Another thing was said. [2] {sentence}")
    assert watch.seen(" [3]\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The ferry leaves at seven. [1] It takes four hours. [2]\nThe ferry returns at nine. [1]\n",
        "Yes.\nYes.\nYes.\n",
        "It is 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23.",
    ],
)
def test_other_texts_are_not(text: str) -> None:
    assert first_seen(text) is None
    assert not Repeats().seen(text)


@given(st.text(max_size=200), st.integers(1, 9))
def test_how_a_text_is_cut_makes_no_difference_at_its_end(text: str, size: int) -> None:
    watch, whole = Repeats(), Repeats().seen(text + "\n")
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    seen = [watch.seen(piece) for piece in [*pieces, "\n"]]
    assert seen[-1] == whole
