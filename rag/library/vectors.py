"""The vectors of a library: searched in memory, kept in a file, true in the rows.

Few are searched exactly; many through lists that were learned from a sample, and what those
propose is scored again by the rows' own vectors, so that a score is the exact cosine in either
case. The file is written aside and renamed; a small one beside it says whose it is, its generation
and its checksum, so that a torn, stale or foreign one is told. Knows nothing of texts.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from rag.errors import LibraryError
from rag.library.files import checksum, replace
from rag.library.nearest import Nearest, sample_size
from rag.library.store import Store
from rag.models.embedder import Vectors

FILE, FACTS = "vectors.faiss", "vectors.json"
EXACT_UNTIL = 200_000  # passages that are searched one by one
_GROWN = 8  # times as many as at the last dividing: divide anew
_RESCORED = 100  # nearest by the lists that are scored again, at least
_LOOKED_UP = 1000  # allowed passages that are scored by the rows alone
_WORTH_WRITING = 20  # rows that one changed row may make be written again
_SEED = 7


def sound(folder: Path, owner: str) -> bool:
    """Whether the file in an index folder is whole and built from these rows; faiss not needed."""
    try:
        facts = json.loads((folder / FACTS).read_bytes())
        return bool(facts["library"] == owner and checksum(folder / FILE) == facts["checksum"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


class VectorIndex:
    """Passage numbers and their vectors; safe to share between threads, with one that changes it.

    `owner` identifies the rows that the file must have been built from; up to `exact_until` of them
    the search is exact. `seen` is the generation of what is in memory.
    """

    def __init__(
        self,
        dimension: int,
        folder: Path,
        *,
        owner: str,
        rows: Store,
        exact_until: int = EXACT_UNTIL,
    ) -> None:
        self._file, self._facts = folder / FILE, folder / FACTS
        self._owner, self._rows, self._exact_until = owner, rows, exact_until
        self._lock = threading.Lock()
        self.dimension, self.seen = dimension, 0
        self._highest = self._unsaved = 0  # number; rows that the file lacks or has too many
        self.clear()
        self.reload()

    def __len__(self) -> int:
        return len(self._index)

    @property
    def exact(self) -> bool:
        """Whether every vector is looked at."""
        return self._index.exact

    @property
    def outgrown(self) -> bool:
        """Whether there are so many more or fewer than when it was built that it should be anew."""
        if self.exact:
            return len(self) > self._exact_until
        return len(self) > _GROWN * self._divided or 2 * len(self) < self._exact_until

    def clear(self) -> None:
        """Forget everything; the file is replaced by the next `save`."""
        self._take(Nearest(self.dimension), seen=0, divided=0)
        self._saved = -1

    def rebuild(self, generation: int) -> None:
        """Build it from the rows, which are at a generation; the old one serves meanwhile."""
        count = self._rows.counts()[1]
        sample = self._sample(sample_size(count)) if count > self._exact_until else None
        index = Nearest(self.dimension, sample, rows=count)
        for numbers, vectors in self._rows.vectors_since(0):
            index.add(numbers, vectors)
        self._take(index, seen=generation, divided=0 if sample is None else count)
        self._saved = -1

    def catch_up(self, generation: int, valid: Callable[[], bool]) -> bool:
        """Bring it to a generation of the rows; `False` where they are not `valid` any more."""
        if self.seen == generation:
            return True
        if not self.seen:
            self.rebuild(generation)
            if not valid():
                self.clear()
                return False
            return True
        removed = self._rows.removed_since(self.seen)
        if not valid():
            return False
        if removed:
            self.update([], np.zeros((0, self.dimension), np.float32), removed)
        for numbers, vectors in self._rows.vectors_since(self.seen):
            if not valid():
                return False
            self.update(numbers, vectors, [])
        self.seen = generation
        return True

    def update(self, numbers: Sequence[int], vectors: Vectors, removed: Sequence[int]) -> None:
        """Take out `removed` and `numbers`, then add `numbers` with `vectors` (shape (n, dim))."""
        with self._lock:
            gone = [*removed, *(number for number in numbers if number <= self._highest)]
            if gone and len(self._index):
                self._index.remove(gone)
            if len(numbers):
                self._index.add(numbers, vectors)
                self._highest = max(self._highest, *numbers)
            self._unsaved += len(numbers) + len(removed)

    def search(
        self,
        vector: Vectors,
        limit: int,
        allowed: Sequence[int] | NDArray[np.int64] | None = None,
    ) -> list[tuple[int, float]]:
        """The `limit` nearest passages as (number, cosine), best first.

        `allowed` restricts the search to these passage numbers.
        """
        if limit < 1 or not len(self) or (allowed is not None and not len(allowed)):
            return []
        among = None if allowed is None else np.asarray(allowed, np.int64)
        with self._lock:
            if self._index.exact:
                return self._index.search(vector, limit, among)
            if among is None or len(among) > _LOOKED_UP:
                most = max(_RESCORED, 2 * limit)
                likely = [number for number, _ in self._index.search(vector, most, among)]
            else:
                likely = among.tolist()
        return self._scored(vector, likely)[:limit]

    def save(self) -> None:
        """Write the file if enough has changed; a kill leaves the old one or the new one.

        What a file lacks is made good from the rows at the next opening, so one new article does
        not cost writing all the others.

        Raises:
            LibraryError: The disk is full or failing.
        """
        few = self._saved > 0 and self._unsaved * _WORTH_WRITING < len(self)
        if self._saved == self.seen or few:
            return
        value = 0

        def fill(file: IO[bytes]) -> None:
            def write(data: bytes) -> None:
                nonlocal value
                value = zlib.crc32(data, value)
                file.write(data)

            self._index.write(write)

        try:
            replace(self._file, fill)
            facts = {
                "library": self._owner,
                "generation": self.seen,
                "checksum": value,
                "rows": len(self),
                "divided": self._divided,
            }
            replace(self._facts, lambda file: file.write(json.dumps(facts).encode()))
        except OSError as error:
            raise LibraryError(
                f"The vectors in {self._file.parent} cannot be written: {error.strerror}. Free "
                "some space and index again; nothing is lost."
            ) from error
        self._saved, self._unsaved = self.seen, 0

    def reload(self) -> None:
        """Take what the file holds, where it is sound and newer or divided anew."""
        try:
            facts = json.loads(self._facts.read_bytes())
            generation, divided = int(facts["generation"]), int(facts["divided"])
            new = generation > self.seen or divided != self._divided
            if not new or not sound(self._file.parent, self._owner):
                return
            with self._file.open("rb") as file:
                index = Nearest.read(file)
            if index.dimension != self.dimension or len(index) != facts["rows"]:
                return
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            return
        self._take(index, seen=generation, divided=divided)
        self._saved = generation

    def _take(self, index: Nearest, *, seen: int, divided: int) -> None:
        with self._lock:
            self._index, self.seen, self._divided = index, seen, divided
            self._highest, self._unsaved = index.highest(), 0

    def _scored(self, vector: Vectors, numbers: Sequence[int]) -> list[tuple[int, float]]:
        """These passages by their exact cosines, best first; those that are gone are left out."""
        there, vectors = self._rows.vectors(numbers)
        if not there or vectors.shape[1] != len(vector):  # or of another embedder since a moment
            return []
        cosines = np.einsum("nd,d->n", vectors, vector)
        order = np.argsort(-cosines, kind="stable").tolist()
        return [(there[at], float(cosines[at])) for at in order]

    def _sample(self, count: int) -> Vectors:
        """Vectors of passages drawn by a seed, about `count`."""
        drawn = np.random.default_rng(_SEED).permutation(self._rows.highest_passage()) + 1
        parts, have, step = [], 0, 10_000
        for start in range(0, len(drawn), step):
            vectors = self._rows.vectors(np.sort(drawn[start : start + step]).tolist())[1]
            parts.append(vectors.reshape(-1, self.dimension))
            have += len(vectors)
            if have >= count:
                break
        return np.concatenate(parts)[:count]
