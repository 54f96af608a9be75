"""Vectors to nearest passages. The only module that imports faiss.

Exact inner products. The index file is written aside and renamed, and carries its generation
and a checksum in a small file beside it; a torn or stale one is told from these.
"""

from __future__ import annotations

import json
import os
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.models.embedder import Vectors


class VectorIndex:
    """Passage numbers and their vectors; safe to share between threads."""

    def __init__(self, dimension: int, folder: Path) -> None:
        self._file, self._facts = folder / "vectors.faiss", folder / "vectors.json"
        self._lock = threading.Lock()
        self.dimension = dimension
        self._index: Any = self._empty()
        self.generation = self._load()  # of the file
        self.seen = self.generation  # of what is in memory

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def clear(self) -> None:
        """Forget everything in memory; the file is replaced by the next `save`."""
        with self._lock:
            self._index = self._empty()
        self.generation = self.seen = 0

    def update(self, numbers: Sequence[int], vectors: Vectors, removed: Sequence[int]) -> None:
        """Take out `removed` and `numbers`, then add `numbers` with `vectors` (shape (n, dim))."""
        with self._lock:
            gone = np.array([*removed, *numbers], np.int64)
            if len(gone) and self._index.ntotal:
                self._index.remove_ids(gone)
            if len(numbers):
                self._index.add_with_ids(vectors, np.array(numbers, np.int64))

    def search(
        self, vector: Vectors, limit: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` nearest passages as (number, cosine), best first.

        `allowed` restricts the search to these passage numbers.
        """
        import faiss

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

    def save(self, generation: int) -> None:
        """Write the index for a generation; a kill leaves the old file or the new one."""
        import faiss

        with self._lock:
            data = faiss.serialize_index(self._index)
        _write(self._file, data)
        facts = {"generation": generation, "checksum": zlib.crc32(data), "rows": len(self)}
        _write(self._facts, json.dumps(facts).encode())
        self.generation = generation

    def _empty(self) -> Any:
        import faiss

        return faiss.IndexIDMap2(faiss.IndexFlatIP(self.dimension))

    def _load(self) -> int:
        """Read the file; returns its generation, or 0 where it is missing or not sound."""
        import faiss

        try:
            facts = json.loads(self._facts.read_bytes())
            data = np.fromfile(self._file, np.uint8)
            if zlib.crc32(data) != facts["checksum"]:
                return 0
            index = faiss.deserialize_index(data)
            if index.d != self.dimension or index.ntotal != facts["rows"]:
                return 0
            self._index = index
            return int(facts["generation"])
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            return 0


def _write(path: Path, data: Any) -> None:
    aside = path.with_suffix(path.suffix + ".new")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
