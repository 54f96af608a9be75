"""Check our own set of true and falsified claims: how many fall and how many stand, by kind.

    python benchmarks/claims.py [--model FILE] [--mistakes seen|unseen|all|none]

`claims.jsonl` holds a claim a line: its source's sentences, whether it is true, and its kind: how
a false one was falsified, or how a true one was written. The sources are parted in two halves by a
hash. The weights of judge and model are fitted on the half `seen` (`judge.py`); the mistakes on
the half `unseen` were counted, not read, so its figures are the honest ones. Prints shares with
95 % intervals (Wilson 1927), then each mistake with the reason given.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.evaluation.metrics import wilson
from rag.models import LLM, LlamaCpp
from rag.models.judge import EncoderJudge
from rag.models.loading import load
from rag.schema import Evidence, Verdict
from rag.settings import Settings
from rag.verification import Prover

Half = Literal["seen", "unseen"]
CLAIMS = Path(__file__).with_name("claims.jsonl")
TRUE = ("verbatim", "shortened", "reworded", "number", "alias", "date", "asked")
FALSE = (
    *("number", "unit", "moved", "date", "name", "negation", "antonym"),
    *("role", "scope", "hedge", "addition"),
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim, the sentences that it cites, and what is known of it."""

    id: str
    quotes: tuple[str, ...]
    claim: str
    true: bool
    kind: str
    asked: str = ""

    @property
    def half(self) -> Half:
        """Which half its source is in."""
        digest = hashlib.sha256(" ".join(self.quotes).encode()).digest()
        return "unseen" if digest[0] % 2 else "seen"


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim and the verdict on it."""

    labelled: Labelled
    verdict: Verdict

    @property
    def right(self) -> bool:
        """Whether a true claim stands or a false one falls."""
        return self.verdict.supported == self.labelled.true


def read(path: Path = CLAIMS) -> list[Labelled]:
    """All claims of the set, in order."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Labelled(**(row | {"quotes": tuple(row["quotes"])})) for row in rows]


def check(claims: Iterable[Labelled], verdict: Callable[[Labelled], Verdict]) -> list[Checked]:
    """The claims with their verdicts."""
    return [Checked(c, verdict(c)) for c in claims]


def evidence(quotes: Sequence[str], titles: Sequence[str] = ()) -> tuple[Evidence, ...]:
    """Sentences of one article, or of those of the titles, as if they had been found."""
    named = titles or [""] * len(quotes)
    return tuple(
        Evidence(f"{title}.md", title, None, 1000 * at, 1000 * at + len(quote), quote, 1.0)
        for at, (quote, title) in enumerate(zip(quotes, named, strict=True))
    )


def model(file: Path | None = None) -> LLM:
    """The model that judges, of a file or of the settings."""
    if file:
        return LlamaCpp(file)
    llm = load(Settings.from_environment())
    if llm is None or not llm.writes:
        raise SystemExit("No model that writes is there. Fetch it by: python -m rag model")
    return llm


def prover(llm: LLM) -> Callable[[Labelled], Verdict]:
    """Proves a claim from its quotes as an answer does, with the bundled judge and a model."""
    judge = EncoderJudge()

    def verdict(c: Labelled) -> Verdict:
        return Prover(evidence(c.quotes), judge, llm, lambda stem: 1.0).prove(c.claim).verdict

    return verdict


def share(name: str, hits: int, n: int) -> str:
    """A row of the table: a share of `n`, with its interval."""
    ends = wilson(hits, n)
    if ends is None:
        return f"| {name} | 0 | | |"
    return f"| {name} | {n} | {hits / n:.3f} | {ends.low:.3f} to {ends.high:.3f} |"


def table(checked: Sequence[Checked]) -> Iterator[str]:
    """The Markdown rows for one half, or for both."""
    true = [c for c in checked if c.labelled.true]
    false = [c for c in checked if not c.labelled.true]
    fallen = [c for c in checked if not c.verdict.supported]
    standing = [c for c in checked if c.verdict.supported]
    yield from ("| | claims | share | 95 % |", "|---|---|---|---|")
    for kind in FALSE:
        some = [c for c in false if c.labelled.kind == kind]
        yield share(f"false, {kind}: caught", sum(c.right for c in some), len(some))
    yield share("**false: caught**", sum(c.right for c in false), len(false))
    for kind in TRUE:
        some = [c for c in true if c.labelled.kind == kind]
        yield share(f"true, {kind}: rejected", sum(not c.right for c in some), len(some))
    yield share("**true: rejected**", sum(not c.right for c in true), len(true))
    yield share("of the rejected, false", sum(c.right for c in fallen), len(fallen))
    yield share("of those that stand, true", sum(c.right for c in standing), len(standing))


def main() -> None:
    """Print both tables and the mistakes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mistakes", choices=["seen", "unseen", "all", "none"], default="seen")
    parser.add_argument("--model", type=Path, help="a GGUF file; without it that of the settings")
    options = parser.parse_args()
    shown, began = options.mistakes, time.perf_counter()
    checked = check(read(), prover(model(options.model)))
    took = time.perf_counter() - began
    for half in ("seen", "unseen"):
        print(f"\n{half}\n", *table([c for c in checked if c.labelled.half == half]), sep="\n")
    print(f"\n{len(checked)} claims, {took / len(checked):.2f} s each")
    for c in checked:
        if not c.right and shown in (c.labelled.half, "all"):
            what = "rejected, but true" if c.labelled.true else "stands, but false"
            print(f"\n{c.labelled.id} {what} ({c.labelled.kind}): {c.verdict.reason}")
            print(f"  claim:  {c.labelled.claim}\n  source: {' '.join(c.labelled.quotes)}")


if __name__ == "__main__":
    main()
