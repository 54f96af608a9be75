"""Vectors to nearest passage numbers, exactly or nearly. The only module that imports faiss.

Owns the two kinds of index and what they are set to; why these, and from which size on:
docs/decisions/0011-size.md. Knows nothing of files, generations and threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from rag.library.files import CHUNK
from rag.models.embedder import Vectors

LISTS_MOST = 1024
_PER_LIST = 128  # vectors at the time of training
_SAMPLE = 40  # vectors that a list is learned from
_ROUNDS = 10
_READ = 8  # one list in so many is read for a query, at least
_ENOUGH = 125_000  # vectors that are read where that would be fewer


class Nearest:
    """Passage numbers and their vectors in memory, for inner products; numbers come once.

    Without a sample it keeps the vectors in half precision, as the rows do, reads all of them for
    a query and so is exact. With one it divides them by k-means into lists, keeps them in a byte
    a number, and reads the lists that are nearest to the query.
    """

    def __init__(self, dimension: int, sample: Vectors | None = None, *, rows: int = 0) -> None:
        faiss = _faiss()
        kinds, product = faiss.ScalarQuantizer, faiss.METRIC_INNER_PRODUCT
        self._index: Any
        if sample is None:
            flat = faiss.IndexScalarQuantizer(dimension, kinds.QT_fp16, product)
            self._index = faiss.IndexIDMap(flat)
            return
        lists = lists_for(rows, len(sample))
        coarse = faiss.IndexFlatIP(dimension)
        self._index = faiss.IndexIVFScalarQuantizer(
            coarse, dimension, lists, kinds.QT_8bit, product
        )
        self._index.cp.niter = _ROUNDS
        self._index.cp.min_points_per_centroid = 1  # else it warns on standard output
        self._index.train(sample)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    @property
    def exact(self) -> bool:
        return isinstance(self._index, _faiss().IndexIDMap)

    def add(self, numbers: Sequence[int], vectors: Vectors) -> None:
        self._index.add_with_ids(vectors, np.asarray(numbers, np.int64))

    def remove(self, numbers: Sequence[int]) -> None:
        """Take out these numbers; those that are not there do not matter."""
        self._index.remove_ids(_faiss().IDSelectorBatch(np.asarray(numbers, np.int64)))

    def search(
        self, vector: Vectors, limit: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` nearest of the `allowed` numbers as (number, product), best first."""
        faiss = _faiss()
        more: dict[str, Any] = {}
        if allowed is not None:
            size = int(allowed.max()) + 1
            bits = np.zeros(size, bool)
            bits[allowed] = True
            more["sel"] = faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))
        parameters: Any = None
        if not self.exact:
            wanted = max(len(self) / _READ, _ENOUGH)
            share = min(1.0, wanted / (len(self) if allowed is None else len(allowed)))
            probes = math.ceil(self._index.nlist * share)
            parameters = faiss.SearchParametersIVF(nprobe=probes, **more)
        elif more:
            parameters = faiss.SearchParameters(**more)
        count = min(limit, len(self))
        scores, numbers = self._index.search(vector.reshape(1, -1), count, params=parameters)
        pairs = zip(numbers[0].tolist(), scores[0].tolist(), strict=True)
        return [(number, score) for number, score in pairs if number >= 0]

    def highest(self) -> int:
        """The highest number, or 0."""
        faiss = _faiss()
        if not len(self):
            return 0
        if self.exact:
            return int(faiss.vector_to_array(self._index.id_map).max())
        lists = self._index.invlists
        sizes = ((n, lists.list_size(n)) for n in range(self._index.nlist))
        parts = (faiss.rev_swig_ptr(lists.get_ids(n), size) for n, size in sizes if size)
        return max(int(part.max()) for part in parts)

    def write(self, write: Callable[[bytes], object]) -> None:
        """Give out all of it, piece by piece."""
        faiss = _faiss()
        faiss.write_index(self._index, faiss.PyCallbackIOWriter(write, CHUNK))

    @classmethod
    def read(cls, file: IO[bytes]) -> Nearest:
        """What `write` wrote.

        Raises:
            RuntimeError: It is something else.
        """
        faiss = _faiss()
        found = cls.__new__(cls)
        found._index = faiss.read_index(faiss.PyCallbackIOReader(file.read, CHUNK))
        return found


def lists_for(rows: int, sample: int) -> int:
    """How many lists so many rows are divided into: a power of two."""
    lists = 1
    while lists < LISTS_MOST and 2 * lists * _PER_LIST <= rows and 2 * lists <= sample:
        lists *= 2
    return lists


def sample_size(rows: int) -> int:
    """How many vectors the lists for so many rows are learned from."""
    return _SAMPLE * lists_for(rows, rows)


def _faiss() -> Any:
    import faiss  # heavy, so only when first needed

    return faiss
