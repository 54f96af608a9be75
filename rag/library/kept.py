"""What is worked out from the rows once and kept until a document changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")


class Kept:
    """The last thing of each name; safe to share between threads.

    Args:
        generation: Tells that of the rows.
    """

    def __init__(self, generation: Callable[[], int]) -> None:
        self._generation = generation
        self._things: dict[str, tuple[tuple[int, Hashable], Any]] = {}

    def get(self, name: str, make: Callable[[], Made], asked: Hashable = None) -> Made:
        """What was made last under a name, made anew where the rows or what is asked differ.

        >>> kept = Kept(lambda: 1)
        >>> kept.get("a", lambda: [1]) is kept.get("a", lambda: [2])
        True
        """
        wanted = self._generation(), asked
        found = self._things.get(name)
        if found is None or found[0] != wanted:
            found = self._things[name] = wanted, make()
        made: Made = found[1]
        return made
