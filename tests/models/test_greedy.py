"""Greedy generation: what is guessed from the prompt stands only where the model writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from rag.models import LlamaCpp
from rag.models.greedy import Guesses, generate, guessable

PROMPT = (
    "Rollo left Rouen with 20 ships in May 911 and came back with seven. "
    "The town had asked him to stay.\nSay that again, word by word:\n\nRollo left Rouen with"
)


@pytest.fixture
def llama(llm: LlamaCpp) -> Iterator[Any]:
    """The loaded model, with nothing evaluated, while its worker does nothing."""
    llm._kept = []
    llm._llama.reset()
    yield llm._llama
    llm._kept = []
    llm._llama.reset()


@pytest.fixture
def batches(llama: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tokens are evaluated at once, from now on."""
    sizes: list[int] = []
    real = llama._ctx.decode

    def decode(batch: Any) -> None:
        sizes.append(int(batch.n_tokens()))
        real(batch)

    monkeypatch.setattr(llama._ctx, "decode", decode)
    return sizes


def tokens(llama: Any, text: str = PROMPT) -> list[int]:
    return list(llama.tokenize(text.encode(), add_bos=False))


def written(llama: Any, asked: Sequence[int], *, limit: int = 24) -> str:
    llama.reset()
    found = list(generate(llama, tokens(llama), asked, (limit, 15)))
    assert len(found) <= limit
    return str(llama.detokenize(found).decode())


def test_a_repeated_text_takes_fewer_steps_and_is_the_same(llama: Any, batches: list[int]) -> None:
    plain = written(llama, ())
    assert set(batches[1:]) == {1}
    assert "20 ships in May 911" in plain
    steps = len(batches)
    batches.clear()
    assert written(llama, tokens(llama)) == plain
    assert len(batches) < steps / 2


def test_a_wrong_guess_changes_nothing(llama: Any, batches: list[int]) -> None:
    plain = written(llama, ())
    batches.clear()
    misleading = tokens(llama, " with 20 ships in June 912, in the rain, ships in May 911 or so")
    assert written(llama, misleading) == plain
    assert max(batches[1:]) > 1


def test_a_text_ends_at_its_limit_in_the_middle_of_a_guess(llama: Any) -> None:
    whole = written(llama, tokens(llama), limit=12)
    for limit in range(1, 12):
        assert whole.startswith(written(llama, tokens(llama), limit=limit))


def test_a_guess_is_no_longer_than_what_may_be_written(llama: Any, batches: list[int]) -> None:
    written(llama, tokens(llama), limit=5)
    assert max(batches[1:]) <= 5


def test_a_model_that_cannot_go_back_guesses_nothing(
    llama: Any, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "_is_recurrent", True)
    assert guessable(llama) == 0
    assert batches == []


@pytest.mark.parametrize(("dearer", "most"), [(3.0, 15), (12.0, 0)])
def test_guessing_must_pay(
    llama: Any, monkeypatch: pytest.MonkeyPatch, dearer: float, most: int
) -> None:
    clock = [0.0]

    def decode(batch: Any) -> None:
        clock[0] += dearer if batch.n_tokens() > 1 else 1.0

    monkeypatch.setattr(llama._ctx, "decode", decode)
    monkeypatch.setattr("rag.models.greedy.time.perf_counter", lambda: clock[0])
    assert guessable(llama) == most


def test_what_is_tried_leaves_no_trace(llama: Any) -> None:
    plain = written(llama, ())
    llama.reset()
    llama.eval(tokens(llama)[:5])
    guessable(llama)
    assert llama.n_tokens == 5
    found = list(generate(llama, tokens(llama)[5:], (), (24, 15)))
    assert llama.detokenize(found).decode() == plain


def test_a_grammar_holds_what_is_guessed_too(llama: Any) -> None:
    llama.reset()
    held = 'root ::= " 20 ships in May " [a-z]+ "!"'
    asked = tokens(llama)
    found = list(generate(llama, tokens(llama), asked, (30, 15), grammar=held))
    assert llama.detokenize(found).decode().startswith(" 20 ships in May ")
    assert not any(c.isdigit() for c in llama.detokenize(found).decode()[len(" 20 ") :])


def test_a_generator_that_is_closed_leaves_a_model_that_goes_on(llama: Any) -> None:
    plain = written(llama, ())
    llama.reset()
    begun = generate(llama, tokens(llama), tokens(llama), (24, 15))
    next(begun), next(begun)
    begun.close()
    assert written(llama, tokens(llama)) == plain


def test_what_follows_is_that_of_the_first_place() -> None:
    guesses = Guesses([1, 2, 3, 4, 9, 1, 2, 3, 5])
    assert guesses.after([7, 1, 2, 3], 2) == [4, 9]
    assert guesses.after([2, 3, 5], 2) == []
    assert guesses.after([3], 2) == []
    assert Guesses(()).after([1, 2, 3], 2) == []
