"""Ask open questions with key facts: how much of what they should say the answers say.

    python benchmarks/open.py [--half a|b|both] [--only PART] [--answers FILE]
                              [--questions FILE] [--shared FOLDER] [--show-b]

`open.jsonl` holds a question a line, in the shape that docs/evaluation.md describes, and in `over`
the articles that it is asked of: `seeds`, or files of a folder that is not part of the project and
may be missing; its questions are then left out. The questions are parted in two halves by a hash of
their ids: read the answers of half a, and only count those of half b, which is how the figures of
half b stay honest. `--answers` writes the answers to a file for reading, those of half b only with
`--show-b`. `--questions` asks another file of the same shape: `near.jsonl`, half of whose questions
ask of what its articles name and do not tell, by two authors, one a half; `short.jsonl`, the same
for short answers; `talks.jsonl`, conversations by two authors, one a half, over the same articles
or one of them, whose later turns are also counted apart; or `seeds.jsonl`, whose questions have
mostly one short answer and were all read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag import evaluation
from rag.evaluation.questions import DOCUMENTS, QUESTIONS
from rag.evaluation.record import Record
from rag.evaluation.report import Delay, Estimate, LibrarySize, Report
from rag.evaluation.summary import summarise
from rag.evaluation.support import Entails
from rag.settings import Settings

ROOT = Path(__file__).parents[1]
OPEN = Path(__file__).with_suffix(".jsonl")
SHARED = ROOT.parent / "shared"
SEEDS, NEAR = "seeds", "near"
PARTS = (SEEDS, NEAR, "article", "data")
LATER = "later turns"  # of conversations
OWN = {SEEDS: ROOT, NEAR: Path(__file__).parent}  # where the folders that are kept here lie
HALVES = ("a", "b")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file, and the articles that its question is asked of."""

    line: dict[str, Any]

    @property
    def over(self) -> tuple[str, ...]:
        """The articles: a folder or a file that is kept here, or files of the shared folder."""
        return tuple(self.line["over"])

    @property
    def part(self) -> str:
        """Which part of the set it belongs to."""
        first = self.over[0].partition("/")[0]
        return first if first in PARTS else "article"


@dataclass(frozen=True, slots=True)
class Asked:
    """The records of one part, and how much was searched for them."""

    part: str
    records: tuple[Record, ...]
    library: LibrarySize


def main() -> None:
    """Ask what was chosen and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--half", choices=[*HALVES, "both"], default="a")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--answers", type=Path, help="write the answers here, to be read")
    parser.add_argument("--questions", type=Path, default=OPEN)
    parser.add_argument("--shared", type=Path, default=SHARED, help="where the other articles are")
    parser.add_argument("--show-b", action="store_true", help="write the answers of half b too")
    options = parser.parse_args()
    halves = HALVES if options.half == "both" else (options.half,)
    rows = [row for row in read(options.questions) if half(row.line["id"]) in halves]
    rows = [row for row in rows if options.only in (None, row.part)]
    settings, entails = Settings.from_environment(), evaluation.bundled_judge()
    asked = [
        ask(over, mine, options.shared, settings, entails)
        for over, mine in groups(rows, options.shared)
    ]
    Console(width=120).print(evaluation.table(report("all questions", asked, settings)))
    print(*by_part(asked, halves, settings), sep="\n")
    if options.answers:
        shown = [r for one in asked for r in one.records if options.show_b or is_read(r)]
        options.answers.write_text("\n".join(answers(shown)) + "\n", encoding="utf-8")
        print(f"{len(shown)} answers are in {options.answers}.")


def read(path: Path = OPEN) -> list[Row]:
    """All questions of a file, in order."""
    return [Row(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def half(id: str) -> str:
    """Which half a question is in."""
    if id.startswith((f"{NEAR}-", "talk-")):
        return id.split("-")[1]  # its author's
    # one byte of a hash, so that nobody chose
    return HALVES[hashlib.sha256(id.encode()).digest()[0] % 2]


def is_read(record: Record) -> bool:
    """Whether a record is of the half whose answers may be read."""
    return half(record.question.id) == "a"


def groups(rows: Iterable[Row], shared: Path) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    """The questions by the articles that they are asked of, without those that are missing."""
    together: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        together.setdefault(row.over, []).append(row)
    for over, mine in together.items():
        if missing := [path for path in files(over, shared) if not path.is_file()]:
            print(f"Left out {len(mine)} questions: {missing[0]} is not there.", file=sys.stderr)
        else:
            yield over, mine


def files(over: Sequence[str], shared: Path) -> list[Path]:
    """The files of the articles."""
    if own := OWN.get(over[0].partition("/")[0]):
        place = own / over[0]
        return [place] if place.suffix else sorted(place.glob("*.md"))
    return [shared / name for name in over]


def ask(
    over: Sequence[str],
    rows: Sequence[Row],
    shared: Path,
    settings: Settings,
    entails: Entails | None,
) -> Asked:
    """Ask all questions of one group over its articles, read once into a temporary index."""
    print(f"Asking {len(rows)} questions of {', '.join(over)}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="quoth-open-") as place:
        folder = Path(place)
        (folder / DOCUMENTS).mkdir()
        for path in files(over, shared):
            shutil.copyfile(path, folder / DOCUMENTS / path.name)
        lines = "".join(json.dumps(row.line) + "\n" for row in rows)
        (folder / QUESTIONS).write_text(lines, encoding="utf-8")
        made = evaluation.evaluate(folder, settings=settings, entails=entails)
    return Asked(rows[0].part, made.records, made.library)


def report(
    name: str,
    asked: Iterable[Asked],
    settings: Settings,
    halves: Sequence[str] = HALVES,
    *,
    later: bool = False,
) -> Report:
    """The figures over the questions of some groups and halves together, or their later turns."""
    held = list(asked)
    sizes = [one.library for one in held]
    library = LibrarySize(
        sum(size.documents for size in sizes),
        sum(size.passages for size in sizes),
        sum(size.unread for size in sizes),
    )
    records = [r for one in held for r in one.records if half(r.question.id) in halves]
    records = [r for r in records if r.question.after or not later]
    return summarise(records, set_name=name, limit=None, seed=0, settings=settings, library=library)


def by_part(asked: Sequence[Asked], halves: Sequence[str], settings: Settings) -> Iterator[str]:
    """The main figures of each half, by part and in all, as Markdown rows."""
    names = ("asked", "key facts", "all of a question's", "answerable refused")
    names += ("unanswerable refused", "balanced", "words", "written", "first claim, s", "total, s")
    yield f"| | {' | '.join(names)} |"
    yield "|---" * (len(names) + 1) + "|"
    for which in halves:
        for part in (*PARTS, "all", LATER):
            some = [one for one in asked if part in (one.part, "all", LATER)]
            made = report(part, some, settings, (which,), later=part == LATER)
            if made.questions.answerable + made.questions.unanswerable:
                yield f"| {which}, {part} | {' | '.join(_cells(made))} |"


def _cells(made: Report) -> Iterator[str]:
    yield f"{made.questions.answerable} + {made.questions.unanswerable}"
    refusals = made.refusals
    yield from map(_share, (made.facts.recall, made.facts.whole, refusals.answerable))
    yield from map(_share, (refusals.unanswerable, refusals.balanced_accuracy))
    words = made.answers.words_median.value
    yield "" if words is None else f"{words:.0f}"
    yield _share(made.writing.open)
    yield from map(_time, (made.seconds.first_claim, made.seconds.total))


def _share(figure: Estimate) -> str:
    if figure.value is None:
        return ""
    ends = "" if figure.low is None else f" ({figure.low:.2f}-{figure.high:.2f})"
    return f"{figure.value:.2f}{ends}"


def _time(delay: Delay) -> str:
    return "" if delay.median is None else f"{delay.median:.2f} / {delay.p95:.2f}"


def answers(records: Iterable[Record]) -> Iterator[str]:
    """Questions with their answers, sources and facts, to be read by a person."""
    for record in records:
        question = record.question
        kind = "refused" if record.refused else "answered"
        wrong = ", wrongly" if record.refused is question.answerable else ""
        yield f"## {question.id}: {question.text}"
        sure = "-" if record.confidence is None else f"{record.confidence:.2f}"
        yield f"{kind}{wrong}, confidence {sure}, {record.seconds.total:.2f} s"
        for claim in record.claims:
            doubt = ", the judge doubts it" if claim.supported is False else ""
            yield f"- {claim.text} ({'written' if claim.written else 'copied'}{doubt})"
            yield from (f"    < {quote}" for quote in claim.quotes if quote != claim.text)
        for fact, held in zip(question.facts, record.facts, strict=True):
            yield f"  {'+' if held else 'missing'}: {' … '.join(fact[0])}"
        yield ""


if __name__ == "__main__":
    main()
