"""Fit the weights of evidence and confidence on the documents that the reader's training left out.

    python -m training.fit_evidence ../shared/data --sets xquad,selqa,qed

Each question is asked three times over the real library and reader: as it is, with its answering
passage hidden, and with a name or figure changed. The sentence weights learn which sentence is
gold; the confidence learns whether the chosen sentences hold a gold one.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from rag.answering.evidence import MOST, READ, measured, overview
from rag.answering.features import NAMES
from rag.library import Library, sync_folder
from rag.models import SentenceTransformerEmbedder
from rag.models.reader import BUNDLED_READER, EncoderReader
from rag.retrieval import search
from rag.schema import Evidence, Hit
from training.reader_data import changed, held_out, names_in, shared

LONGEST = 800
OVERVIEW = ("best", "second", "gap", "sum")


@dataclass(frozen=True, slots=True)
class Case:
    """One asking: the features of each sentence and which of them are gold."""

    values: np.ndarray[Any, Any]
    gold: np.ndarray[Any, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default="xquad,selqa,qed")
    parser.add_argument("--apart-from", default="squad,clapnq,mtrag-un")
    parser.add_argument("--reader", type=Path, default=BUNDLED_READER)
    parser.add_argument("--most", type=int, default=250, help="questions of each set")
    parser.add_argument("--out", type=Path, default=Path("rag/answering/weights.json"))
    options = parser.parse_args()
    embedder, reader = SentenceTransformerEmbedder(), EncoderReader(options.reader)
    cases: list[Case] = []
    for name in options.sets.split(","):
        left_out = shared(options.data, name, options.apart_from.split(","))
        keep = held_out(options.data, name) - left_out
        found = collect(options.data / name, keep, embedder, reader, options.most)
        print(name, len(found), "askings", flush=True)
        cases += found
    weights = fit(cases)
    options.out.write_text(json.dumps(weights, indent=1) + "\n")


def collect(
    folder: Path,
    keep: frozenset[str],
    embedder: SentenceTransformerEmbedder,
    reader: EncoderReader,
    most: int,
) -> list[Case]:
    """Ask the questions about the kept documents over a library of them and some others."""
    rng = random.Random(0)
    lines = (folder / "questions.jsonl").read_text().splitlines()
    questions = [q for q in map(json.loads, lines) if q["document"] in keep and q["answerable"]]
    rng.shuffle(questions)
    names = [name for q in questions for name in names_in(q["question"])]
    cases = []
    with tempfile.TemporaryDirectory() as temporary:
        articles = Path(temporary) / "articles"
        articles.mkdir()
        others = sorted(p.name for p in (folder / "documents").glob("*.txt") if p.name not in keep)
        for file in sorted(keep) + others[:: max(1, len(others) // 200)]:
            shutil.copy(folder / "documents" / file, articles / file)
        library = Library(Path(temporary) / "index", identity=embedder.identity, longest=LONGEST)
        sync_folder(articles, library, embedder, longest=LONGEST)
        for q in questions[:most]:
            found = search(q["question"], library, embedder, limit=4 * READ, boilerplate=False).hits
            gold = [(q["document"], a, b) for a, b in q["evidence"]]
            askings = [
                (q["question"], found, gold),
                (q["question"], tuple(h for h in found if not _overlaps(h, gold)), []),
            ]
            answering = " ".join(h.text for h in found if _overlaps(h, gold))
            if other := changed(q["question"], names, answering, rng):
                again = search(other, library, embedder, limit=2 * READ, boilerplate=False).hits
                askings.append((other, again, []))
            for question, hits, golds in askings:
                sentences = measured(question, hits, reader, weight=library.weight)
                if sentences:
                    marks = np.array([_overlaps(e, golds) for e, _ in sentences])
                    cases.append(Case(np.array([v for _, v in sentences]), marks))
        library.close()
    return cases


def fit(cases: list[Case]) -> dict[str, Any]:
    """Both logistics, the closeness of further sentences, and the line of refusal."""
    answerable = [c for c in cases if c.gold.any()]
    sentence = _logistic(
        np.concatenate([c.values for c in answerable]), np.concatenate([c.gold for c in answerable])
    )
    ranked = []
    for case in cases:
        logits = case.values @ sentence[0] + sentence[1]
        order = np.argsort(-logits, kind="stable")
        ranked.append((logits[order], case.gold[order], case.values[order[0]]))
    close = _closest(ranked)
    over = np.array([overview(list(logits), list(top)) for logits, _, top in ranked])
    right = np.array([_used(logits, close) @ gold > 0 for logits, gold, _ in ranked])
    confidence = _logistic(over, right)
    chances = 1 / (1 + np.exp(-(over @ confidence[0] + confidence[1])))
    has = np.array([gold.any() for _, gold, _ in ranked])
    lines = np.linspace(0.05, 0.95, 181)
    balance = [((chances >= t)[has].mean() + (chances < t)[~has].mean()) / 2 for t in lines]
    refuse = float(lines[int(np.argmax(balance))])
    print(f"{len(cases)} askings, close {close}, refuse {refuse:.3f}, balance {max(balance):.3f}")
    return {
        "sentence": _named(NAMES, sentence),
        "confidence": _named((*OVERVIEW, *NAMES), confidence),
        "close": close,
        "refuse": refuse,
        "fitted_on": {"askings": len(cases), "answerable": len(answerable)},
    }


def _closest(ranked: list[tuple[Any, Any, Any]]) -> float:
    """The widest gap at which two thirds of the sentences used are still gold."""
    best = 0.0
    for close in np.arange(0.0, 4.01, 0.1):
        used = [(_used(logits, close), gold) for logits, gold, _ in ranked if gold.any()]
        precision = sum(u @ g for u, g in used) / sum(u.sum() for u, _ in used)
        if precision >= 2 / 3:
            best = float(close)
    return round(best, 2)


def _used(logits: Any, close: float) -> Any:
    return (logits[0] - logits <= close) & (np.arange(len(logits)) < MOST)


def _logistic(values: Any, labels: Any) -> tuple[Any, float]:
    """Standardised, ridge-penalised logistic regression, given back in the features' own units."""
    mean, spread = values.mean(0), values.std(0) + 1e-6
    model = LogisticRegression(C=0.3, max_iter=5000).fit((values - mean) / spread, labels)
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - weights @ mean)


def _named(names: tuple[str, ...], fitted: tuple[Any, float]) -> dict[str, Any]:
    weights = {n: round(float(w), 5) for n, w in zip(names, fitted[0], strict=True)}
    return {"weights": weights, "bias": round(fitted[1], 5)}


def _overlaps(span: Hit | Evidence, gold: list[tuple[str, int, int]]) -> bool:
    return any(span.document == d and span.start < b and a < span.end for d, a, b in gold)


if __name__ == "__main__":
    main()
