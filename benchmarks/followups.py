"""What a conversation's earlier turns do for finding, refusing and asking back, on MTRAG-UN.

    python benchmarks/followups.py [--set ../shared/data/mtrag-un] [--index PLACE] [--answers]

The question set is not part of the project; without it there is nothing to measure, and that is
said. Figures, with 95 % intervals from 2,000 redraws of the conversations:

- reference documents among the first five different ones found, by kind of follow-up, for the last
  question alone, for it behind the question before it, behind all turns, and as the assistant
  searches; and milliseconds a query
- the same where the history is another conversation's: a change of topic, where history can only
  harm
- how many questions get a question back, by whether they can be answered
- with `--answers`, how many the assistant and its reader refuse; takes some seconds a question

Conversations that share a document are in the same half; rules were developed on half A alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import rag
from rag.assistant import Assistant
from rag.evaluation.questions import EvalQuestion, load
from rag.query import clarification, understand
from rag.retrieval import search
from rag.schema import Hit

HOME = Path("../shared/data/mtrag-un")
FIRST, HITS, REDRAWS = 5, 20, 2000
KINDS = {True: "answerable", False: "unanswerable", None: "too vague"}
Way = Callable[[EvalQuestion], tuple[str, tuple[tuple[str, float], ...]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, default=HOME)
    parser.add_argument("--index", type=Path, help="where the library is kept, to be used again")
    parser.add_argument("--answers", action="store_true", help="ask each question too; takes long")
    options = parser.parse_args()
    if not options.set.is_dir():
        raise SystemExit(f"The question set {options.set} is missing, so nothing is measured.")
    questions = load(options.set)
    half = halves(questions)
    with tempfile.TemporaryDirectory() as place:
        index = options.index or Path(place) / "index"
        with rag.open(options.set / "documents", index=index) as assistant:
            for name in "AB":
                mine = [q for q in questions if half[q.id] == name]
                print(f"\nHalf {name}: {len(mine)} conversations")
                show_finding(assistant, mine, kinds(options.set))
                show_asked_back(assistant, mine)
                if options.answers:
                    show_answers(assistant, mine)


def halves(questions: Sequence[EvalQuestion]) -> dict[str, str]:
    """A or B for each question's id; those that share a document have the same."""
    group = {question.id: question.id for question in questions}
    holder: dict[str, str] = {}
    for question in questions:
        for document in question.references:
            other = holder.setdefault(document, question.id)
            one, two = sorted((group[question.id], group[other]))
            group = {id_: one if g == two else g for id_, g in group.items()}
    return {id_: "AB"[_hash(g.split("<")[0]) % 2] for id_, g in group.items()}


def _hash(conversation: str) -> int:
    return hashlib.sha256(f"c:{conversation}".encode()).digest()[0]


def kinds(folder: Path) -> dict[str, str]:
    """The kind of follow-up of each question's id, as the source names it."""
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return {row["id"]: ", ".join(row.get("follow_up") or ()) for row in rows}


def show_finding(
    assistant: Assistant, questions: Sequence[EvalQuestion], kind_of: dict[str, str]
) -> None:
    """Print how many reference documents each way finds."""
    asked = [q for q in questions if q.answerable and q.references and q.history]
    groups: dict[str, list[EvalQuestion]] = {"all": asked}
    for question in asked:
        groups.setdefault(kind_of[question.id], []).append(question)
        groups.setdefault("goes on" if _ours(question)[1] else "stands alone", []).append(question)
    alone = measured(assistant, asked, WAYS["last turn only"])[0]
    for name, way in WAYS.items():
        found, spent = measured(assistant, asked, way)
        print(f"  {name} ({spent:.0f} ms a query)")
        for kind, members in groups.items():
            shares = [found[q.id] for q in members]
            gains = [found[q.id] - alone[q.id] for q in members]
            print(f"    {kind:14} n={len(members):3}  {told(shares)}  gain {told(gains)}")
    changed = [q for q in questions if q.answerable and q.references]
    for name in ("last turn only", "ours"):
        there = [moved(q, o) for q, o in zip(changed, changed[1:] + changed[:1], strict=True)]
        found, _ = measured(assistant, there, WAYS[name])
        print(f"  change of topic, {name}: n={len(changed)}  {told(list(found.values()))}")


def show_asked_back(assistant: Assistant, questions: Sequence[EvalQuestion]) -> None:
    """Print how many questions get a question back."""
    for answerable, name in KINDS.items():
        mine = [q for q in questions if q.answerable is answerable]
        back = [
            clarification(understand(q.text, q.history), q.history, found(assistant, q))
            for q in mine
        ]
        print(f"  asked back, {name}: n={len(mine)}  {told([float(bool(c)) for _, c in back])}")


def found(assistant: Assistant, question: EvalQuestion) -> Sequence[Hit]:
    """What is found for a question as the assistant searches."""
    query, parts = _ours(question)
    return search(query, assistant._library, assistant._models.embedder, parts=parts).hits


def show_answers(assistant: Assistant, questions: Sequence[EvalQuestion]) -> None:
    """Print how many questions are refused."""
    for answerable, name in KINDS.items():
        mine = [q for q in questions if q.answerable is answerable]
        refused = [assistant.ask(q.text, history=q.history).refused for q in mine]
        print(f"  refused, {name}: n={len(mine)}  {told([float(r) for r in refused])}")


def moved(question: EvalQuestion, other: EvalQuestion) -> EvalQuestion:
    """A question asked at the end of another conversation."""
    turns = (*other.history, ("user", other.text), ("assistant", " ".join(other.answers[:1])))
    return replace(question, history=turns)


def measured(
    assistant: Assistant, questions: Iterable[EvalQuestion], way: Way
) -> tuple[dict[str, float], float]:
    """The share of reference documents found for each question, and milliseconds a query."""
    shares, spent = {}, 0.0
    for question in questions:
        query, parts = way(question)
        began = time.perf_counter()
        embedder = assistant._models.embedder
        found = search(query, assistant._library, embedder, limit=HITS, parts=parts)
        spent += time.perf_counter() - began
        first = list(dict.fromkeys(hit.document for hit in found.hits))[:FIRST]
        wanted = set(question.references)
        shares[question.id] = len(wanted & set(first)) / len(wanted)
    return shares, 1000 * spent / max(1, len(shares))


def told(values: Sequence[float]) -> str:
    """A mean in percent with its interval."""
    if not values:
        return "none"
    draws = np.random.default_rng(0).choice(values, (REDRAWS, len(values)))
    low, high = np.percentile(draws.mean(axis=1), (2.5, 97.5))
    return f"{100 * np.mean(values):5.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def _before(question: EvalQuestion) -> str:
    return next((text for role, text in reversed(question.history) if role == "user"), "")


def _ours(question: EvalQuestion) -> tuple[str, tuple[tuple[str, float], ...]]:
    query = understand(question.text, question.history)
    return query.standalone, query.parts


WAYS: dict[str, Way] = {
    "last turn only": lambda q: (q.text, ()),
    "the question before it in front": lambda q: (f"{_before(q)} {q.text}", ()),
    "all turns in front": lambda q: (" ".join([*(t for _, t in q.history), q.text]), ()),
    "ours": _ours,
}


if __name__ == "__main__":
    main()
