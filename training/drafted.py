"""Measure what a model's draft tells of the sentences that belong into an answer.

    python -m training.drafted DATA [--limit 60] [--seed 7]

For some questions of open.jsonl the model that writes drafts an answer from the passages that it is
shown. Prints how many of the essential sentences are among the first hundred words, by how many
logits a sentence gains of which the draft tells all (`rag.evidence.worth.DRAFTED`).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.evidence.scoring import find
from rag.evidence.selection import quotable
from rag.evidence.sources import Sources
from rag.evidence.worth import told_of
from rag.models import LLM
from rag.models.catalogue import WRITER
from rag.models.loading import load_llm
from rag.odds import log_odds
from rag.query import Intent, understand
from rag.retrieval import Filters
from rag.writing import Wish, Written, asked_of, write
from training.fit_worth import first_words, rated_in, searched


@dataclass(frozen=True, slots=True)
class Drafted:
    """A question's sentences: log odds of their worth, what the draft tells, lengths, grades."""

    worth: np.ndarray[Any, Any]
    told: np.ndarray[Any, Any]
    words: np.ndarray[Any, Any]
    grades: np.ndarray[Any, Any]
    essential: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rated = rated_in(options.data)
    random.Random(options.seed).shuffle(rated)
    rated, llm = rated[: options.limit], load_llm(WRITER)
    cases: list[Drafted] = []
    for sets in sorted({line["sets"] for line in rated}):
        of = [line for line in rated if line["sets"] == sets]
        with searched(sets, options.data) as sources:
            cases += drafted(of, sources, llm)
    for gain in range(9):
        held = [held_of(case, gain) for case in cases if case.essential]
        print(f"{gain} logits: {np.mean(held):.3f} of the essential sentences ({len(held)})")


def drafted(rated: Sequence[dict[str, Any]], sources: Sources, llm: LLM) -> Iterator[Drafted]:
    """The sentences of questions, with what a model's draft tells of each."""
    for one in rated:
        query = replace(understand(one["question"]), intent=Intent.OPEN)
        hits = sources.search(query.standalone, limit=10, filters=Filters()).hits
        found = find(
            query.standalone,
            hits,
            sources.reader,
            weight=sources.weight,
            weights=sources.weights,
            query=query,
        )
        items = write(asked_of(query.standalone), found.offered, llm, Wish.FEW)
        draft = " ".join(item.text for item in items if isinstance(item, Written))
        chosen = {(name, start): grade for name, start, _, grade in one["chosen"]}
        rows = [
            (
                log_odds(found.worth[e.document, e.start]),
                told_of(e.quote, draft, query.standalone),
                len(e.quote.split()),
                chosen.get((e.document, e.start), 0),
            )
            for e in quotable(hits)
            if (e.document, e.start) in found.worth
        ]
        essential = sum(grade == 2 for grade in chosen.values())
        yield Drafted(*(np.array(column) for column in zip(*rows, strict=True)), essential)


def held_of(case: Drafted, gain: float) -> float:
    """The share of a question's essential sentences that the first words hold."""
    taken = first_words(case.worth + gain * case.told, case.words)
    return float(sum(case.grades[taken] == 2) / case.essential)


if __name__ == "__main__":
    main()
