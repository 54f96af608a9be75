"""What a question wants, told by a small model that learned it from many ways of asking.

A multinomial logistic regression looks at the question's meaning (its vector by the bundled
embedder, whatever embedder a person sets) and at its frame: the words that ask, in their order,
with names, figures and rare words masked. `training/train_intent.py` fits it; the weights lie
beside this module. Where it is not sure, the answer is short and direct.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from rag.documents.language import language_of
from rag.languages import ENGLISH, FOREIGN
from rag.models.embedder import bundled_embedder
from rag.query.language import language_asked
from rag.query.query import Aspect, Intent

BUCKETS = 4096  # that the n-grams of frames are hashed into
LONGEST = 400  # characters that are looked at
MASK, FIGURE = "_", "0"
_SCALE = 2.0  # of the vector beside the frame, which is of length 1
_UNKNOWN = 0.5  # how likely a question in another language wants a direct answer
_SURE = 0.4  # probability from which anything but a direct answer is given
_VERY_SURE = {Intent.WHOLE: 0.5, Intent.LIBRARY: 0.7, Intent.TALK: 0.6, Intent.REWORK: 0.6}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[?]")

_DIRECT = (Intent.DIRECT, Intent.SEVERAL, Intent.LIST)

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class IntentModel:
    """Fitted weights.

    Attributes:
        labels: `intent` or `intent aspect`, a row of the weights each.
        weights: Of shape (labels, dimension of the vectors + `BUCKETS`).
        bias: Of shape (labels,).
        frame: The words that are not masked.
        asking: Of them, those that only ask and say nothing of what is asked about.
    """

    labels: tuple[str, ...]
    weights: Array
    bias: Array
    frame: frozenset[str]
    asking: frozenset[str]

    def probabilities(self, question: str) -> Mapping[str, float]:
        """How likely each label is."""
        values = features(question, bundled_embedder().embed([question[:LONGEST]])[0], self.frame)
        logits = self.weights @ values + self.bias
        shares = np.exp(logits - logits.max())
        return dict(zip(self.labels, (shares / shares.sum()).tolist(), strict=True))


def intent_of(question: str, *others: str) -> tuple[Intent, Aspect]:
    """What a question wants, and what of it; `others` are other ways to ask the same.

    >>> intent_of("Who wrote the article on the bridge?")
    (<Intent.LIBRARY: 'library'>, <Aspect.AUTHOR: 'author'>)
    >>> intent_of("Who wrote the Magna Carta?")
    (<Intent.DIRECT: 'direct'>, <Aspect.NONE: 'none'>)
    """
    if not in_english(question):
        return Intent.DIRECT, Aspect.NONE  # it has learned from English alone
    ways = [_shares(way) for way in (question, *others)]
    return decided({label: fmean(shares[label] for shares in ways) for label in ways[0]})


def directly(question: str) -> float:
    """How likely a question wants a direct answer: one, several or a list."""
    if not in_english(question):
        return _UNKNOWN
    shares = _shares(question)
    return sum(shares.get(str(intent), 0.0) for intent in _DIRECT)


@lru_cache(maxsize=16)
def _shares(question: str) -> Mapping[str, float]:
    """How likely each label is; asked of a question several times while it is understood."""
    return bundled_model().probabilities(question)


def in_english(question: str) -> bool:
    """Whether a question is in the language that the intents were learned from."""
    if told := language_asked(question):
        return told == ENGLISH
    words = {word.lower() for word in _WORD.findall(question)}
    return bool(words & bundled_model().asking - FOREIGN) or language_of(question) == ENGLISH


def decided(probabilities: Mapping[str, float]) -> tuple[Intent, Aspect]:
    """The likeliest intent and its likeliest aspect, or a direct answer where it is not sure."""
    likely: dict[Intent, float] = dict.fromkeys(Intent, 0.0)
    for label, share in probabilities.items():
        likely[Intent(label.split()[0])] += share
    intent = max(likely, key=lambda one: likely[one])
    if likely[intent] < _VERY_SURE.get(intent, _SURE):
        several = likely[Intent.SEVERAL] > likely[Intent.DIRECT]
        return (Intent.SEVERAL if several else Intent.DIRECT), Aspect.NONE
    label = max(probabilities, key=lambda one: (one.split()[0] == intent, probabilities[one]))
    return intent, Aspect(label.split()[1]) if " " in label else Aspect.NONE


def features(question: str, vector: Array, frame: frozenset[str]) -> Array:
    """The vector of a question and the hashed n-grams of its frame, as one array."""
    values = np.zeros(len(vector) + BUCKETS, np.float32)
    values[: len(vector)] = vector * _SCALE
    grams = ngrams(masked(question, frame))
    for gram in grams:
        values[len(vector) + zlib.crc32(gram.encode()) % BUCKETS] = len(grams) ** -0.5
    return values


def masked(question: str, frame: frozenset[str]) -> list[str]:
    """The words that ask, in order; figures and runs of other words stand masked.

    >>> masked("Who wrote the Magna Carta in 1215?", frozenset(["who", "wrote", "the", "in"]))
    ['who', 'wrote', 'the', '_', 'in', '0']
    """
    found: list[str] = []
    for match in _WORD.finditer(question[:LONGEST].lower().replace("’", "'")):
        word = match[0]
        one = word if word in frame else FIGURE if word[0].isdigit() else MASK
        if word != "?" and (one != MASK or found[-1:] != [MASK]):
            found.append(one)
    return found


def ngrams(words: Sequence[str]) -> set[str]:
    """One to three neighbouring words, the ends marked.

    >>> sorted(ngrams(["who"]))
    ['^ who', '^ who $', 'who', 'who $']
    """
    ends = ["^", *words, "$"]
    found = {" ".join(ends[i : i + n]) for n in (1, 2, 3) for i in range(len(ends) - n + 1)}
    return found - {"^", "$", "^ $"}


@lru_cache(maxsize=1)
def bundled_model() -> IntentModel:
    """The model that comes with the install."""
    return load_model(Path(__file__).with_name("intents.npz"))


def load_model(file: Path) -> IntentModel:
    """A model as `save_model` writes it."""
    with np.load(file, allow_pickle=False) as stored:
        weights = stored["weights"].astype(np.float32) * stored["scale"][:, None]
        labels, frame, asking = (
            bytes(stored[name]).decode().split("\n") for name in ("labels", "frame", "asking")
        )
        bias = stored["bias"].astype(np.float32)
    return IntentModel(tuple(labels), weights, bias, frozenset(frame), frozenset(asking))


def save_model(file: Path, model: IntentModel) -> None:
    """Write a model, its weights as whole numbers of a byte with a scale for each label."""
    scale = np.maximum(np.abs(model.weights).max(axis=1), 1e-6) / 127
    labels, frame, asking = (
        np.frombuffer("\n".join(texts).encode(), np.uint8)
        for texts in (model.labels, sorted(model.frame), sorted(model.asking))
    )
    np.savez_compressed(
        file,
        weights=np.rint(model.weights / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=model.bias.astype(np.float32),
        labels=labels,
        frame=frame,
        asking=asking,
    )
