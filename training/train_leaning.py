"""Teach `rag.evidence.leaning` which sentences could open a paragraph.

    python -m training.train_leaning DATA [--out rag/evidence/leaning.npz]

It learns from the paragraphs of the documents of squad, clapnq, selqa, qed and xquad: their first
sentences against the others. One document in five is left out to measure on; what is written is
fitted on all of them. The line is where so many sentences that do open one would be taken for
leaning. Nothing of the documents is kept but which words are frequent.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.documents.sentences import split_sentences
from rag.evidence.leaning import features, masked

SETS = ("squad", "clapnq", "selqa", "qed", "xquad")
EACH = 400  # documents of a set
FREQUENT = 0.0015  # share of the sentences that a word must be in to stand unmasked
WRONGLY = 0.08  # of the sentences that open a paragraph
FEWEST = 3  # sentences of a paragraph
SHORTEST = 5  # words of a sentence
STRENGTH = 0.1
_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, whether it opens its paragraph, and the number of its document."""

    text: str
    opens: bool
    document: int


def main() -> None:
    """Measure, fit and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("rag/evidence/leaning.npz"))
    options = parser.parse_args()
    found = list(examples(options.data))
    often = Counter(word for e in found for word in set(every_word(e.text)))
    frame = frozenset(w for w, n in often.items() if n >= FREQUENT * len(found))
    early = [e for e in found if e.document % 5]
    late = [e for e in found if not e.document % 5]
    opens = np.array([e.opens for e in late])
    weights = fitted(early, frame)
    scores = values(late, frame) @ weights
    bias = -float(np.quantile(scores[opens], WRONGLY))  # of what it has not seen
    scores += bias
    print(f"{len(found)} sentences, {sum(e.opens for e in found)} open a paragraph")
    print(f"left out: AUROC {roc_auc_score(opens, scores):.3f}, n = {len(late)}")
    print(f"taken for leaning: {np.mean(scores[opens] < 0):.3f} of those that open one, ", end="")
    print(f"{np.mean(scores[~opens] < 0):.3f} of the others")
    weights = fitted(found, frame)
    words = np.frombuffer("\n".join(sorted(frame)).encode(), np.uint8)
    np.savez_compressed(options.out, frame=words, weights=weights.astype(np.float16), bias=bias)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def examples(data: Path) -> Iterator[Example]:
    """The sentences of paragraphs, but for each document's first one, which is led by its title."""
    files: list[Path] = []
    for name in SETS:
        mine = sorted((data / name / "documents").iterdir())
        files += random.Random(0).sample(mine, min(EACH, len(mine)))
    for number, file in enumerate(files):
        for paragraph in _PARAGRAPH.split(file.read_text(encoding="utf-8"))[1:]:
            spans = [one.span for one in split_sentences(paragraph.strip(), "en")]
            if len(spans) < FEWEST:
                continue
            for place, span in enumerate(spans):
                text = paragraph.strip()[span.start : span.end]
                if len(text.split()) >= SHORTEST:
                    yield Example(text, place == 0, number)


def every_word(text: str) -> list[str]:
    """The words that are looked at, unmasked."""
    return masked(text, _Every())


class _Every(frozenset[str]):
    def __contains__(self, word: object) -> bool:
        return True


def values(found: Sequence[Example], frame: frozenset[str]) -> csr_matrix:
    return csr_matrix(np.stack([features(e.text, frame) for e in found]))


def fitted(found: Sequence[Example], frame: frozenset[str]) -> NDArray[np.float32]:
    model = LogisticRegression(C=STRENGTH, max_iter=300, class_weight="balanced")
    model.fit(values(found, frame), [e.opens for e in found])
    return np.asarray(model.coef_[0], np.float32)


if __name__ == "__main__":
    main()
