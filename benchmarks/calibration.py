"""How near the rates that `calibrate` states are to those of questions that people wrote.

    python benchmarks/calibration.py DATA/squad-check --limit 75

Calibrates on a set's documents, then asks the set's own questions, and prints both at some refusal
lines with 95 % intervals. Take sets that the reader has not learned from; others flatter both.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.assistant import Assistant
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
    found: dict[bool, list[float]] = {True: [], False: []}
    settings = Settings.from_environment({"QUOTH_LLM": "none"})
    with (
        tempfile.TemporaryDirectory() as index,
        Assistant(options.folder / DOCUMENTS, Path(index), settings=settings) as assistant,
    ):
        assistant.sync()
        made = assistant.calibrate(seed=options.seed)
        for question in draw(questions, limit=options.limit, seed=options.seed):
            confidence = assistant.ask(question.text).confidence
            if confidence is not None:  # else of a kind that it is not calibrated for
                found[bool(question.answerable)].append(confidence)
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
