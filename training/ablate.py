"""What each group of features is worth: the evidence without it, on documents not seen.

    python -m training.ablate DATA --readers build/without-0 build/without-1

Weights are fitted on the one fold of squad and clapnq and scored on the other, both ways, with
the readers of `training.train_reader --leave-out`. No claim is composed: what is scored is which
sentences would be used, and how well answerable and unanswerable questions are told apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from rag.answering.evidence import overview
from rag.answering.features import NAMES
from rag.models import SentenceTransformerEmbedder
from rag.models.reader import EncoderReader
from training.fit_evidence import Case, collect, fit, sources, used

GROUPS = {
    "reader": ("reader_logit", "reader_log_share", "reader_passage"),
    "closeness of the passage": ("cosine_passage", "fused"),
    "words in common": (
        "coverage_sentence",
        "coverage_context",
        "coverage_passage",
        "coverage_title",
        "pairs",
        "rarest_missing",
        "entities_missing",
    ),
    "kind of answer": ("wants_and_has", "wants_and_lacks", "wants_open"),
    "form of the sentence": ("new_words", "length", "fragment", "first"),
}
Folds = Sequence[Mapping[str, list[Case]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--readers", type=Path, nargs=2, required=True)
    parser.add_argument("--most", type=int, default=250, help="questions of each kind and fold")
    options = parser.parse_args()
    embedder = SentenceTransformerEmbedder()
    folds: list[dict[str, list[Case]]] = [{}, {}]
    for which, folder in enumerate(options.readers):
        reader = EncoderReader(folder)
        for source in sources(options.data, which, most=options.most):
            folds[which][source.folder.name] = collect(source, embedder, reader)
    print(table(folds, ("squad", "clapnq")))


def table(folds: Folds, sets: Sequence[str]) -> str:
    """A line for all features, for each group left out, and for the reader alone."""
    lines = [f"{'':32}{'best is gold':>14}{'recall':>8}{'precision':>11}{'AUROC':>8}{'right':>8}"]
    for name in sets:
        lines.append(name)
        for label, gone in _variants().items():
            figures = [np.mean([f[i] for f in _both(folds, name, gone)]) for i in range(5)]
            lines.append(f"  {label:30}" + "".join(f"{f:>9.3f}" for f in figures))
    return "\n".join(lines)


def _variants() -> dict[str, tuple[str, ...]]:
    """The features that each line does without."""
    without = {f"without {group}": names for group, names in GROUPS.items()}
    alone = tuple(name for name in NAMES if name not in GROUPS["reader"])
    return {"all": (), **without, "reader alone": alone}


def _both(folds: Folds, name: str, gone: Sequence[str]) -> list[tuple[float, ...]]:
    return [
        figures(
            _without([c for cases in folds[1 - which].values() for c in cases], gone),
            _without(folds[which][name], gone),
        )
        for which in (0, 1)
    ]


def _without(cases: Sequence[Case], gone: Sequence[str]) -> list[Case]:
    columns = [NAMES.index(name) for name in gone]
    found = []
    for case in cases:
        values = case.values.copy()
        values[:, columns] = 0.0
        found.append(replace(case, values=values))
    return found


def figures(fitted_on: list[Case], scored: Sequence[Case]) -> tuple[float, ...]:
    """Best sentence gold, recall and precision of what is used, AUROC answerable and right."""
    weights = fit(fitted_on, 0.1)
    sentence = np.array(list(weights["sentence"]["weights"].values()))
    confidence = np.array(list(weights["confidence"]["weights"].values()))
    best, hit, precise, chances, right = [], [], [], [], []
    for case in scored:
        logits = case.values @ sentence + weights["sentence"]["bias"]
        order = np.argsort(-logits, kind="stable")
        taken = used(logits[order], weights["close"])
        gold = case.gold[order]
        chances.append(overview(list(logits[order]), case.values[order]) @ confidence)
        right.append(bool(taken @ gold))
        if case.answerable:
            best.append(gold[0])
            hit.append(bool(taken @ gold))
            precise.append((taken @ gold, taken.sum()))
    answerable = [case.answerable for case in scored]
    found, of = np.array(precise).sum(0)
    return (
        float(np.mean(best)),
        float(np.mean(hit)),
        float(found / of),
        float(roc_auc_score(answerable, chances)),
        float(roc_auc_score(right, chances)),
    )


if __name__ == "__main__":
    main()
