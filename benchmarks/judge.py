"""Judge, model and both together, on our falsified claims and on what a language model wrote.

    python benchmarks/judge.py [--model FILE] [--mistakes seen|written]
    python benchmarks/judge.py --held-out DATA    # the judge alone, on pairs that no training saw

`claims.jsonl` is described in `claims.py`. `written.jsonl` holds what a model of 1.5B wrote when it
answered open questions over `seeds/` from seven or eight sentences, one of its sentences a line;
each was read word by word beside the evidence and labelled with the numbers of the sentences that
entail it together (their article's title may name what they speak of), or none. There the support
is looked for as in use. The weights of both together (`rag.verification.judging`) are fitted on
`seen` and `written`, and `unseen` is what they are measured on. Prints AUROC and shares with 95 %
intervals.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.claims import evidence, model, read, share
from rag.models import LLM
from rag.models.judge import EncoderJudge, Judge
from rag.schema import Evidence
from rag.verification import Prover, judging
from rag.verification.prove import premise
from rag.writing import prompts

WRITTEN = Path(__file__).with_name("written.jsonl")
SETS = ("seen", "written", "unseen")


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, the evidence that may entail it, and whether it does."""

    set: str
    id: str
    claim: str
    evidence: tuple[Evidence, ...]
    true: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Read:
    """What each made of a case: log odds of the judge and of the model; none without its values."""

    case: Case
    judge: float | None = None
    model: float | None = None


def cases() -> Iterator[Case]:
    for c in read():
        yield Case(c.half, c.id, c.claim, evidence(c.quotes), c.true, c.kind)
    for line in WRITTEN.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        titles, quotes = zip(*row["evidence"], strict=True)
        kind = "entailed" if row["by"] else "not entailed"
        found = evidence(quotes, titles)
        yield Case("written", row["id"], row["claim"], found, bool(row["by"]), kind)


def read_case(case: Case, judge: Judge, llm: LLM) -> Read:
    """The odds for the set of sentences that an answer would cite."""
    chosen, judged, _ = Prover(case.evidence, judge, llm, lambda stem: 1.0).likeliest(case.claim)
    if not chosen:
        return Read(case)
    return Read(case, judged, judging.read(llm, premise(chosen), case.claim))


def auroc(scores: np.ndarray, true: np.ndarray) -> float:
    """The chance that a true one scores above a false one; half of it where they are equal."""
    high, low = scores[true][:, None], scores[~true][None, :]
    return float(((high > low) + 0.5 * (high == low)).mean())


def fitted(readings: Sequence[Read]) -> tuple[float, float, float]:
    """The weights of judge and model and the bias, from readings that have all values."""
    some = [r for r in readings if r.judge is not None]
    values = np.array([(r.judge, r.model) for r in some])
    fit = LogisticRegression(C=10, class_weight="balanced").fit(values, [r.case.true for r in some])
    return float(fit.coef_[0][0]), float(fit.coef_[0][1]), float(fit.intercept_[0])


def joint(readings: Sequence[Read], weights: tuple[float, float, float]) -> np.ndarray:
    """Log odds of both together; far below for a claim whose values are lost."""
    first, second, bias = weights
    return np.array(
        [
            -99.0
            if r.judge is None or r.model is None
            else first * r.judge + second * r.model + bias
            for r in readings
        ]
    )


def table(readings: Sequence[Read], weights: tuple[float, float, float]) -> Iterator[str]:
    true = np.array([r.case.true for r in readings])
    alone = {
        "judge": (1.0, 0.0, 0.0),
        "model": (0.0, 1.0, 0.0),
        "both": weights,
    }
    yield from ("| | claims | share | 95 % |", "|---|---|---|---|")
    for name, some in alone.items():
        scores = joint(readings, some)
        stands = scores >= 0
        yield share(f"{name}: false caught", int((~stands & ~true).sum()), int((~true).sum()))
        yield share(f"{name}: true rejected", int((~stands & true).sum()), int(true.sum()))
        yield f"| {name}: AUROC | {len(true)} | {auroc(scores, true):.3f} | |"
    stands = joint(readings, weights) >= 0
    for truth, kind in sorted({(r.case.true, r.case.kind) for r in readings}):
        at = np.array([r.case.true == truth and r.case.kind == kind for r in readings])
        word = "true, " + kind + ": rejected" if truth else "false, " + kind + ": caught"
        yield share(word, int((~stands & at).sum()), int(at.sum()))


def held_out(data: Path, judge: EncoderJudge, most: int) -> Iterator[str]:
    """The judge alone on pairs made from the documents that no training saw, by kind."""
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
    true = np.array([e.entailed for e in pairs])
    yield f"{len(pairs)} pairs, {true.mean():.2f} entailed; AUROC {auroc(scores, true):.3f}"
    for kind, label in sorted({(e.kind, bool(e.entailed)) for e in pairs}):
        at = np.array([e.kind == kind for e in pairs]) & (true == label)
        word = "true rejected" if label else "false caught"
        yield f"  {kind}: {word} {(scores[at] < 0.5).mean():.3f} of {at.sum()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, help="a GGUF file; without it that of the settings")
    parser.add_argument("--mistakes", choices=SETS[:2], help="print those of a set")
    parser.add_argument("--held-out", type=Path, help="a folder of question sets")
    parser.add_argument("--most", type=int, default=150, help="groups of each held-out set")
    options = parser.parse_args()
    judge = EncoderJudge()
    if options.held_out:
        print(*held_out(options.held_out, judge, options.most), sep="\n")
        return
    llm, began = model(options.model), time.perf_counter()
    readings = [read_case(case, judge, llm) for case in cases()]
    took = time.perf_counter() - began
    print(f"{len(readings)} claims, {took / len(readings):.2f} s each; head: {prompts.CHECK}")
    weights = fitted([r for r in readings if r.case.set != "unseen"])
    print("fitted on seen and written:", *(f"{weight:.2f}" for weight in weights))
    for name in SETS:
        some = [r for r in readings if r.case.set == name]
        print(f"\n{name}, with the weights in use\n", *table(some, judging.SUPPORT), sep="\n")
        if options.mistakes == name:
            wrong = joint(some, judging.SUPPORT) >= 0
            for r, stands in zip(some, wrong, strict=True):
                if stands != r.case.true:
                    print(f"\n{r.case.id} ({r.case.kind}) judge {r.judge} model {r.model}")
                    print(f"  {r.case.claim}")


if __name__ == "__main__":
    main()
