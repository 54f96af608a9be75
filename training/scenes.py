"""What the judge is taught on: scenes of a passage, and pairs made of them. Makes none itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rag.words import STOP, stem, tokens


@dataclass(frozen=True, slots=True)
class Example:
    """A pair with its label, and how it was made."""

    premise: str
    claim: str
    entailed: bool
    kind: str


Group = tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Sentences of a passage, of which some support a claim."""

    title: str
    sentences: tuple[str, ...]
    support: tuple[int, ...]
    article: str

    @property
    def supporting(self) -> str:
        return " ".join(self.sentences[i] for i in self.support)

    def premise(self, rng: random.Random) -> str:
        """The support, often among neighbours, often after the title."""
        kept = set(self.support)
        if rng.random() < 0.4:
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                kept |= {rng.randrange(len(self.sentences))}
        text = " ".join(self.sentences[i] for i in sorted(kept))
        return f"{self.title}. {text}" if self.title and rng.random() < 0.35 else text

    def without(self, lost: Sequence[int], rng: random.Random) -> str | None:
        """Other sentences of the passage, without those."""
        left = [i for i in range(len(self.sentences)) if i not in lost]
        if not left:
            return None
        kept = sorted(rng.sample(left, min(len(left), rng.choice((1, 1, 2, 3)))))
        text = " ".join(self.sentences[i] for i in kept)
        return f"{self.title}. {text}" if self.title and rng.random() < 0.35 else text


def shared_word(one: str, other: str) -> bool:
    """Whether two texts share a word that means something."""
    words = [{stem(t) for t in tokens(text) if t not in STOP} for text in (one, other)]
    return bool(words[0] & words[1])
