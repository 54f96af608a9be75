"""The models that serve now, and how another takes the place of one while questions run.

Owns when a model is loaded and freed. Knows nothing of settings or of how a model is made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from rag.models.llm import LLM
from rag.models.memory import give_back

_Value = TypeVar("_Value")
Load = Callable[[], LLM | None]


class Serving:
    """Holds one model for many users; safe to share between threads.

    Args:
        load: Makes the first model, when it is first needed; `None` where there is to be none.
        given: Whether the first model is somebody else's to close.
    """

    def __init__(self, load: Load, *, given: bool = False) -> None:
        self._load: Load | None = load
        self._given = given
        self._changing = threading.Lock()  # one model is loaded at a time; users go on meanwhile
        self._counting = threading.Lock()
        self._now = _Held(None)

    @contextmanager
    def model(self) -> Iterator[LLM | None]:
        """The model, kept from being freed while it is in use."""
        self.ready()
        with self._counting:
            held = self._now
            held.users += 1
        try:
            yield held.llm
        finally:
            with self._counting:
                held.users -= 1
                unused = held.left and not held.users
            if unused:
                held.close()

    @property
    def loaded(self) -> LLM | None:
        """The model as far as it is loaded, to look at and not to ask."""
        return self._now.llm

    def ready(self) -> None:
        """Load the first model, if that has not happened. Raises what loading raises."""
        if self._load is None:
            return
        with self._changing:
            if self._load is not None:
                self._put(_Held(self._load(), given=self._given))
                self._load = None

    def exchange(self, load: Load) -> None:
        """Load another model and put it in the place of this one.

        The old one is freed once its last user is done. If loading raises, it stays in its place.
        """
        with self._changing:
            self._put(_Held(load()))
            self._load = None

    def close(self) -> None:
        """Free the model once its last user is done; further users find none."""
        self.exchange(lambda: None)

    def _put(self, new: _Held) -> None:
        with self._counting:
            old, self._now = self._now, new
            old.left = True
            unused = not old.users
        if unused:
            old.close()


class Once(Generic[_Value]):
    """What is loaded when it is first needed, and once; safe to share between threads.

    >>> once = Once(lambda: print("loading") or 7)
    >>> once(), once()
    loading
    (7, 7)
    """

    def __init__(self, load: Callable[[], _Value]) -> None:
        self._load, self._loading = load, threading.Lock()
        self._value: _Value | None = None

    def __call__(self) -> _Value:
        """The value, loaded where it was not yet."""
        with self._loading:
            if self._value is None:
                self._value = self._load()
                give_back()  # what loading took beside the value
            return self._value

    def put(self, value: _Value) -> None:
        """Let another value take its place."""
        with self._loading:
            self._value = value

    def close(self) -> None:
        """Let go of the value; whoever holds its user holds it no longer."""
        with self._loading:
            self._value = None


class _Held:
    """A model with the number of its users, and whether another has taken its place."""

    def __init__(self, llm: LLM | None, *, given: bool = False) -> None:
        self.llm, self._given = llm, given
        self.users, self.left = 0, False

    def close(self) -> None:
        close = getattr(self.llm, "close", None)
        if close is not None and not self._given:
            close()
