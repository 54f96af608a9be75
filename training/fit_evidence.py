"""Fit the confidence and the line of refusal to questions that no reader has learned from.

    python -m training.fit_evidence DATA --articles seeds

Asks the questions of DATA/mtrag-un, and those that `calibrate` makes out of a folder's articles,
each with one that they do not answer. On questions that a reader has learned from its odds are
too sure, so nothing is fitted to those. No set that is left tells which sentence is gold: the
weights of a sentence are kept as they stand in weights.json, the reader's word first. The line
weighs both errors alike, and a confidence of one half is put there.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.calibration.sample import answers, draw, says
from rag.evidence.scoring import OVERVIEW, READ, bundled_weights, measured, overview
from rag.library import Library, sync_folder
from rag.models import Embedder
from rag.models.embedder import bundled_embedder
from rag.models.reader import EncoderReader, Reader
from rag.query import understand
from rag.retrieval import rescored, search
from rag.schema import Hit

UNSEEN = "mtrag-un"
WEIGHTS = Path("rag/evidence/weights.json")
_LONGEST = 800
_LOOKED_AT = 30  # hits, so that enough are left where some are hidden


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its hits, and whether they answer."""

    query: str
    hits: tuple[Hit, ...]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Cases:
    """The odds of each question's best sentence's passage, and which are answerable."""

    odds: np.ndarray[Any, Any]
    answerable: np.ndarray[Any, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=Path, default=Path("seeds"))
    parser.add_argument("--most", type=int, default=60, help="questions of each kind and source")
    options = parser.parse_args()
    embedder, reader = bundled_embedder(), EncoderReader()
    found = []
    with _library(options.data / UNSEEN / "documents", embedder) as library:
        asked = _real(options.data / UNSEEN, library, embedder, options.most)
        found.append(_cases(asked, library, reader))
    with _library(options.articles, embedder) as library:
        found.append(_cases(_made(library, embedder, options.most), library, reader))
    for name, cases in zip((UNSEEN, options.articles.name), found, strict=True):
        auroc = roc_auc_score(cases.answerable, cases.odds)
        print(f"{name}: {len(cases.odds)} questions, AUROC {auroc:.3f}")
    stored = json.loads(WEIGHTS.read_text())
    WEIGHTS.write_text(json.dumps(stored | fit(found), indent=1) + "\n")


@contextmanager
def _library(articles: Path, embedder: Embedder) -> Iterator[Library]:
    with tempfile.TemporaryDirectory() as index:
        library = Library(Path(index), identity=embedder.identity, longest=_LONGEST)
        sync_folder(articles, library, embedder, longest=_LONGEST)
        yield library
        library.close()


def _real(folder: Path, library: Library, embedder: Embedder, most: int) -> Iterator[Asked]:
    """Questions that people asked, as they are understood after the turns before."""
    questions = [json.loads(line) for line in (folder / "questions.jsonl").open()]
    random.Random(1).shuffle(questions)
    for wanted in (True, False):
        for q in islice((q for q in questions if q["answerable"] is wanted), most):
            history = [(turn["role"], turn["content"]) for turn in q["history"]]
            meant = understand(q["question"], history)
            hits = search(
                meant.standalone,
                library,
                embedder,
                limit=READ,
                parts=meant.parts,
                boilerplate=False,
            ).hits
            yield Asked(meant.standalone, hits, wanted)


def _made(library: Library, embedder: Embedder, most: int) -> Iterator[Asked]:
    """Questions made out of sentences, each with one that is changed or robbed of its answer."""
    ids, rng = [info.id for info in library.documents()], random.Random(5)
    made, pool = draw(ids, library.document, longest=_LONGEST, seed=5)

    def looked(question: str) -> tuple[Hit, ...]:
        return search(question, library, embedder, limit=_LOOKED_AT, boilerplate=False).hits

    for one in made[:most]:
        text, hits = one.asked.text, looked(one.asked.text)
        yield Asked(text, hits, True)
        changed = pool.change(one, rng)
        others = looked(changed) if changed else ()
        if changed and not any(says(hit, changed, library.weight) for hit in others):
            yield Asked(changed, others, False)
        else:
            left = tuple(hit for hit in hits if not answers(hit, one, library.weight))
            yield Asked(text, tuple(rescored(left)), False)


def _cases(asked: Iterator[Asked], library: Library, reader: Reader) -> Cases:
    sentence, odds, answerable = bundled_weights().sentence, [], []
    for one in asked:
        found = measured(one.query, one.hits, reader, weight=library.weight)
        if found:
            odds += overview(max((values for _, values in found), key=sentence.logit))
            answerable.append(one.answerable)
    return Cases(np.array(odds), np.array(answerable))


def fit(found: list[Cases]) -> dict[str, Any]:
    """The confidence's logistic and the line of refusal; every source counts as much."""
    line = _line(found)
    weight = _steepness(found)
    answerable = np.concatenate([cases.answerable for cases in found])
    return {
        "confidence": {
            "weights": {OVERVIEW[0]: round(weight, 3)},
            "bias": round(-weight * line, 3),
        },
        "refuse": 0.5,
        "fitted_on": {
            "answerable": int(answerable.sum()),
            "unanswerable": int((~answerable).sum()),
        },
    }


def _line(found: list[Cases]) -> float:
    """The odds with the best balanced accuracy in the mean of the sources, in steps of a half."""
    return float(max(np.arange(-6.0, 6.01, 0.5), key=lambda line: _balanced(found, line)))


def _balanced(found: list[Cases], line: float) -> float:
    parts = []
    for cases in found:
        refused = cases.odds < line
        parts += [refused[~cases.answerable].mean(), 1 - refused[cases.answerable].mean()]
    return float(np.mean(parts))


def _steepness(found: list[Cases]) -> float:
    """How fast the chance rises with the odds, wherever each source has its middle."""
    own = [np.eye(len(found))[[place]].repeat(len(c.odds), 0) for place, c in enumerate(found)]
    values = np.c_[np.concatenate([c.odds for c in found]), np.concatenate(own)]
    answerable = np.concatenate([cases.answerable for cases in found])
    counts = np.concatenate([_counts(cases) for cases in found])
    model = LogisticRegression(C=1.0).fit(values, answerable, sample_weight=counts)
    return float(model.coef_[0][0])


def _counts(cases: Cases) -> np.ndarray[Any, Any]:
    """What each question counts, so that the answerable ones weigh as much as the others."""
    share = cases.answerable.mean()
    return np.where(cases.answerable, 0.5 / share, 0.5 / (1 - share))


if __name__ == "__main__":
    main()
