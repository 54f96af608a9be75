"""Sentences that lean on the one before, as "Instead, they fled." does.

A small linear model over a sentence's first words tells how likely it could open a paragraph; it
learned that from the paragraphs of some thousand articles (`training/train_leaning.py`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.schema import Evidence

BUCKETS = 8192
LONGEST = 12  # words from the beginning that are looked at
_STARTS, _INSIDE = 3, 0.5  # words of a beginning; what a word counts that stands anywhere in it
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[,;:]")
_GAP = 3  # characters between a sentence and the next one


def leans(sentence: str) -> bool:
    """Whether a sentence can hardly be understood without the one before it.

    >>> leans("Instead, he left the town."), leans("Rollo left the town of Rouen in 911.")
    (True, False)
    """
    frame, weights, bias = _model()
    return float(weights @ features(sentence, frame)) + bias < 0


def led_by(one: Evidence, sentences: Sequence[Evidence]) -> Evidence | None:
    """The sentence right before one that leans on it; `None` where it leans on none of these."""
    before = (e for e in sentences if e.document == one.document)
    found = next((e for e in before if 0 <= one.start - e.end <= _GAP), None)
    return found if found is not None and leans(one.quote) else None


def features(sentence: str, frame: frozenset[str]) -> NDArray[np.float32]:
    """The hashed beginnings and first words of a sentence; rare words stand masked."""
    words = masked(sentence, frame)
    values = np.zeros(BUCKETS, np.float32)
    for count in range(1, _STARTS + 1):
        values[_bucket("^" + " ".join(words[:count]))] = 1.0
    for word in words:
        values[_bucket(word)] += _INSIDE
    return values


def masked(sentence: str, frame: frozenset[str]) -> list[str]:
    """The first words of a sentence; names, figures and rare words as what they are.

    >>> masked("But Rollo left in 911.", frozenset(["but", "in", "left"]))
    ['but', 'Aa', 'left', 'in', '0']
    """
    found = []
    for match in _WORD.finditer(sentence[:300]):
        word = match[0]
        plain = word.lower()
        other = "0" if word[0].isdigit() else "Aa" if word[0].isupper() else "_"
        found.append(plain if plain in frame else other)
    return found[:LONGEST]


def _bucket(text: str) -> int:
    return zlib.crc32(text.encode()) % BUCKETS


@lru_cache(maxsize=1)
def _model() -> tuple[frozenset[str], NDArray[np.float32], float]:
    with np.load(Path(__file__).with_name("leaning.npz"), allow_pickle=False) as stored:
        frame = frozenset(bytes(stored["frame"]).decode().split("\n"))
        return frame, stored["weights"].astype(np.float32), float(stored["bias"])
