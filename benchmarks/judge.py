"""Rules, judge and both, on our falsified claims and on what a language model really wrote.

    python benchmarks/judge.py [--judge FOLDER] [--threshold 0.5] [--mistakes rules|judge|...]
    python benchmarks/judge.py --held-out DATA        # also choose the threshold

`claims.jsonl` is described in `claims.py`. `written.jsonl` holds what a model of 1.5B wrote when it
answered open questions over `seeds/` from seven or eight sentences, one of its sentences a line;
each was read word by word beside the evidence and labelled with the numbers of the sentences that
entail it together (their article's title may name what they speak of), or none. There the support
is looked for: a claim stands where one sentence, or two or three of them, entail it, as in use.
Prints shares with 95 % intervals.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.claims import read, share
from rag.models.judge import BUNDLED_JUDGE, EncoderJudge
from rag.verification.rules.alignment import stray
from rag.verification.rules.clauses import words
from rag.verification.rules.conflicts import conflict
from rag.verification.rules.lemmas import root
from rag.verification.rules.modality import bent, unconditional
from rag.verification.rules.roles import turned
from rag.verification.values import lost_value, plain
from rag.words import STOP, tokens

WRITTEN = Path(__file__).with_name("written.jsonl")
SMALLEST = 3  # sentences of which two or three together are tried
_QUOTED = re.compile(r"[“\"]([^“”\"]{2,})[”\"]")
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}")

Rule = Callable[[str, str], object]


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, the premises that may entail it (the smallest first), and whether one does."""

    id: str
    claim: str
    premises: tuple[tuple[str, ...], ...]
    titles: tuple[str, ...]
    true: bool
    kind: str
    asked: str


def claims(half: str) -> list[Case]:
    return [
        Case(c.id, c.claim, (c.quotes,), ("",), c.true, c.kind, c.asked)
        for c in read()
        if c.half == half
    ]


def written() -> list[Case]:
    """The labelled sentences, with the sets of evidence that are tried for each."""
    rows = [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]
    return [_written(row) for row in rows]


def _written(row: dict[str, object]) -> Case:
    claim, evidence = str(row["claim"]), list(row["evidence"])  # type: ignore[call-overload]
    stems = {root(t) for t in tokens(claim) if t not in STOP}

    def common(sentence: list[str]) -> int:
        return len(stems & {root(t) for t in tokens(sentence[1])})

    best = sorted(range(len(evidence)), key=lambda i: -common(evidence[i]))[:SMALLEST]
    sets = [(i,) for i in range(len(evidence))]
    sets += [s for size in (2, 3) for s in combinations(sorted(best), size)]
    premises = tuple(tuple(evidence[i][1] for i in s) for s in sets)
    titles = tuple(evidence[s[0]][0] for s in sets)
    kind = "entailed" if row["by"] else "not entailed"
    return Case(
        str(row["id"]), claim, premises, titles, bool(row["by"]), kind, str(row["question"])
    )


RULES: dict[str, Rule] = {
    "conflicts": conflict,
    "bends": lambda c, s: bent(words(c), words(s)) or unconditional(words(c), words(s)),
    "places": lambda c, s: stray(c, s, words(c), words(s)),
    "doers": lambda c, s: turned(words(c), words(s)),
}


class Measured:
    """The cases with each rule's word and the judge's probability for each premise."""

    def __init__(self, cases: Sequence[Case], judge: EncoderJudge) -> None:
        self.cases = cases
        self.rows = [(i, p) for i, case in enumerate(cases) for p in range(len(case.premises))]
        texts = [(" ".join(cases[i].premises[p]), cases[i].claim) for i, p in self.rows]
        titles = [cases[i].titles[p] for i, p in self.rows]
        titled = [
            (f"{title}. {text}" if title else text, claim)
            for title, (text, claim) in zip(titles, texts, strict=True)
        ]
        self.likely = np.array(judge.entails(titled))
        self.values = np.array([lost_value(claim, text) is None for text, claim in texts])
        self.each = {
            name: np.array([not rule(plain(claim), plain(text)) for text, claim in texts])
            for name, rule in RULES.items()
        }
        self.true = np.array([case.true for case in cases])

    def best(self, scores: np.ndarray) -> np.ndarray:
        """The best of each case's premises."""
        found = np.zeros(len(self.cases))
        np.maximum.at(found, [i for i, _ in self.rows], scores)
        return found

    def ways(self, threshold: float) -> dict[str, np.ndarray]:
        """Which cases stand, by way of deciding."""
        judge = self.likely >= threshold
        found = {
            "values": self.values,
            "judge": judge,
            "values and judge": self.values & judge,
        }
        for name, stands in self.each.items():
            found[f"values, judge, {name}"] = self.values & judge & stands
        meaning = np.all(list(self.each.values()), axis=0)
        found["values, judge and all rules"] = self.values & judge & meaning
        return {name: self.best(stands.astype(float)) > 0 for name, stands in found.items()}

    def auroc(self, *, with_values: bool = False) -> float:
        scores = self.likely * self.values if with_values else self.likely
        return auroc(self.best(scores), self.true)


def auroc(scores: np.ndarray, true: np.ndarray) -> float:
    """The chance that a true one scores above a false one; half of it where they are equal."""
    high, low = scores[true][:, None], scores[~true][None, :]
    return float(((high > low) + 0.5 * (high == low)).mean())


def table(measured: Measured, threshold: float) -> Iterator[str]:
    true = measured.true
    yield from ("| | claims | share | 95 % |", "|---|---|---|---|")
    for name, stands in measured.ways(threshold).items():
        yield share(f"{name}: false caught", int((~stands & ~true).sum()), int((~true).sum()))
        yield share(f"{name}: true rejected", int((~stands & true).sum()), int(true.sum()))


def by_kind(measured: Measured, stands: np.ndarray) -> Iterator[str]:
    kinds = sorted({(case.true, case.kind) for case in measured.cases})
    for true, kind in kinds:
        at = np.array([c.true == true and c.kind == kind for c in measured.cases])
        word = "rejected" if true else "caught"
        yield share(
            f"{'true' if true else 'false'}, {kind}: {word}",
            int((~stands & at).sum()),
            int(at.sum()),
        )


def held_out(
    data: Path, judge: EncoderJudge, most: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Scores, labels and kinds of pairs made from the documents that no training saw."""
    from rag.models.reader import EncoderReader
    from training.judge_data import groups
    from training.reader_data import held_out as left_out
    from training.train_judge import LEFT_OUT, SETS

    reader, pairs = EncoderReader(), []
    for name in SETS.split(","):
        files = {file.name for file in (data / name / "documents").glob("*.txt")}
        skip = frozenset(files - left_out(data, name, LEFT_OUT))
        for group in groups(data / name, most=most, seed=99, skip=skip, reader=reader):
            pairs += group
    scores = np.array(judge.entails([(e.premise, e.claim) for e in pairs]))
    return scores, np.array([e.entailed for e in pairs]), [e.kind for e in pairs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--judge", type=Path, default=BUNDLED_JUDGE)
    parser.add_argument("--threshold", type=float, default=0.3)
    parser.add_argument("--held-out", type=Path, help="a folder of question sets")
    parser.add_argument("--most", type=int, default=150, help="groups of each held-out set")
    parser.add_argument("--mistakes", help="a way of deciding, whose mistakes are printed")
    parser.add_argument("--of", default="seen", choices=["seen", "written"])
    options = parser.parse_args()
    judge = EncoderJudge(options.judge)
    threshold = options.threshold
    if options.held_out:
        threshold = _choose(*held_out(options.held_out, judge, options.most), options.threshold)
    for name in ("seen", "unseen", "written"):
        if name == "written" and not WRITTEN.exists():
            continue
        cases = written() if name == "written" else claims(name)
        began = time.perf_counter()
        measured = Measured(cases, judge)
        took = time.perf_counter() - began
        print(f"\n{name}: {len(cases)} claims, {len(measured.rows)} premises, {took:.1f} s; AUROC")
        print(f"judge {measured.auroc():.3f}, with values {measured.auroc(with_values=True):.3f}\n")
        print(*table(measured, threshold), sep="\n")
        print(*by_kind(measured, measured.ways(threshold)["values and judge"]), sep="\n")
        if options.mistakes and options.of == name:
            stands = measured.ways(threshold)[options.mistakes]
            best = measured.best(measured.likely)
            for case, stood, likely in zip(cases, stands, best, strict=True):
                if stood != case.true:
                    print(
                        f"\n{case.id} {'stands' if stood else 'falls'} ({case.kind}) {likely:.2f}"
                    )
                    print(f"  claim:  {case.claim}")
                    if len(case.premises) == 1:
                        print(f"  source: {' '.join(case.premises[0])}")


def _choose(scores: np.ndarray, true: np.ndarray, kinds: Sequence[str], threshold: float) -> float:
    """Print what is known of the held-out pairs; the threshold of the best balanced accuracy."""
    print(
        f"held out: {len(scores)} pairs, {true.mean():.2f} entailed;",
        f"AUROC {auroc(scores, true):.3f}",
    )
    grid = np.round(np.arange(0.05, 1.0, 0.05), 2)
    rows = [((scores < t)[~true].mean(), (scores < t)[true].mean()) for t in grid]
    for t, (caught, lost) in zip(grid, rows, strict=True):
        print(f"  {t:.2f}: false caught {caught:.3f}, true rejected {lost:.3f}")
    best = float(grid[int(np.argmax([caught - lost for caught, lost in rows]))])
    print(f"threshold {best}")
    for kind, label in sorted({(k, bool(t)) for k, t in zip(kinds, true, strict=True)}):
        at = np.array([k == kind for k in kinds]) & (true == label)
        word = "true rejected" if label else "false caught"
        print(f"  {kind}: {word} {(scores[at] < best).mean():.3f} of {at.sum()}")
    return best


if __name__ == "__main__":
    main()
