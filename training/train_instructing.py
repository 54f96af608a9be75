"""Teach `rag.evidence.instructing` which sentences speak to the program that reads them.

    python -m training.train_instructing DATA [--out rag/evidence/instructing.npz]

It learns from the phrasings of `instructing.txt`, ours, in five languages: what is said to a
program against what is said to people, orders included; and from sentences of the documents of
squad, clapnq, selqa, qed, xquad and mtrag-un, which are reports and manuals. The half of the
phrasings that a hash tells is left out first and measured. Of every other document none is learned
from; one in 3,000 of their sentences comes above the line. Nothing of the documents is kept.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from rag.documents.sentences import split_sentences
from rag.evidence.instructing import LONGEST, SCALE, InstructionModel, pieces, save_model
from rag.models.embedder import bundled_embedder
from training.train_intent import chosen, half, read_phrasings

PHRASINGS = Path(__file__).with_name("instructing.txt")
SETS = ("squad", "clapnq", "selqa", "qed", "xquad", "mtrag-un")
CHECKS = ("squad-check", "clapnq-check", "mtrag-un")
EACH = 16  # draws of a phrasing
SENTENCES = 2500  # of a set
CHECKED = 8_000  # sentences of each of the checks; of mtrag-un more would be learned from
SHORTEST = 15  # characters
WRONGLY = 1 / 3000  # of the sentences of documents that were left out
LOOKED_AT = 0.03  # of them, by pieces of words alone
STRENGTH = 30.0
SYLLABLES = (
    "a ba ber co dan del e fu gar go hi in ka lan lo me mo ner ni or pa pi ra "
    "rol sa si ta tu um va ve yo za"
).split()

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, whether it instructs, and whether it is of the half that is left out first."""

    text: str
    instructs: bool
    later: bool
    of: str


def main() -> None:
    """Measure, fit and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("rag/evidence/instructing.npz"))
    options = parser.parse_args()
    phrased = list(examples())
    found = phrased + [e for name in SETS for e in reports(options.data / name)]
    letters = csr_matrix(np.stack([pieces(e.text) for e in found]))
    vectors = bundled_embedder().embed([e.text[:LONGEST] for e in found])
    both = hstack([csr_matrix(vectors * SCALE), letters]).tocsr()
    later = np.array([e.later for e in found])
    of_documents = np.arange(len(found)) >= len(phrased)
    stages = ((letters, LOOKED_AT), (both, WRONGLY))
    shown = [fitted(v, found, ~later, later & of_documents, share) for v, share in stages]
    marked = np.all([v @ w + b > 0 for (v, _), (w, b) in zip(stages, shown, strict=True)], axis=0)
    report([(e, bool(m)) for e, m in zip(phrased, marked, strict=False) if e.later])
    taught = ~(later & of_documents)
    model = InstructionModel(*(fitted(v, found, taught, ~taught, share) for v, share in stages))
    save_model(options.out, model)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes, of {len(found)} sentences")
    for folder in (Path("seeds"), *(options.data / name / "documents" for name in CHECKS)):
        last = reversed(files_of(folder))  # of mtrag-un, which is large, none that is learned from
        texts = list(islice((text for file in last for text in sentences_of(file)), CHECKED))
        taken = [text for text, mark in zip(texts, model.marked(texts), strict=True) if mark]
        print(f"{folder}: {len(taken)} of {len(texts)} marked")
        for text in taken[:20]:
            print(f"    {text[:150]!r}")


def examples() -> Iterator[Example]:
    """Sentences made of the phrasings."""
    for label, phrasing in read_phrasings(PHRASINGS):
        draw = random.Random(phrasing)
        for text in sorted({filled(chosen(phrasing, draw), draw) for _ in range(EACH)}):
            yield Example(text, label.startswith("instructs"), half(phrasing), label)


def filled(text: str, draw: random.Random) -> str:
    """A sentence with a word that nobody knows, or a number, in each place for any word."""

    def word(_: re.Match[str]) -> str:
        made = "".join(draw.choices(SYLLABLES, k=draw.randint(1, 4)))
        forms = made, made, made.title(), made.title(), made.upper(), str(draw.randint(10, 9999))
        return draw.choice(forms)

    return re.sub("KW", word, text)


def reports(folder: Path) -> Iterator[Example]:
    """Sentences of documents, of every other document those that are left out."""
    count = 0
    for number, file in enumerate(files_of(folder / "documents")):
        for text in sentences_of(file):
            count += 1
            yield Example(text, False, number % 2 == 1, folder.name)
        if count >= SENTENCES:
            break


def files_of(folder: Path) -> list[Path]:
    """The files of a folder in an order that was drawn, always the same."""
    files = sorted(folder.iterdir())
    random.Random(0).shuffle(files)
    return files


def sentences_of(file: Path) -> Iterator[str]:
    text = file.read_text(encoding="utf-8")
    for one in split_sentences(text, "en"):
        sentence = text[one.span.start : one.span.end]
        if len(sentence) >= SHORTEST:
            yield sentence


def fitted(
    values: csr_matrix,
    found: Sequence[Example],
    taught: Mask,
    measured: Mask,
    share: float,
) -> tuple[NDArray[np.float32], float]:
    """Weights, and a bias with which that share of what is measured comes above 0."""
    model = LogisticRegression(C=STRENGTH, max_iter=300)
    model.fit(values[taught], [e.instructs for e, t in zip(found, taught, strict=True) if t])
    weights: NDArray[Any] = model.coef_[0].astype(np.float32)
    return weights, -float(np.quantile(values[measured] @ weights, 1 - share))


def report(left_out: Sequence[tuple[Example, bool]]) -> None:
    """Print how many of the half that was left out are marked, by what they are."""
    count, taken = Counter[str](), Counter[str]()
    for example, mark in left_out:
        for name in (example.of, example.of.split()[0]):
            count[name] += 1
            taken[name] += mark
    for name in sorted(count):
        print(f"left out, {name}: {taken[name]} of {count[name]} marked")


if __name__ == "__main__":
    main()
