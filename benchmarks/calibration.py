"""How near the rates that `calibrate` states are to those of questions that people wrote.

    python benchmarks/calibration.py DATA/squad --limit 75

Calibrates on a set's documents, then asks the set's own questions, and prints both at some refusal
lines with 95 % intervals. The shipped reader has learned from some sets, which flatters both.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag
from rag.calibration import Calibration, Rate
from rag.evaluation.questions import DOCUMENTS, draw, load
from rag.settings import Settings

LINES = (0.2, 0.3, 0.4, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a question set, as for eval")
    parser.add_argument("--limit", type=int, default=75, help="questions of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    questions = [q for q in load(options.folder) if q.answerable is not None and not q.history]
    asked = draw(questions, limit=options.limit, seed=options.seed)
    settings = Settings.from_environment({"QUOTH_LLM": "none"})
    documents = options.folder / DOCUMENTS
    with (
        tempfile.TemporaryDirectory() as index,
        rag.open(documents, index=index, settings=settings) as assistant,
    ):
        made = assistant.calibrate(seed=options.seed)
        found: dict[bool, list[float]] = {True: [], False: []}
        for question in asked:
            found[bool(question.answerable)].append(assistant.ask(question.text).confidence)
        show(options.folder.name, made, found)


def show(name: str, made: Calibration, people: dict[bool, list[float]]) -> None:
    """Print the stated and the true rates at each line, the fitted one last."""
    table = Table("Line", "Answerable refused", "people's", "Unanswerable answered", "people's")
    for line in (*LINES, made.line):
        refused = rate([c < line for c in people[True]])
        answered = rate([c >= line for c in people[False]])
        table.add_row(
            f"{line:.2f}", told(made.refused(line)), refused, told(made.answered(line)), answered
        )
    Console(width=120).print(f"{name}: {len(made.answerable)} and {len(made.unanswerable)} made")
    Console(width=120).print(table)


def rate(cases: list[bool]) -> str:
    return told(Rate(sum(cases), len(cases))) if cases else ""


def told(found: Rate) -> str:
    return f"{found.share:.2f} ({found.low:.2f}-{found.high:.2f}) of {found.n}"


if __name__ == "__main__":
    main()
