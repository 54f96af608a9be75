"""Ask small folders of articles as people have them: how many questions are answered right.

    python benchmarks/cases.py [--half a|b] [--llm none|...] [--only KIND] [--show]

A case of `benchmarks/cases/` is one to four made-up articles and four questions, one of which they
do not answer. Both halves have the same kinds of cases. With `--show` the wrong answers of half a
are written out; half b is only ever counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag
from rag.settings import Settings
from tests.cases.judging import faults, lay

CASES = Path(__file__).with_name("cases")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--half", choices=("a", "b"), default="a")
    parser.add_argument("--llm", default="none", help="the language model, by default none")
    parser.add_argument("--only", help="the name of one kind")
    parser.add_argument("--show", action="store_true", help="write half a's wrong answers out")
    options = parser.parse_args()
    if options.show and options.half == "b":
        parser.error("The answers of half b are only counted. Leave out --show, or take --half a.")
    settings = Settings(llm=options.llm)
    total: Counter[str] = Counter()
    for case in sorted(path.parent for path in (CASES / options.half).glob("*/ask.json")):
        if options.only in (None, case.name):
            counted = ask(case, settings, show=options.show)
            print(f"{case.name:20} {_shares(counted)}", flush=True)
            total += counted
            total["cases"] += 1
            total["whole"] += counted["right"] == counted["asked"]
    print(f"{'all':20} {_shares(total)}")
    print(f"cases wholly right: {total['whole']} of {total['cases']}")


def ask(case: Path, settings: Settings, *, show: bool) -> Counter[str]:
    """How many questions of a case were asked and answered right, answerable or not."""
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="quoth-cases-") as place:
        folder = Path(place)
        lay(case, folder / "articles")
        with rag.open(folder / "articles", index=folder / "index", settings=settings) as assistant:
            for expected in json.loads((case / "ask.json").read_text(encoding="utf-8")):
                answer = assistant.ask(expected["ask"])
                wrong = list(faults(answer, expected))
                kind = "no" if expected.get("refused") else "yes"
                counted.update(("asked", f"asked {kind}"))
                if not wrong:
                    counted.update(("right", f"right {kind}"))
                elif show:
                    told = " / ".join(claim.text for claim in answer.claims) or answer.reason
                    print(f"  {expected['ask']}\n    {'; '.join(wrong)}\n    {told}")
    return counted


def _shares(counted: Counter[str]) -> str:
    kinds = (("", ""), (" yes", "answerable "), (" no", "unanswerable "))
    return ", ".join(
        f"{name}{counted[f'right{kind}']}/{counted[f'asked{kind}']}" for kind, name in kinds
    )


if __name__ == "__main__":
    main()
