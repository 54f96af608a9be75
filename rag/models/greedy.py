"""Greedy generation by llama.cpp, several tokens at a time where they can be guessed.

An answer repeats much of its prompt. Where the last tokens of a text stand in the prompt, what
follows there is evaluated with them, which costs little more than one token, and as much of it
stands as the model writes itself (prompt lookup decoding, Saxena 2023,
https://github.com/apoorvumang/prompt-lookup-decoding).
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_RUN = 3  # tokens that a text and its prompt have alike where it is guessed what follows
_MOST = 15  # tokens that are guessed at once
TRIED = 1 + _MOST  # tokens that are evaluated to see whether guessing pays
_DEARER = 6  # times the cost of one token that they may cost together; they save twice as much


class Guesses:
    """What a text may go on with, where it repeats its prompt.

    >>> guesses = Guesses([5, 6, 7, 8, 9])
    >>> guesses.after([1, 5, 6, 7], 1), guesses.after([6, 8], 1)
    ([8], [])
    """

    def __init__(self, prompt: Sequence[int]) -> None:
        self._prompt = list(prompt)
        self._ends: dict[tuple[int, ...], int] = {}
        for end in range(_RUN, len(self._prompt)):
            self._ends.setdefault(tuple(self._prompt[end - _RUN : end]), end)

    def after(self, written: Sequence[int], most: int) -> list[int]:
        """The tokens that follow the last ones in the prompt, at most so many."""
        end = self._ends.get(tuple(written[-_RUN:]))
        return [] if end is None else self._prompt[end : end + most]


def guessable(llama: Any) -> int:
    """How many tokens are worth guessing at once on this machine; 0 where it does not pay.

    On some processors a few tokens cost as much together as one by one. Takes the time of about
    six tokens. What the model has evaluated stays.

    Args:
        llama: The model as llama-cpp-python has it, with room for `TRIED` tokens.

    Raises:
        RuntimeError: llama.cpp fails.
    """
    if llama._is_recurrent or llama._is_hybrid:
        return 0  # it cannot take a guess back

    def seconds(count: int) -> float:
        began, before = time.perf_counter(), llama.n_tokens
        _evaluate(llama, [llama.token_eos()] * count)
        llama.n_tokens = before
        return time.perf_counter() - began

    seconds(1)
    return _MOST if seconds(TRIED) <= _DEARER * max(seconds(1), seconds(1)) else 0


def generate(
    llama: Any,
    rest: Sequence[int],
    asked: Sequence[int],
    limits: tuple[int, int],
    *,
    grammar: str | None = None,
) -> Generator[int]:
    """The likeliest tokens, one after another, to the end of the text.

    Args:
        llama: The model as llama-cpp-python has it; what it has evaluated stays.
        rest: The tokens of the prompt that it has not evaluated yet, at least one.
        asked: Those of the prompt that the text may repeat.
        limits: Most tokens to generate, and most to guess at once.
        grammar: A GBNF grammar that the text must follow.

    Raises:
        ValueError: The grammar is broken.
        RuntimeError: llama.cpp fails.
    """
    import llama_cpp

    limit, most = limits
    guesses = Guesses(asked)
    vocabulary = llama_cpp.llama_model_get_vocab(llama.model)
    written: list[int] = []
    with _sampler(vocabulary, grammar) as sampler:
        llama.eval(rest)
        row, guessed = -1, list[int]()
        while True:
            token = llama_cpp.llama_sampler_sample(sampler, llama.ctx, row)
            if llama_cpp.llama_vocab_is_eog(vocabulary, token):
                return
            written.append(token)
            yield token
            if len(written) >= limit:
                return
            if guessed and guessed[0] == token:
                row, guessed, llama.n_tokens = row + 1, guessed[1:], llama.n_tokens + 1
            else:
                guessed = guesses.after(written, min(most, limit - len(written)))
                _evaluate(llama, [token, *guessed])
                row = 0


def _evaluate(llama: Any, tokens: Sequence[int]) -> None:
    """Evaluate some tokens in place of whatever was guessed wrongly; the first one is sure."""
    llama._ctx.kv_cache_seq_rm(-1, llama.n_tokens, -1)
    llama._batch.set_batch(batch=tokens, n_past=llama.n_tokens, logits_all=True)
    llama._ctx.decode(llama._batch)
    llama.n_tokens += 1


@contextmanager
def _sampler(vocabulary: Any, grammar: str | None) -> Iterator[Any]:
    """What picks the likeliest token that a grammar allows, freed at the end."""
    import llama_cpp

    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    try:
        if grammar is not None:
            held = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
            if not held:
                raise ValueError(f"Not a GBNF grammar: {grammar!r}")
            llama_cpp.llama_sampler_chain_add(chain, held)
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_greedy())
        yield chain
    finally:
        llama_cpp.llama_sampler_free(chain)
