"""A second context of a loaded model, in which it says yes or no while the first one writes.

Owns that context. What it has evaluated of the instructions is kept. Not safe to share between
threads: the worker that owns the model calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rag.models.llamafile import put_on

ROOM = 1024  # tokens of the context; a longer request loses its beginning
_BATCH = 256
_YES, _NO = ("Yes", "yes", " Yes", " yes"), ("No", "no", " No", " no")


class Aside:
    """The second context of a model as llama-cpp-python has it."""

    def __init__(self, llama: Any, threads: int, adapter: Any = None) -> None:
        import llama_cpp
        from llama_cpp import _internals

        options = llama_cpp.llama_context_default_params()
        options.n_ctx = ROOM
        options.n_batch = options.n_ubatch = _BATCH
        options.n_threads = options.n_threads_batch = threads
        self._context = _internals.LlamaContext(model=llama._model, params=options, verbose=False)
        if adapter:
            put_on(adapter, self._context.ctx)
        self._batch = _internals.LlamaBatch(n_tokens=_BATCH, embd=0, n_seq_max=1, verbose=False)
        self._kept: list[int] = []
        self._words = answers(llama)

    def odds(self, head: Sequence[int], request: Sequence[int]) -> float:
        """The log odds of yes over no after a prompt; the head's evaluation is kept for the next.

        Raises:
            RuntimeError: llama.cpp fails.
        """
        head = list(head[-ROOM // 2 :])
        request = list(request[len(head) - ROOM :])
        if head != self._kept or not self._context.kv_cache_seq_rm(-1, len(head), -1):
            self._context.kv_cache_clear()
            self._kept = []
            self._evaluate(head, 0)
            self._kept = head
        self._evaluate(request, len(head))
        return between(self._context, self._words)

    def close(self) -> None:
        """Free the context, before its model is freed."""
        self._batch.close()
        self._context.close()

    def _evaluate(self, tokens: list[int], before: int) -> None:
        for start in range(0, len(tokens), _BATCH):
            piece = tokens[start : start + _BATCH]
            self._batch.set_batch(batch=piece, n_past=before + start, logits_all=False)
            self._context.decode(self._batch)


def answers(llama: Any) -> tuple[list[int], list[int]]:
    """The tokens that a yes and those that a no may begin with."""
    yes, no = (
        sorted({llama.tokenize(word.encode(), add_bos=False)[0] for word in words})
        for words in (_YES, _NO)
    )
    return [t for t in yes if t not in no], [t for t in no if t not in yes]


def between(context: Any, words: tuple[list[int], list[int]]) -> float:
    """The log odds of some tokens over others, after what was evaluated last."""
    logits = _logits(context)
    yes, no = (float(np.logaddexp.reduce(logits[tokens])) for tokens in words)
    return yes - no


def among(context: Any, tokens: list[int]) -> list[float]:
    """The log probabilities of some tokens among each other, after what was evaluated last."""
    logits = _logits(context)[tokens]
    told: list[float] = (logits - np.logaddexp.reduce(logits)).tolist()
    return told


def _logits(context: Any) -> np.ndarray[Any, Any]:
    import llama_cpp

    size = int(llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(context.model.model)))
    pointer = llama_cpp.llama_get_logits_ith(context.ctx, -1)
    return np.ctypeslib.as_array(pointer, shape=(size,)).astype(np.float64)
