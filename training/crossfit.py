"""Score readers on the documents that each did not see, as `python -m rag eval` does.

    python -m training.crossfit DATA/squad --readers build/without-0 build/without-1 --limit 200

Questions about fold K are asked of an assistant whose reader was made without that fold
(`training.train_reader --leave-out K`); the weights were fitted to other sets. The draw, the
records and the figures are those of `eval`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from rag import evaluation
from rag.assistant import Assistant
from rag.evaluation.questions import DOCUMENTS, EvalQuestion, draw, load
from rag.evaluation.record import Record
from rag.evaluation.report import LibrarySize
from rag.evaluation.run import ask_all
from rag.evaluation.summary import summarise
from rag.models.reader import EncoderReader
from rag.settings import Settings
from training.reader_data import fold


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a question set that was folded")
    parser.add_argument("--readers", type=Path, nargs=2, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", type=Path, help="where the reliability picture goes")
    options = parser.parse_args()
    folder: Path = options.folder
    settings = Settings.from_environment()
    questions = draw(load(folder), limit=options.limit, seed=options.seed)
    records: dict[str, Record] = {}
    with tempfile.TemporaryDirectory() as index:
        for which, reader in enumerate(options.readers):
            with Assistant(
                folder / DOCUMENTS,
                Path(index),
                settings=settings,
                reader=EncoderReader(reader),
            ) as assistant:
                assistant.sync()
                assistant.warm()
                size = LibrarySize(*assistant.counts(), unread=len(assistant.failures()))
                own = _about(questions, fold(folder.parent, folder.name, which))
                records |= {r.question.id: r for r in ask_all(assistant, own)}
    report = summarise(
        [records[q.id] for q in questions],
        set_name=folder.name,
        limit=options.limit,
        seed=options.seed,
        settings=settings,
        library=size,
    )
    Console(width=120).print(evaluation.table(report))
    written = Path("reports") / f"{folder.name}-crossfit.json"
    written.parent.mkdir(exist_ok=True)
    written.write_text(json.dumps(report.to_json(records=True), indent=1))
    if options.plot:
        evaluation.plot(report, options.plot)


def _about(questions: Sequence[EvalQuestion], documents: frozenset[str]) -> list[EvalQuestion]:
    return [q for q in questions if q.document in documents]


if __name__ == "__main__":
    main()
