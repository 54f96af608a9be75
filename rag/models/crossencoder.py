"""A cross-encoder from Hugging Face, or a folder, in the place of the reader that comes with it.

A cross-encoder gives one score to a question and a text. Here the passage's own score says how
likely it answers at all, and its sentences share it by theirs. Owns the loading of such models.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelError
from rag.escaping import encodable
from rag.models.embedder import SAFE_WEIGHTS, quietly
from rag.models.reader import Reading
from rag.schema import Span

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_LONGEST = 512  # tokens of question and passage together


class CrossEncoderReader:
    """A `Reader` around a sentence-transformers cross-encoder; safe to share between threads.

    It marks no answering words. Its scores are taken as logits with 0 as the line between what
    answers and what does not, as rerankers trained on MS MARCO give them.

    Args:
        name: A model on Hugging Face, or a folder.

    Raises:
        ModelError: The model is missing, broken, cannot be downloaded, or gives several scores.
    """

    def __init__(self, name: str) -> None:
        self._model = _load(name)
        self._lock = threading.Lock()
        if self._model.num_labels != 1:
            raise ModelError(
                f"The reader {name} gives {self._model.num_labels} scores to a text; one is "
                "needed. Name a cross-encoder that was trained to rank."
            )

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        texts = []
        for title, text, sentences in passages:
            texts.append(f"{title}. {text}" if title else text)
            texts += [text[span.start : span.end] for span in sentences]
        if not texts:
            return []
        with self._lock:
            scores = self._model.predict(
                [(encodable(question), encodable(text)) for text in texts],
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        readings, place = [], 0
        for _, _, sentences in passages:
            own = scores[place + 1 : place + 1 + len(sentences)]
            readings.append(Reading(_shared(float(scores[place]), own), 0.0))
            place += 1 + len(sentences)
        return readings


def _shared(whole: float, parts: np.ndarray[Any, Any]) -> tuple[float, ...]:
    """Logits of which the log of the summed exponentials is `whole`."""
    if not len(parts):
        return ()
    parts = parts.astype(np.float64)
    total = parts.max() + np.log(np.exp(parts - parts.max()).sum())
    return tuple((whole + parts - total).tolist())


def _load(name: str) -> CrossEncoder:
    import torch
    from sentence_transformers import CrossEncoder

    with quietly(f"The reader {name}", "Name a cross-encoder for sentence-transformers"):
        model = CrossEncoder(
            name,
            device="cpu",
            activation_fn=torch.nn.Identity(),
            trust_remote_code=False,
            model_kwargs=SAFE_WEIGHTS,
        )
    model.max_seq_length = min(model.max_seq_length or _LONGEST, _LONGEST)
    return model
