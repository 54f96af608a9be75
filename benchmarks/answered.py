"""Whether evidence answers: what reader and model say of it, and both together.

    python benchmarks/answered.py [--kept FILE]

Half a of `open.jsonl`, `near.jsonl` and `short.jsonl`, each question asked until its evidence is
found; the model points at none or any of what it is shown then. Prints AUROC of answered or not,
and the weights of a logistic regression for open questions and for short ones (`rag.rereading`),
with the shares that are refused by them and by the reader alone. `--kept` writes the readings to a
file, or takes them from there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks import open as kept
from benchmarks.claims import model
from benchmarks.judge import auroc
from rag.evidence import EvidenceSet
from rag.evidence.shown import shown
from rag.models import LLM
from rag.query import Query
from rag.rereading import Rereading, is_short
from rag.settings import Settings
from rag.verification import point
from rag.writing import asked_of

SETS = ("open", "near", "short")
_FAR = 8.0  # logits beyond which it is all one
_LINES = (-1.0, -0.5, 0.0, 0.5, 1.0)
_BELOW = 4.0  # logits below the line from which an open question is looked at


@dataclass(frozen=True, slots=True)
class Reading:
    """The reader's logits above its line, and the model's log odds that the sheet answers."""

    set: str
    question: str
    answerable: bool
    short: bool
    reader: float
    model: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kept", type=Path)
    options = parser.parse_args()
    if options.kept and options.kept.exists():
        found = [Reading(*row) for row in json.loads(options.kept.read_text())]
    else:
        llm = model()
        found = [one for name in SETS for one in readings(name, llm)]
        if options.kept:
            options.kept.write_text(json.dumps([astuple(one) for one in found]))
    for name in SETS:
        print(told(name, [one for one in found if one.set == name]))
    for name, some in (
        ("open", [r for r in found if not r.short and r.reader > -_BELOW]),
        ("short", [r for r in found if r.short]),
    ):
        print(*fitted(name, some), sep="\n")


def readings(name: str, llm: LLM) -> Iterator[Reading]:
    """Of each question of half a what the reader says, and where the model points."""
    noted: dict[str, tuple[bool, float, float]] = {}

    def note(self: Rereading, query: Query, found: EvidenceSet) -> EvidenceSet:
        short = is_short(query)
        sheet = (found.offered or found.used) if short else shown(found.found.hits)
        pointing = point(llm, asked_of(query.standalone), sheet)
        if pointing and found.used:
            noted[query.text] = short, self.above_line(query, found), pointing.odds
        return found

    rows = [r for r in kept.read(kept.OPEN.with_stem(name)) if kept.half(r.line["id"]) == "a"]
    settings = replace(Settings.from_environment(), llm="none")
    before, Rereading.read = Rereading.read, note  # type: ignore[method-assign]
    for over, mine in kept.groups(rows, kept.SHARED):
        kept.ask(over, mine, kept.SHARED, settings, None)
    Rereading.read = before  # type: ignore[method-assign]
    for row in rows:
        question = row.line["question"]
        if question in noted:
            yield Reading(name, question, row.line["answerable"], *noted[question])


def told(name: str, some: Sequence[Reading]) -> str:
    true = np.array([r.answerable for r in some])
    of = {"reader": [r.reader for r in some], "model": [r.model for r in some]}
    said = (f"{who} {auroc(np.array(odds), true):.2f}" for who, odds in of.items())
    return f"{name}, {true.sum()} + {(~true).sum()}: AUROC {', '.join(said)}"


def fitted(name: str, some: Sequence[Reading]) -> Iterator[str]:
    """The weights, and what is refused by them and by the reader alone."""
    true = np.array([r.answerable for r in some])
    values = np.array([(np.clip(r.reader, -_FAR, _FAR), r.model) for r in some])
    fit = LogisticRegression(C=10, class_weight="balanced").fit(values, true)
    weights = ", ".join(f"{weight:.2f}" for weight in (*fit.coef_[0], fit.intercept_[0]))
    yield f"{name}, {true.sum()} + {(~true).sum()}: weights {weights}"
    odds = fit.decision_function(values)
    refused = {f"both, below {line}": odds < line for line in _LINES}
    for who, some_refused in {"reader": values[:, 0] < 0, **refused}.items():
        shares = some_refused[true].mean(), some_refused[~true].mean()
        yield "  {}: refused {:.2f} and {:.2f}".format(who, *shares)


if __name__ == "__main__":
    main()
