"""What the bundled language model makes of one long sentence, and whether it still answers.

    python benchmarks/shortening.py DATA/squad --limit 200 [--readers build/without-{0,1}]

Puts the answering sentence itself to the model with its question, once as it ships (it may only
copy and end early, see `rag.models.copying`), once free under a grammar, and counts: claims that
stand in the sentence's place, those with a gold answer in them, words, seconds. The answer's words
are the reader's; where two are given, each question goes to the one that did not see its article.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.answering.claims import SHORT, claims
from rag.answering.compose import FULLER
from rag.evaluation.metrics import answer_hit, wilson
from rag.evaluation.questions import Question, load
from rag.models import LLM, load_llm
from rag.models.reader import EncoderReader
from rag.schema import Claim, Evidence, Origin
from rag.words import tokens
from training.reader_data import Corpus, fold


class Free:
    """The same model without the rule for small ones."""

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.context = FULLER

    def __getattr__(self, name: str) -> Any:
        return getattr(self._llm, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a question set with short answers")
    parser.add_argument("--readers", type=Path, nargs=2, help="of two folds; else the bundled one")
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="claims to print of each kind")
    options = parser.parse_args()
    llm = load_llm()
    cases = list(islice(sentences(options), options.limit))
    kinds: tuple[tuple[str, Any], ...] = (("copying", llm), ("free", Free(llm)))
    table = Table("", "asked", "shorter", "with the answer", "words", "of", "seconds, median")
    for name, model in kinds:
        made = [(q, one, *shorten(q, one, model)) for q, one in cases]
        stand = [(q, one, claim) for q, one, claim, _ in made if claim is not None]
        kept = sum(answer_hit(claim.text, q.answers) for q, _, claim in stand)
        for q, one, claim in stand[: options.show]:
            print(f"{name}: {q.text} {q.answers[:1]}\n  {claim.text}\n  < {one.quote}")
        table.add_row(
            name,
            str(len(made)),
            share(len(stand), len(made)),
            share(kept, len(stand)),
            f"{statistics.mean(len(c.text.split()) for *_, c in stand):.1f}" if stand else "",
            f"{statistics.mean(len(o.quote.split()) for _, o, _ in stand):.1f}" if stand else "",
            f"{statistics.median(s for *_, s in made):.2f}",
        )
    Console(width=110).print(table)


def sentences(options: argparse.Namespace) -> Iterator[tuple[Question, Evidence]]:
    """Questions with their one gold sentence, where that is long and holds a gold answer."""
    folder: Path = options.folder
    questions = [q for q in load(folder) if q.answerable and not q.history]
    random.Random(options.seed).shuffle(questions)
    readers = [EncoderReader(path) for path in options.readers or ()] or [EncoderReader()] * 2
    first = fold(folder.parent, folder.name, 0)
    corpus = Corpus(folder)
    for q in questions:
        for gold in corpus.gold(q.document, [[g.start, g.end] for g in q.gold])[:1]:
            title, text = corpus.title(gold.passage), corpus.text(gold.passage)
            spans, place = corpus.spans(gold.passage), gold.sentences[0]
            span = spans[place]
            quote = text[span.start : span.end]
            if len(tokens(quote)) > SHORT and answer_hit(quote, q.answers):
                reader = readers[0 if q.document in first else 1]
                (reading,) = reader.read(q.text, [(title, text, spans)])
                words = reading.words[place] if reading.words else None
                one = Evidence(q.document, title, None, span.start, span.end, quote, 1.0)
                yield q, replace(one, words=words)


def shorten(question: Question, one: Evidence, llm: LLM) -> tuple[Claim | None, float]:
    """The claim that stands in the sentence's place, if one does, and the seconds it took."""
    began = time.perf_counter()
    events = list(claims(question.text, [(one,)], llm, short=True, weight=lambda stem: 1.0))
    taken = time.perf_counter() - began
    (claim,) = (event for event in events if isinstance(event, Claim))
    return (claim if claim.origin is Origin.COMPOSED else None), taken


def share(part: int, of: int) -> str:
    """A share with its Wilson interval."""
    interval = wilson(part, of)
    return f"{part / of:.2f} ({interval[0]:.2f}-{interval[1]:.2f})" if interval else ""


if __name__ == "__main__":
    main()
