"""Vectors to nearest passages. The only module that imports faiss.

Exact inner products. The index file is written aside and renamed; a small file beside it says
whose it is, its generation and its checksum, so that a torn, stale or foreign one is told.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from rag.library.files import CHUNK, checksum, replace
from rag.models.embedder import Vectors

_WORTH_WRITING = 20  # rows that one changed row may make be written again


class VectorIndex:
    """Passage numbers and their vectors in memory; safe to share between threads.

    Args:
        dimension: Length of the vectors.
        folder: Where the file is kept.
        owner: Identifies the rows that the file must have been built from.

    Attributes:
        seen: The generation of what is in memory.
    """

    def __init__(self, dimension: int, folder: Path, *, owner: str) -> None:
        self._file, self._facts = folder / "vectors.faiss", folder / "vectors.json"
        self._owner = owner
        self._lock = threading.Lock()
        self.dimension = dimension
        self._index: Any = self._empty()
        self.seen = self._load()
        self._highest = self._highest_number()
        self._unsaved = 0  # rows that the file lacks or has too many
        self._saved = self.seen

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def clear(self) -> None:
        """Forget everything; the file is replaced by the next `save`."""
        with self._lock:
            self._index = self._empty()
            self._highest = 0
            self.seen = 0
            self._saved = -1

    def update(self, numbers: Sequence[int], vectors: Vectors, removed: Sequence[int]) -> None:
        """Take out `removed` and `numbers`, then add `numbers` with `vectors` (shape (n, dim))."""
        with self._lock:
            gone = [*removed, *(number for number in numbers if number <= self._highest)]
            if gone and self._index.ntotal:
                self._index.remove_ids(np.array(gone, np.int64))
            if len(numbers):
                self._index.add_with_ids(vectors, np.array(numbers, np.int64))
                self._highest = max(self._highest, *numbers)
            self._unsaved += len(numbers) + len(removed)

    def search(
        self, vector: Vectors, limit: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` nearest passages as (number, cosine), best first.

        `allowed` restricts the search to these passage numbers.
        """
        faiss = _faiss()
        with self._lock:
            if not self._index.ntotal or limit < 1 or (allowed is not None and not allowed):
                return []
            parameters = None
            if allowed is not None:
                selector = faiss.IDSelectorBatch(np.array(allowed, np.int64))
                parameters = faiss.SearchParameters(sel=selector)
            count = min(limit, self._index.ntotal)
            scores, numbers = self._index.search(vector.reshape(1, -1), count, params=parameters)
        pairs = zip(numbers[0].tolist(), scores[0].tolist(), strict=True)
        return [(number, score) for number, score in pairs if number >= 0]

    def save(self) -> None:
        """Write the file if enough has changed; a kill leaves the old one or the new one.

        What a file lacks is made good from the rows at the next opening, so one new article does
        not cost writing all the others.

        Raises:
            OSError: The disk is full or failing.
        """
        faiss = _faiss()
        if self._saved == self.seen or (
            self._saved > 0 and self._unsaved * _WORTH_WRITING < len(self)
        ):
            return
        value = 0

        def fill(file: IO[bytes]) -> None:
            def write(data: bytes) -> None:
                nonlocal value
                value = zlib.crc32(data, value)
                file.write(data)

            faiss.write_index(self._index, faiss.PyCallbackIOWriter(write, CHUNK))

        replace(self._file, fill)
        facts = {
            "library": self._owner,
            "generation": self.seen,
            "checksum": value,
            "rows": len(self),
        }
        replace(self._facts, lambda file: file.write(json.dumps(facts).encode()))
        self._saved, self._unsaved = self.seen, 0

    def _empty(self) -> Any:
        faiss = _faiss()
        return faiss.IndexIDMap(faiss.IndexFlatIP(self.dimension))

    def _highest_number(self) -> int:
        faiss = _faiss()
        return int(faiss.vector_to_array(self._index.id_map).max()) if len(self) else 0

    def _load(self) -> int:
        """Read the file; returns its generation, or 0 where it is missing or not sound."""
        faiss = _faiss()
        try:
            facts = json.loads(self._facts.read_bytes())
            generation = int(facts["generation"])
            if facts["library"] != self._owner or checksum(self._file) != facts["checksum"]:
                return 0
            with self._file.open("rb") as file:
                index = faiss.read_index(faiss.PyCallbackIOReader(file.read, CHUNK))
            if index.d != self.dimension or index.ntotal != facts["rows"]:
                return 0
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            return 0
        self._index = index
        return generation


def _faiss() -> Any:
    import faiss  # heavy, so only when first needed

    return faiss
