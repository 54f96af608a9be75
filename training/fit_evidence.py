"""Fit the weights of evidence and confidence on documents that the reader's training left out.

    python -m training.fit_evidence DATA --readers build/without-0 build/without-1

`build/without-K` is a reader trained without fold K of squad and clapnq. It reads the questions
about that fold, so every question is read by a reader that never saw its document. The weights in
`build/without-K/weights.json` are fitted without fold K as well, for `training.crossfit`; those
that ship are fitted on both folds.

The other sets' questions are asked three times over the real library: as they are, with the
answering passage hidden, and with a name or figure changed. The sentence weights learn which
sentence is gold; the confidence learns whether the chosen sentences hold a gold one.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from rag.answering.evidence import MOST, OVERVIEW, READ, measured, overview
from rag.answering.features import NAMES
from rag.library import Library, sync_folder
from rag.models import SentenceTransformerEmbedder
from rag.models.reader import EncoderReader
from rag.retrieval import rescored, search
from rag.schema import Evidence, Hit
from training.reader_data import changed, fold, held_out, names_in, shared

FOLDED = ("squad", "clapnq")
OTHERS = ("xquad", "selqa", "qed")
LONGEST = 800
_PRECISE = 0.62


@dataclass(frozen=True, slots=True)
class Case:
    """One asking: the features of each sentence and which of them are gold."""

    values: np.ndarray[Any, Any]
    gold: np.ndarray[Any, Any]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Questions of one set about some documents; `made` adds the askings that we make."""

    folder: Path
    keep: frozenset[str]
    most: int
    made: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--readers", type=Path, nargs=2, required=True)
    parser.add_argument("--most", type=int, default=250, help="questions of each kind and fold")
    parser.add_argument("--refused", type=float, default=0.1, help="share of answerable ones")
    parser.add_argument("--out", type=Path, default=Path("rag/answering/weights.json"))
    options = parser.parse_args()
    embedder = SentenceTransformerEmbedder()
    cases: list[list[Case]] = []
    for which, folder in enumerate(options.readers):
        reader, found = EncoderReader(folder), []
        for source in sources(options.data, which, most=options.most):
            found += collect(source, embedder, reader)
            print(folder.name, source.folder.name, len(found), "askings", flush=True)
        cases.append(found)
    for which, folder in enumerate(options.readers):
        _write(folder / "weights.json", fit(cases[1 - which], options.refused))
    _write(options.out, fit([*cases[0], *cases[1]], options.refused))


def sources(data: Path, which: int, *, most: int) -> Iterator[Source]:
    """What to ask for a fold: its own questions, and a half of the others' left-out ones."""
    for name in FOLDED:
        yield Source(data / name, fold(data, name, which), most, made=False)
    for name in OTHERS:
        left_out = shared(data, name, [*FOLDED, "mtrag-un"])
        ours = sorted(held_out(data, name) - left_out)[which::2]
        yield Source(data / name, frozenset(ours), most // 4, made=True)


def _write(file: Path, weights: dict[str, Any]) -> None:
    file.write_text(json.dumps(weights, indent=1) + "\n")


def collect(
    source: Source, embedder: SentenceTransformerEmbedder, reader: EncoderReader
) -> list[Case]:
    """Ask the questions about the kept documents over a library of them and some others."""
    rng = random.Random(0)
    folder, keep = source.folder, source.keep
    lines = (folder / "questions.jsonl").read_text().splitlines()
    questions = [q for q in map(json.loads, lines) if q["document"] in keep]
    rng.shuffle(questions)
    chosen = [q for q in questions if q["answerable"]][: source.most]
    if not source.made:
        chosen += [q for q in questions if q["answerable"] is False][: source.most]
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
        for q in chosen:
            found = search(q["question"], library, embedder, limit=4 * READ, boilerplate=False).hits
            spans = q["evidence"] if q["answerable"] else []
            gold = [(q["document"], a, b) for a, b in spans]
            askings = [(q["question"], found, gold)]
            if source.made:
                hidden = rescored([h for h in found if not _overlaps(h, gold)])
                askings.append((q["question"], hidden, []))
                answering = " ".join(h.text for h in found if _overlaps(h, gold))
                if other := changed(q["question"], names, answering, rng):
                    again = search(other, library, embedder, limit=2 * READ, boilerplate=False).hits
                    askings.append((other, again, []))
            for question, hits, golds in askings:
                sentences = measured(question, hits, reader, weight=library.weight)
                if sentences:
                    marks = np.array([_overlaps(e, golds) for e, _ in sentences])
                    answerable = bool(golds)
                    cases.append(Case(np.array([v for _, v in sentences]), marks, answerable))
        library.close()
    return cases


def fit(cases: list[Case], refused: float) -> dict[str, Any]:
    """Both logistics, the closeness of further sentences, and the line of refusal.

    The line is where the share `refused` of the answerable questions falls below it.
    """
    answerable = [c for c in cases if c.gold.any()]
    sentence = _logistic(
        np.concatenate([c.values for c in answerable]), np.concatenate([c.gold for c in answerable])
    )
    ranked = []
    for case in cases:
        logits = case.values @ sentence[0] + sentence[1]
        order = np.argsort(-logits, kind="stable")
        ranked.append((logits[order], case.gold[order], case.values[order]))
    close = _closest(ranked)
    over = np.array([overview(list(logits), values) for logits, _, values in ranked])
    right = np.array([used(logits, close) @ gold > 0 for logits, gold, _ in ranked])
    confidence = _logistic(over, right)
    chances = 1 / (1 + np.exp(-(over @ confidence[0] + confidence[1])))
    has = np.array([case.answerable for case in cases])
    refuse = float(np.quantile(chances[has], refused))
    caught = (chances < refuse)[~has].mean()
    print(f"{len(cases)} askings, close {close}, refuse {refuse:.3f}, caught {caught:.3f}")
    return {
        "sentence": _named(NAMES, sentence),
        "confidence": _named((*OVERVIEW, *NAMES), confidence),
        "close": close,
        "refuse": round(refuse, 4),
        "fitted_on": {"askings": len(cases), "answerable": len(answerable)},
    }


def _closest(ranked: list[tuple[Any, Any, Any]]) -> float:
    """The widest gap at which the share `_PRECISE` of the sentences used is still gold."""
    best = 0.0
    for close in np.arange(0.0, 4.01, 0.1):
        taken = [(used(logits, close), gold) for logits, gold, _ in ranked if gold.any()]
        precision = sum(u @ g for u, g in taken) / sum(u.sum() for u, _ in taken)
        if precision >= _PRECISE:
            best = float(close)
    return round(best, 2)


def used(logits: Any, close: float) -> Any:
    """Which of the sentences, best first, an answer would use."""
    return (logits[0] - logits <= close) & (np.arange(len(logits)) < MOST)


def _logistic(values: Any, labels: Any) -> tuple[Any, float]:
    """Standardised, ridge-penalised logistic regression, given back in the features' own units."""
    mean, spread = values.mean(0), values.std(0) + 1e-6
    model = LogisticRegression(C=0.05, max_iter=5000).fit((values - mean) / spread, labels)
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - weights @ mean)


def _named(names: tuple[str, ...], fitted: tuple[Any, float]) -> dict[str, Any]:
    weights = {n: round(float(w), 5) for n, w in zip(names, fitted[0], strict=True)}
    return {"weights": weights, "bias": round(fitted[1], 5)}


def _overlaps(span: Hit | Evidence, gold: list[tuple[str, int, int]]) -> bool:
    return any(span.document == d and span.start < b and a < span.end for d, a, b in gold)


if __name__ == "__main__":
    main()
