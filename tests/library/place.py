"""A folder of articles and its index, with everything a test does to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from rag.library import Library, LibraryStore, add_article, remove_article, sync_folder
from rag.library.vectors import EXACT_UNTIL
from rag.listing import Addition, SyncReport
from rag.testing import FakeEmbedder
from rag.words import terms

ARTICLES = {
    "rollo.txt": "Rollo\n\nRollo led the Norse to the coast. He won the town of Rouen in 911.",
    "chips.md": "---\ntitle: Chips\ndate: 2025-08-12\n---\n# Chips\n\nThe H20 chip is slow.",
    "deep/tea.html": "<html><head><title>Tea</title></head><body><p>Tea grows on hills.</p></body>",
    "deep/er/old.md": "---\ndate: 2020-01-02\n---\nAn old article about chips and tea.",
}
QUERIES = ("Who led the Norse?", "chip", "tea on hills", "old chips town", "nothing of it")


@dataclass
class Place:
    """A folder with an index; `longest` is the passage limit, `exact_until` as of `Library`.

    `store` opens another library than the one in the index folder.
    """

    root: Path
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    longest: int = 200
    exact_until: int = EXACT_UNTIL
    store: Callable[[Place], LibraryStore] | None = None
    opened: list[LibraryStore] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder, self.index = self.root / "articles", self.root / "index"
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def fill(self) -> Place:
        for name, text in ARTICLES.items():
            self.write(name, text)
        return self

    def open(self) -> Library:
        """The library in the index folder; or the other one, which does all that a test asks."""
        library: Any = (
            self.store(self)
            if self.store is not None
            else Library(
                self.index,
                identity=self.embedder.identity,
                longest=self.longest,
                exact_until=self.exact_until,
            )
        )
        self.opened.append(library)
        opened: Library = library
        return opened

    def sync(self, library: LibraryStore | None = None, **more: Any) -> SyncReport:
        """Sync an open library, or open one for it."""
        if library is not None:
            return sync_folder(self.folder, library, self.embedder, longest=self.longest, **more)
        library = self.open()
        try:
            return self.sync(library, **more)
        finally:
            library.close()

    def add(self, library: LibraryStore, name: str, text: str | bytes, **more: Any) -> Addition:
        """As `Assistant.add`."""
        raw = text.encode() if isinstance(text, str) else text
        sync = partial(self.sync, library)
        return add_article(self.folder, library, name, raw, sync=sync, **more)

    def remove(self, library: LibraryStore, id_: str) -> Path | None:
        """As `Assistant.remove`."""
        return remove_article(self.folder, library, id_, sync=partial(self.sync, library))

    def answers(self, library: LibraryStore | None = None) -> list[list[tuple[object, ...]]]:
        """What the library finds for each query: every passage with its text and scores."""
        if library is None:
            library = self.open()
            try:
                return self.answers(library)
            finally:
                library.close()
        everything = []
        for query in QUERIES:
            matches = library.match(self.embedder.embed([query])[0], terms(query), limit=1000)
            stored = library.passages([match.number for match in matches])
            everything.append(
                sorted(
                    (
                        s.passage.document,
                        s.passage.start,
                        s.passage.end,
                        s.document.title,
                        s.text,
                        str(s.document.date),
                        round(m.dense, 4),
                        round(m.lexical, 4),
                    )
                    for m in matches
                    for s in [stored[m.number]]
                )
            )
        return everything


class MakePlace(Protocol):
    """Makes a place; arguments as for `Place`."""

    def __call__(self, name: str | Path = "place", **more: Any) -> Place:
        """Make it in the test's own folder, or where a path says."""
        ...
