"""Each person's own articles: where they lie, and what finds them beside all that is shared.

A person is the owner of chats. Their articles are a folder and a library of their own within the
index folder, so that nothing of them is in what another is answered from.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from pathlib import Path

from rag.assistant import Assistant
from rag.errors import RagError

_log = logging.getLogger(__name__)
_FOLDER = "people"
_ARTICLES, _INDEX = "articles", "index"


class PrivateShelves:
    """The own articles of all who have some; safe to share between threads.

    Args:
        shared: The assistant of what all share.
    """

    def __init__(self, shared: Assistant) -> None:
        self._shared, self._lock = shared, threading.Lock()
        self._open: dict[Path, tuple[Assistant, Assistant]] = {}

    def seen(self, owner: str) -> Assistant:
        """What answers a person: of all that is shared, and of their own where there is any."""
        there = owner and (self._place(owner) / _INDEX).is_dir()
        return self._both(self._place(owner))[1] if there else self._shared

    def own(self, owner: str) -> Assistant:
        """What a person's own articles are added to and removed from; made where there is none.

        Raises:
            LibraryError: It cannot be opened or made.
        """
        return self._both(self._place(owner))[0]

    def renew(self) -> None:
        """Bring everybody's to the embedder of the settings, and to the files that are there.

        What of one person fails is logged, and the next one's turn comes.
        """
        for index in sorted((self._shared.index / _FOLDER).glob(f"*/{_INDEX}")):
            place = index.parent
            kept = self._open.get(place)
            try:
                own = kept[0] if kept else self._made(place)
                try:
                    self._shared.lend(own)
                    own.reembed()
                    own.sync()
                finally:
                    if not kept:
                        own.close()
            except RagError as error:
                _log.error("the own articles of %s could not be read anew: %s", place.name, error)

    def _both(self, place: Path) -> tuple[Assistant, Assistant]:
        with self._lock:
            if place not in self._open:
                own = self._made(place)
                self._open[place] = own, self._shared.beside(own)
            return self._open[place]

    def _made(self, place: Path) -> Assistant:
        articles = place / _ARTICLES
        articles.mkdir(0o700, parents=True, exist_ok=True)
        return self._shared.private(articles, place / _INDEX)

    def _place(self, owner: str) -> Path:
        """A folder that nobody chooses the name of, whatever a provider calls people."""
        return (
            self._shared.index
            / _FOLDER
            / hashlib.sha256(owner.encode(errors="surrogatepass")).hexdigest()
        )
