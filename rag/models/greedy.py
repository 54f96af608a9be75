"""Greedy generation by llama.cpp, several tokens at a time where they can be guessed.

An answer repeats much of its prompt. Where the last tokens of a text stand in the prompt, what
follows there is evaluated with them, which costs little more than one token, and as much of it
stands as the model writes itself (prompt lookup decoding, Saxena 2023,
https://github.com/apoorvumang/prompt-lookup-decoding).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_RUN = 3  # tokens that a text and its prompt have alike where it is guessed what follows
_MOST = 15  # tokens that are guessed at once


class Guesses:
    """What a text may go on with, where it repeats its prompt.

    >>> guesses = Guesses([5, 6, 7, 8, 9])
    >>> guesses.after([1, 5, 6, 7], 15), guesses.after([6, 8], 15)
    ([8, 9], [])
    """

    def __init__(self, prompt: Sequence[int]) -> None:
        self._prompt = list(prompt)
        self._ends: dict[tuple[int, ...], int] = {}
        for end in range(_RUN, len(self._prompt)):
            self._ends.setdefault(tuple(self._prompt[end - _RUN : end]), end)

    def after(self, written: Sequence[int], most: int) -> list[int]:
        """The tokens that follow the last ones in the prompt, at most so many."""
        end = self._ends.get(tuple(written[-_RUN:]))
        return [] if end is None else self._prompt[end : end + min(most, _MOST)]


def generate(
    llama: Any, rest: Sequence[int], asked: Sequence[int], *, limit: int, grammar: str | None = None
) -> Iterator[int]:
    """The likeliest tokens, one after another, to the end of the text.

    Args:
        llama: The model as llama-cpp-python has it; what it has evaluated stays.
        rest: The tokens of the prompt that it has not evaluated yet, at least one.
        asked: Those of the prompt that the text may repeat.
        limit: Most tokens to generate.
        grammar: A GBNF grammar that the text must follow.

    Raises:
        ValueError: The grammar is broken.
        RuntimeError: llama.cpp fails.
    """
    import llama_cpp

    forgets = not (llama._is_recurrent or llama._is_hybrid)  # others cannot take a guess back
    guesses = Guesses(asked if forgets else ())
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
                guessed = guesses.after(written, limit - len(written))
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
