"""Each person's own articles: where they lie, and what finds them beside all that is shared.

A person is the owner of chats. Their articles are a folder and a library of their own within the
index folder, so that nothing of them is in what another is answered from. A library is opened when
it is asked and closed some time after, so that few are open however many people there are.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rag.assistant import Assistant
from rag.errors import RagError

MOST_OPEN = 32  # libraries that stay open while nobody asks them
IDLE = 600.0  # seconds that one does
_log = logging.getLogger(__name__)
_FOLDER = "people"
_ARTICLES, INDEX = "articles", "index"


@dataclass(eq=False, slots=True)
class _Lent:
    """One person's own articles, opened: how many are at it now, and when the last one left."""

    own: Assistant
    users: int = 0
    left: float = 0.0


class PrivateShelves:
    """The own articles of all who have some; safe to share between threads.

    `later` has something done in the background.
    """

    def __init__(self, shared: Assistant, later: Callable[[Callable[[], None]], object]) -> None:
        self._shared, self._later, self._lock = shared, later, threading.Lock()
        self._open: dict[Path, _Lent] = {}  # in the order in which they were asked last
        self._renewed: set[Path] = set()

    def seen(self, owner: str) -> Assistant:
        """What answers a person: of all that is shared, and of their own where there is any."""
        if not owner or not ((place := self._place(owner)) / INDEX).is_dir():
            return self._shared
        return self._shared.beside(partial(self._lend, place))

    def own(self, owner: str) -> AbstractContextManager[Assistant]:
        """Lend what a person's own articles are added to and removed from; made where none is.

        Raises:
            LibraryError: It cannot be opened or made.
        """
        return self._lend(self._place(owner))

    def anew(self) -> None:
        """Open each anew when it is asked next, as the settings are now."""
        with self._lock:
            self._renewed.clear()
            before, self._open = self._open, {}
        for one in before.values():
            self._close_unused(one)

    @contextmanager
    def _lend(self, place: Path) -> Iterator[Assistant]:
        one = self._taken(place)
        try:
            yield one.own
        finally:
            with self._lock:
                one.users, one.left = one.users - 1, time.monotonic()
                kept = self._open.get(place) is one
            if not kept:  # all are opened anew
                self._close_unused(one)

    def _taken(self, place: Path) -> _Lent:
        """One that is open, for one user more; where it is asked first, it is renewed afterwards.

        That is not waited for: it may take long where there is another embedder.
        """
        with self._lock:
            one = self._open.pop(place, None) or _Lent(made(self._shared, place))
            self._open[place] = one
            one.users += 1
            new = place not in self._renewed
            self._renewed.add(place)
            idle = self._idle()
        for each in idle:
            each.own.close()
        if new:
            self._later(partial(self._renew, place))
        return one

    def _idle(self) -> list[_Lent]:
        """Take out those that nobody is at and that are too many, or were not asked for long."""
        unused = [place for place, one in self._open.items() if not one.users]
        late, many = time.monotonic() - IDLE, len(unused) - MOST_OPEN
        return [
            self._open.pop(place)
            for at, place in enumerate(unused)
            if at < many or self._open[place].left < late
        ]

    def _close_unused(self, one: _Lent) -> None:
        with self._lock:
            unused = not one.users
        if unused:
            one.own.close()

    def _renew(self, place: Path) -> None:
        """Bring one to the embedder of the settings, and to the files that are there."""
        try:
            with self._lend(place) as own:
                own.reembed()
                own.sync()
        except RagError as error:
            _log.error("the own articles of %s could not be read anew: %s", place.name, error)

    def _place(self, owner: str) -> Path:
        """A folder that nobody chooses the name of, whatever a provider calls people."""
        name = hashlib.sha256(owner.encode(errors="surrogatepass")).hexdigest()
        return self._shared.index / _FOLDER / name


def made(shared: Assistant, place: Path) -> Assistant:
    """The own articles of one person, opened; one of `places`, or a new one."""
    articles = place / _ARTICLES
    articles.mkdir(0o700, parents=True, exist_ok=True)
    return shared.private(articles, place / INDEX)


def places(index: Path) -> list[Path]:
    """Where the own articles of people lie in an index folder."""
    return sorted(path.parent for path in (index / _FOLDER).glob(f"*/{INDEX}"))
