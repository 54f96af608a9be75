"""Which library is opened: the one in the index folder, or the one that an address names."""

from __future__ import annotations

from pathlib import Path

from rag.library.library import Library
from rag.library.seam import LibraryStore
from rag.models.embedder import EmbedderIdentity


def opened(address: str, folder: Path, *, identity: EmbedderIdentity, longest: int) -> LibraryStore:
    """A library, made where there is none. Raises `LibraryError`: it cannot be opened."""
    if not address:
        return Library(folder, identity=identity, longest=longest)
    from rag.library.milvus import MilvusLibrary  # what it needs is no part of the install

    return MilvusLibrary(address, folder, identity=identity, longest=longest)
