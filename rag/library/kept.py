"""What is worked out from the rows once and kept until a document changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Kept:
    """The last thing of each name, of one generation of the rows; safe to share between threads."""

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


class Latest(Generic[Key, Made]):
    """What was put last, of sizes up to `room` together; safe to share between threads."""

    def __init__(self, room: int) -> None:
        self._room, self._lock = room, threading.Lock()
        self._things: OrderedDict[Key, tuple[Made, int]] = OrderedDict()

    def get(self, keys: Iterable[Key]) -> dict[Key, Made]:
        """Those of the things that are here."""
        found: dict[Key, Made] = {}
        with self._lock:
            for key in keys:
                if (held := self._things.get(key)) is not None:
                    self._things.move_to_end(key)
                    found[key] = held[0]
        return found

    def put(self, things: Mapping[Key, Made], size: Callable[[Made], int] = lambda _: 1) -> None:
        """Hold some, for which others may have to go.

        >>> held = Latest[str, int](2)
        >>> held.put({"a": 1, "b": 2, "c": 3})
        >>> held.get("abc")
        {'b': 2, 'c': 3}
        """
        with self._lock:
            for key, thing in things.items():
                much = size(thing)
                self._room += self._things.pop(key, (None, 0))[1] - much
                self._things[key] = thing, much
            while self._room < 0 and len(self._things) > 1:
                self._room += self._things.popitem(last=False)[1][1]
