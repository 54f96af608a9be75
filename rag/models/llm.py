"""The seam to language models: what one must do, and how its speed is told.

Owns the protocol `LLM`. Knows no adapter; they are in `llamacpp`, `server` and `called`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from rag.errors import ModelError

_REMEMBERED = 5  # requests that a speed is the median of

Ahead = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, as measured on the last few requests; `None` before the first.

    Attributes:
        prompt: Tokens of the prompt that are taken in a second.
        generation: Tokens of the answer that are written a second.
    """

    prompt: float | None = None
    generation: float | None = None


class LLM(Protocol):
    """Continues a chat of a fixed head and one request."""

    @property
    def name(self) -> str:
        """What to call the model on the page."""
        ...

    @property
    def where(self) -> str:
        """Where it runs, for a person: `this computer, 2 threads`."""
        ...

    @property
    def context(self) -> int:
        """How many tokens the prompt and the answer may have together."""
        ...

    @property
    def writes(self) -> bool:
        """Whether it may write answers; a very small model may not, and quotes answer."""
        ...

    @property
    def taught(self) -> bool:
        """Whether it was taught what this program asks, so that its odds are worth more."""
        ...

    @property
    def speed(self) -> Speed:
        """How fast it was of late."""
        ...

    def count(self, text: str) -> int:
        """How many tokens a text has, or more where that cannot be told exactly."""
        ...

    def stream(
        self,
        *,
        head: str,
        request: str,
        grammar: str | None = None,
        limit: int = 256,
        ahead: Ahead | None = None,
    ) -> Iterator[str]:
        """Generate greedily, so that the same prompt gives the same text.

        Closing the iterator stops the work, or withdraws a request that waits for others.

        Args:
            head: The instructions; the same for every question, so that it can be kept.
            request: What is asked this time.
            grammar: A GBNF grammar that the text must follow, where the model can be held to one
                (https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md).
            limit: Most tokens to generate.
            ahead: Told how many requests come first, again and again while this one waits in
                line; each time an empty piece is given, so that the reader can go away.

        Raises:
            ModelError: The prompt does not fit the context, or generation fails.
        """
        ...

    def odds(self, *, head: str, request: str) -> float:
        """The log odds that it answers a request by yes rather than by no; 0 where it cannot tell.

        It does not wait for texts that are being generated.

        Raises:
            ModelError: The model fails.
        """
        ...

    def point(self, *, head: str, request: str, at: str) -> list[float]:
        """How likely it begins its reply with each of some characters, among these, in logarithms.

        Nothing where it cannot tell. It waits for texts that are being generated; what a text
        after it has in common with the request is evaluated once.

        Args:
            head: The instructions.
            request: What is asked this time.
            at: Characters, none twice, each of which is a token of its own.

        Raises:
            ModelError: The request does not fit the context, or the model fails.
        """
        ...


def too_long(needed: int, context: int) -> ModelError:
    """The error for a prompt that does not fit."""
    return ModelError(
        f"The prompt needs {needed} tokens and the model's context has {context}. "
        "Set a larger context or ask a shorter question."
    )


class Speedometer:
    """Notes how long requests took; safe to share between threads.

    >>> meter = Speedometer()
    >>> meter.note(prompt=(100, 0.5), generation=(20, 2.0))
    >>> meter.speed
    Speed(prompt=200.0, generation=10.0)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._prompt: deque[float] = deque(maxlen=_REMEMBERED)
        self._generation: deque[float] = deque(maxlen=_REMEMBERED)

    def note(self, *, prompt: tuple[int, float], generation: tuple[int, float]) -> None:
        """Note the tokens and seconds of one request; without either it is no measure."""
        with self._lock:
            for rates, (tokens, seconds) in (
                (self._prompt, prompt),
                (self._generation, generation),
            ):
                if tokens > 0 and seconds > 0:
                    rates.append(tokens / seconds)

    @property
    def speed(self) -> Speed:
        """The medians of the last few."""
        with self._lock:
            prompt, generation = (
                median(rates) if rates else None for rates in (self._prompt, self._generation)
            )
        return Speed(prompt, generation)
