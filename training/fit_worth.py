"""Fit what a sentence is worth in an answer of several, from sentences chosen by reading.

    python -m training.fit_worth DATA [--out rag/evidence/weights.json]

open.jsonl holds open questions that were written for documents of DATA and for articles/, and for
each the sentences that make the best answer of some hundred words, as a reader of the passages
that were found chose them: 2 for those that it cannot do without, 1 for those that belong beside
them. Prints, for questions whose document the fit has not seen, how many of the chosen sentences
are among the first hundred words. No document of benchmarks/open.jsonl is among those searched.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from rag.evidence.gather import looked_for
from rag.evidence.scoring import bundled_weights, measured
from rag.evidence.selection import worth_quoting
from rag.evidence.sources import Sources
from rag.evidence.worth import WORTH, measured_worth
from rag.library import Library, sync_folder
from rag.models.embedder import bundled_embedder
from rag.models.loading import load_judge
from rag.models.reader import EncoderReader
from rag.query import Intent, understand
from rag.retrieval import Filters, search

HERE = Path(__file__).parent
QUESTIONS, ARTICLES = HERE / "open.jsonl", HERE / "articles"
WEIGHTS = Path("rag/evidence/weights.json")
SEEN = HERE.parent / "benchmarks" / "open.jsonl"
ESSENTIAL = 1.5  # what an essential sentence counts beside another
WORDS = 110
_LONGEST = 800
_LEAST_LEFT = 20  # words of room below which nothing more is tried


@dataclass(frozen=True, slots=True)
class Chosen:
    """A question's sentences: their values, grades and lengths, and how many were chosen."""

    of: str
    values: np.ndarray[Any, Any]
    grades: np.ndarray[Any, Any]
    words: np.ndarray[Any, Any]
    essential: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    rated = rated_in(options.data)
    cases = [
        case
        for sets in sorted({line["sets"] for line in rated})
        for case in measured_in(sets, [r for r in rated if r["sets"] == sets], options.data)
    ]
    report(cases)
    weights, bias = fitted(cases)
    stored = json.loads(options.out.read_text())
    stored["worth"] = {
        "weights": dict(zip(WORTH, (round(w, 4) for w in weights), strict=True)),
        "bias": round(bias, 4),
    }
    options.out.write_text(json.dumps(stored, indent=1) + "\n")


def rated_in(data: Path) -> list[dict[str, Any]]:
    """The questions whose sentences were chosen, where the documents are here."""
    if not data.is_dir():
        raise SystemExit(f"{data} is missing; it is not part of the project.")
    lines = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line.get("chosen")]


def measured_in(sets: str, rated: Sequence[dict[str, Any]], data: Path) -> Iterator[Chosen]:
    """The sentences of the questions that were written for some sets of documents."""
    with searched(sets, data) as sources:
        for one in rated:
            yield measured_for(one, sources)
    print(f"{sets}: {len(rated)} questions")


@contextmanager
def searched(sets: str, data: Path) -> Iterator[Sources]:
    """What is searched and read for questions over some sets of documents."""
    with searched_in(documents(sets, data)) as sources:
        yield sources


@contextmanager
def searched_in(files: Iterable[Path]) -> Iterator[Sources]:
    """What is searched and read for questions over some files."""
    embedder = bundled_embedder()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as index:
        for file in files:
            (Path(folder) / file.name).write_bytes(file.read_bytes())
        library = Library(Path(index), identity=embedder.identity, longest=_LONGEST)
        sync_folder(Path(folder), library, embedder, longest=_LONGEST)
        yield Sources(
            partial(search, library=library, embedder=embedder, boilerplate=False),
            EncoderReader(),
            library.weight,
            bundled_weights(),
            line=0.5,
            judge=load_judge(),
        )
        library.close()


def documents(sets: str, data: Path) -> Iterator[Path]:
    """The documents of sets such as "selqa+squad", without those of the benchmark."""
    if sets == ARTICLES.name:
        yield from sorted(ARTICLES.glob("*.md"))
        return
    over = (name for line in SEEN.read_text().splitlines() for name in json.loads(line)["over"])
    seen = {_article(Path(name)) for name in over}
    for name in sets.split("+"):
        files = sorted((data / name / "documents").iterdir())
        yield from (file for file in files if _article(file) not in seen)


def _article(file: Path) -> str:
    """The name of an article, of which a set may have several parts."""
    return file.stem.rsplit("-", 1)[0]


def measured_for(one: dict[str, Any], sources: Sources) -> Chosen:
    query = replace(understand(one["question"]), intent=Intent.OPEN)
    asked, found, read = looked_for(query, sources, Filters())
    scored = measured(asked, found.hits, sources.reads(query), weight=sources.weight, read=read)
    told = {(name, start): grade for name, start, _, grade in one["chosen"]}
    kept = [
        (values, told.get((e.document, e.start), 0), len(e.quote.split()))
        for (e, _), values in zip(scored, measured_worth(scored), strict=True)
        if worth_quoting(e.quote)
    ]
    values, grades, words = (np.array(column) for column in zip(*kept, strict=True))
    essential = sum(grade == 2 for *_, grade in one["chosen"])
    return Chosen(one["document"], values, grades, words, essential)


def fitted(cases: Sequence[Chosen]) -> tuple[list[float], float]:
    """Weights for the values as they are, and the bias."""
    values = np.vstack([case.values for case in cases])
    grades = np.concatenate([case.grades for case in cases])
    scale = StandardScaler().fit(values)
    model = LogisticRegression(C=0.3, max_iter=500).fit(
        scale.transform(values), grades > 0, sample_weight=np.where(grades == 2, ESSENTIAL, 1.0)
    )
    weights = model.coef_[0] / scale.scale_
    return weights.tolist(), float(model.intercept_[0] - weights @ scale.mean_)


def report(cases: Sequence[Chosen]) -> None:
    """Print how much of what was chosen the first words hold, of documents left out."""
    groups = [case.of for case in cases]
    held, share = [], []
    for train, test in GroupKFold(5).split(cases, groups=groups):
        weights, _ = fitted([cases[i] for i in train])
        for case in (cases[i] for i in test):
            taken = first_words(case.values @ weights, case.words)
            if case.essential:
                held.append(sum(case.grades[taken] == 2) / case.essential)
            share.append(case.words[taken][case.grades[taken] > 0].sum() / case.words[taken].sum())
    print(f"{len(cases)} questions; of the essential sentences {np.mean(held):.3f} are among the")
    print(f"first {WORDS} words, and {np.mean(share):.3f} of those words were chosen")


def first_words(worth: np.ndarray[Any, Any], words: np.ndarray[Any, Any]) -> list[int]:
    """The places of the sentences that fit, best first."""
    taken: list[int] = []
    left = WORDS
    for place in np.argsort(-worth):
        if words[place] <= left or not taken:
            taken.append(int(place))
            left -= int(words[place])
        elif left < _LEAST_LEFT:
            break
    return taken


if __name__ == "__main__":
    main()
