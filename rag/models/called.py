"""An `LLM` out of any function from prompt to text.

Owns what is put in for what a function does not tell: tokens are estimated, a text comes whole and
is given on word by word, and of yes and no only its word is known. Knows nothing of what is asked.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import cast

from rag.errors import ModelError
from rag.escaping import encodable
from rag.models.llm import LLM, Ahead, Speed, Speedometer, too_long
from rag.models.server import estimated

CONTEXT = 8192  # tokens, since a function does not tell
_SURE = 0.99  # probability of a word that was said
_LOOK = 0.05  # seconds between two looks whether it is free
_PIECE = re.compile(r"\s*\S+|\s+$")
_WORD = re.compile(r"[^\W_]+")

Function = Callable[[str], str]


def llm_of(model: LLM | Function) -> LLM:
    """A model as it is, or a function as a model.

    Raises:
        TypeError: It is neither.

    >>> llm_of(lambda prompt: "Yes.").odds(head="Say yes or no.", request="Well?") > 4
    True
    """
    if hasattr(model, "stream") and hasattr(model, "odds"):
        return cast(LLM, model)
    if not callable(model):
        raise TypeError(
            f"llm is a {type(model).__name__}; it must be an LLM or a function from text to text"
        )
    return Called(model)


class Called:
    """A function as an `LLM`; it is called by one thread at a time.

    A call that has begun cannot be broken off; what it returns is then left aside.

    Args:
        function: Takes the instructions with the request, and returns the text.
        context: How many tokens the prompt and the answer may have together.
    """

    where = "this computer, in a function"
    taught, writes = False, True

    def __init__(self, function: Function, *, context: int = CONTEXT) -> None:
        self._function, self.context = function, context
        self._alone, self._speedometer = threading.Lock(), Speedometer()

    @property
    def name(self) -> str:
        own = getattr(self._function, "__name__", type(self._function).__name__)
        return "a function" if own == "<lambda>" else own

    @property
    def speed(self) -> Speed:
        return self._speedometer.speed

    def count(self, text: str) -> int:
        return estimated(encodable(text))

    def stream(
        self,
        *,
        head: str,
        request: str,
        grammar: str | None = None,  # a function is held to none
        limit: int = 256,
        ahead: Ahead | None = None,
    ) -> Iterator[str]:
        prompt = _prompt(head, request)
        needed = self.count(prompt) + limit
        if needed > self.context:
            raise too_long(needed, self.context)
        while not self._alone.acquire(timeout=_LOOK):
            if ahead is not None:
                ahead(1)
                yield ""
        try:
            began = time.perf_counter()
            text = self._said(prompt)
            spent = time.perf_counter() - began
        finally:
            self._alone.release()
        self._speedometer.note(prompt=(0, 0.0), generation=(self.count(text), spent))
        yield from _PIECE.findall(text)[:limit]  # a word is a token or more

    def odds(self, *, head: str, request: str) -> float:
        """By its first word: as good as sure, or nothing where that is neither yes nor no."""
        room = self.context - self.count(head)
        while request and self.count(request) > room:  # what is asked stands at the end
            request = request[len(request) // 2 :]
        with self._alone:
            word = _WORD.search(self._said(_prompt(head, request)))
        sure = math.log(_SURE / (1 - _SURE))
        return {"yes": sure, "no": -sure}.get(word[0].lower() if word else "", 0.0)

    def point(self, *, head: str, request: str, at: str) -> list[float]:
        """Nothing: it was not taught to."""
        return []

    def _said(self, prompt: str) -> str:
        try:
            text = self._function(prompt)
        except Exception as error:
            why = f"{type(error).__name__}: {error}".strip().rstrip(".")
            raise ModelError(
                f"The model {self.name} failed: {why}. See to it, or answer with another one."
            ) from error
        if not isinstance(text, str):
            kind = type(text).__name__
            raise ModelError(f"The model {self.name} gave a {kind}. Let it return the text.")
        return text


def _prompt(head: str, request: str) -> str:
    return encodable(f"{head}\n\n{request}")
