"""Two libraries asked as one: what all share, and what is one person's alone.

They stay apart on disk, so that nothing of one is in the indexes, the counts or the statistics of
the other. Here they are only asked; each is written by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import date
from typing import NoReturn

import numpy as np

from rag.library.rows import Stored
from rag.library.seam import ALL, Filters, LibraryStore, Match
from rag.listing import DocumentInfo, Failure
from rag.models.embedder import EmbedderIdentity, Vectors
from rag.schema import Document

OWN = "~/"  # begins the ids of a person's own articles; shared ones are paths within a folder


class JoinedLibrary:
    """A `LibraryStore` for asking alone.

    `own` lends one person's, whose ids begin with `OWN`; it may be closed in between.
    """

    def __init__(
        self, shared: LibraryStore, own: Callable[[], AbstractContextManager[LibraryStore]]
    ) -> None:
        self._shared, self._own = shared, own
        self.folder, self.called = shared.folder, shared.called
        self.rows, self.shared = shared.rows, shared.shared

    @property
    def identity(self) -> EmbedderIdentity:
        return self._shared.identity

    def close(self) -> None:
        """Nothing: each is closed by who opened it."""

    def is_of(self, identity: EmbedderIdentity, longest: int) -> bool:
        with self._both() as both:
            return all(one.is_of(identity, longest) for one in both)

    def must_be_of(self, identity: EmbedderIdentity) -> None:
        self._shared.must_be_of(identity)

    @contextmanager
    def steady(self) -> Iterator[None]:
        with self._both() as (shared, own), shared.steady(), own.steady():
            yield

    def counts(self, filters: Filters = ALL) -> tuple[int, int]:
        with self._both() as both:
            each = [one.counts(filters) for one in both]
        return sum(count for count, _ in each), sum(count for _, count in each)

    def document(self, id_: str) -> Document | None:
        with self._holder(id_) as one:
            return one.document(id_)

    def documents(self) -> list[DocumentInfo]:
        with self._both() as both:
            return sorted((i for one in both for i in one.documents()), key=lambda i: i.id)

    def correct(self, id_: str, facts: Mapping[str, str | date | None]) -> None:
        with self._holder(id_) as one:
            one.correct(id_, facts)

    def dates(self) -> list[date]:
        with self._both() as both:
            return sorted({day for one in both for day in one.dates()})

    def languages(self) -> tuple[str, ...]:
        with self._both() as both:
            return tuple(dict.fromkeys(code for one in both for code in one.languages()))

    def failures(self) -> list[Failure]:
        with self._both() as both:
            return [failure for one in both for failure in one.failures()]

    def fact(self, name: str) -> str | None:
        return self._shared.fact(name)

    def match(
        self,
        vector: Vectors,
        words: Sequence[str] | Mapping[str, float],
        *,
        limit: int,
        filters: Filters = ALL,
    ) -> list[Match]:
        """As of each; words count in the smaller one what they count in both together.

        Where a person's own is still of another embedder, it is searched by words.
        """
        counts = words if isinstance(words, Mapping) else dict.fromkeys(words, 1.0)
        with self._both() as (shared, own):
            alone = {w: c * self.weight(w) / own.weight(w) for w, c in counts.items()}
            near = vector
            if own.identity != shared.identity:
                near = np.zeros(own.identity.dimension, np.float32)
            found = (
                shared.match(vector, words, limit=limit, filters=filters),
                own.match(near, alone, limit=limit, filters=filters),
            )
        return [replace(m, number=2 * m.number + n) for n, of in enumerate(found) for m in of]

    def passages(self, numbers: Sequence[int]) -> dict[int, Stored]:
        found: dict[int, Stored] = {}
        with self._both() as both:
            for which, one in enumerate(both):
                there = one.passages([n // 2 for n in numbers if n % 2 == which])
                found |= {2 * number + which: stored for number, stored in there.items()}
        return found

    def documents_of(self, numbers: Sequence[int], *, boilerplate: bool) -> list[int]:
        with self._both() as both:
            return [
                2 * number + which
                for which, one in enumerate(both)
                for number in one.documents_of(
                    [n // 2 for n in numbers if n % 2 == which], boilerplate=boilerplate
                )
            ]

    def weight(self, word: str) -> float:
        """Inverse document frequency over the passages of both."""
        total = holding = 0.0
        with self._both() as both:
            for one in both:
                passages = one.counts()[1]
                total += passages
                holding += (passages + 1) / math.exp(one.weight(word)) - 0.5
        return math.log(1 + (total - holding + 0.5) / (holding + 0.5))

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("two libraries that are asked as one are written each by itself")

    writing = refresh = add = settle = save = _refuse

    @contextmanager
    def _both(self) -> Iterator[tuple[LibraryStore, LibraryStore]]:
        with self._own() as own:
            yield self._shared, own

    def _holder(self, id_: str) -> AbstractContextManager[LibraryStore]:
        """Which of the two an article is looked for in."""
        return self._own() if id_.startswith(OWN) else nullcontext(self._shared)
