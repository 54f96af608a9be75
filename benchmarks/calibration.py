"""How near the rates that `calibrate` states are to those of questions that people wrote.

    python benchmarks/calibration.py DATA/squad --limit 75 [--readers build/without-{0,1}]

Calibrates on a set's documents, then asks the set's own questions, and prints both at some refusal
lines with 95 % intervals. The shipped reader has learned from some sets, which flatters both; with
the readers of two folds, each looks only at the documents that it did not see.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.assistant import Assistant
from rag.calibration import Calibration, Rate
from rag.evaluation.questions import DOCUMENTS, draw, load
from rag.evidence.scoring import load_weights
from rag.models.reader import EncoderReader
from rag.settings import Settings
from training.reader_data import fold

LINES = (0.2, 0.3, 0.4, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a question set, as for eval")
    parser.add_argument("--limit", type=int, default=75, help="questions of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--readers", type=Path, nargs=2, help="of two folds; else the bundled one")
    options = parser.parse_args()
    folder: Path = options.folder
    if options.readers:
        for which, reader in enumerate(options.readers):
            measure(options, fold(folder.parent, folder.name, which), reader)
    else:
        measure(options, frozenset(f.name for f in (folder / DOCUMENTS).glob("*.txt")), None)


def measure(options: argparse.Namespace, names: frozenset[str], reader: Path | None) -> None:
    """Calibrate on some documents of a set and ask what people asked about them."""
    questions = [q for q in load(options.folder) if q.answerable is not None and not q.history]
    own = [q for q in questions if q.document in names]
    asked = draw(own, limit=options.limit, seed=options.seed)
    settings = Settings.from_environment({"QUOTH_LLM": "none"})
    given: dict[str, Any] = {}
    if reader:
        weights = load_weights(reader / "weights.json")
        given = {"reader": EncoderReader(reader), "weights": weights}
    with tempfile.TemporaryDirectory() as temporary:
        articles = Path(temporary) / "articles"
        articles.mkdir()
        for name in names:
            shutil.copy(options.folder / DOCUMENTS / name, articles / name)
        with Assistant(
            articles, Path(temporary) / "index", settings=settings, **given
        ) as assistant:
            assistant.sync()
            made = assistant.calibrate(seed=options.seed)
            found: dict[bool, list[float]] = {True: [], False: []}
            for question in asked:
                found[bool(question.answerable)].append(assistant.ask(question.text).confidence)
    show(f"{options.folder.name}, {reader.name if reader else 'bundled'}", made, found)


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
