"""What the large network's last layers learn from, passage by passage.

`near.jsonl` holds 2,208 mostly open questions over the 148 articles of `near/`, by thirteen authors
who had not seen the program (the first letter of an article's name tells whose it is), and
`short.jsonl` 1,184 that want a short answer, by six others (`by`). Half of them are answered, each
has one alike in wording that is not, and for each stand the sentences that answer or that a hasty
reader would take for it. `open.jsonl` holds questions with the sentences that a good answer tells
(`training.fit_worth`). Of the older sets and of tables a part is learned again, so that it is kept.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import tables
from rag.assistant import Assistant
from rag.documents import read
from rag.documents.context import context_of
from rag.documents.split import split_passages
from rag.models.encoder import load_tokenizer
from rag.models.reader import LARGE, Encoded, EncoderReader, Reader, Reading, encode
from rag.schema import Span
from rag.settings import Settings
from rag.words import tokens
from training.reader_data import groups

HERE = Path(__file__).parent
NEAR, SHORT = HERE / "near.jsonl", HERE / "short.jsonl"
OPEN, ARTICLES = HERE / "open.jsonl", HERE / "articles"
BENCHMARKS = HERE.parent / "benchmarks"
OLD = {"squad": 300, "clapnq": 150, "selqa": 60, "qed": 60, "xquad": 60}  # questions of each
KEPT = {"squad": 800, "clapnq": 250, "selqa": 120, "qed": 200, "xquad": 200}  # for short answers
TABLES = 12
ESSENTIAL = 2  # the grade of a sentence that an answer cannot do without

_tokenizer = cache(load_tokenizer)

Told = tuple[str, str, tuple[Span, ...]]


@dataclass(slots=True)
class Example:
    """A question and a passage: the sentences that answer there, if any, and whose it is.

    `near` where the sentences that answer or nearly do stand in the passage; `answer` are the words
    that answer in short, where they are known. `states` are those that the layers below give, and
    `said` is what the network said before, where it shall go on saying so, once they are made.
    """

    pair: Encoded
    gold: tuple[int, ...]
    question: str
    answerable: bool
    author: str
    near: bool = True
    answer: Span | None = None
    states: Any = None
    said: Any = None


def near_examples(questions: Path = NEAR) -> Iterator[Example]:
    """Each question of `near.jsonl` or `short.jsonl` with each passage of its article."""
    for line in lines(questions):
        file = HERE / "near" / line["document"]
        author = line.get("by") or line["document"][0]
        found = list(_of_article(line, file, author, line["sentences"]))
        if any(one.near for one in found):  # not where they are rows of a table, read otherwise
            yield from found


def unseen_examples(questions: Path = NEAR) -> Iterator[Example]:
    """Those of half a of the benchmark, whose answering sentences nobody wrote down."""
    for line in lines(BENCHMARKS / questions.name):
        if line["over"] == ["near/a"]:
            folder = BENCHMARKS / line["over"][0]
            yield from _of_article(line, folder / f"{line['id'].split('-')[2]}.md", "unseen", ())


def _of_article(
    line: dict[str, Any], file: Path, author: str, sentences: Sequence[str]
) -> Iterator[Example]:
    marks = [_words(sentence) for sentence in sentences]
    for above, text, spans in _passages(file).values():
        said = [_words(text[span.start : span.end]) for span in spans]
        hit = [i for i, s in enumerate(said) if s and any(s in m or m in s for m in marks)]
        gold = hit if line["answerable"] else []
        told = above, text, spans
        one = example(line["question"], told, gold, line["answerable"], author, near=bool(hit))
        if gold and (answer := line.get("answer")):
            one.answer = _place(text, answer, spans[gold[0]])
        yield one


def _place(text: str, words: str, within: Span) -> Span | None:
    at = text.lower().find(words.lower(), within.start, within.end)
    return Span(at, at + len(words)) if at >= 0 else None


def open_examples(data: Path) -> Iterator[Example]:
    """The passages that hold essential sentences of the questions of `open.jsonl`."""
    for line in lines(OPEN):
        essential = [chosen for chosen in line.get("chosen", ()) if chosen[3] == ESSENTIAL]
        folders = [ARTICLES, *(data / name / "documents" for name in line["sets"].split("+"))]
        for name in dict.fromkeys(chosen[0] for chosen in essential):
            file = next(folder / name for folder in folders if (folder / name).exists())
            ranges = [(start, end) for of, start, end, _ in essential if of == name]
            for at, told in _passages(file).items():
                gold = [i for i, span in enumerate(told[2]) if _within(span, at, ranges)]
                if gold:
                    yield example(line["question"], told, gold, True, "open")


def _within(span: Span, at: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(start < at + span.end and at + span.start < end for start, end in ranges)


def old_examples(data: Path, most: dict[str, int] = OLD) -> Iterator[Example]:
    """Of the older sets two passages each of some questions."""
    for name, count in most.items():
        for asking in groups(data / name, seed=0, most=count):
            for one in asking[:2]:
                told = one.title, one.text, one.sentences
                yield example(one.question, told, one.gold, bool(one.gold), "old")


class _Noting:
    """A `Reader` that notes what it is given to read."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.given: dict[tuple[str, str, str], tuple[Span, ...]] = {}

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[Reading]:
        for above, text, spans in passages:
            self.given[question, above, text] = tuple(spans)
        return self._reader.read(question, passages)


def table_examples(count: int = TABLES) -> Iterator[Example]:
    """What is read of made-up tables and forms, those of half a of `benchmarks/tables.py`."""
    chance, noting = random.Random(77), _Noting(EncoderReader())
    made = [tables.make("a", size, chance) for size in chance.choices((5, 12, 40, 200), k=count)]
    with tempfile.TemporaryDirectory() as place:
        folder, index = Path(place) / "articles", Path(place) / "index"
        for number, table in enumerate(made):
            tables.write(table, folder, number)
        taken = {row[0].lower() for table in made for row in table.rows}
        with Assistant(folder, index, settings=Settings(llm="none"), reader=noting) as assistant:
            assistant.sync()
            for table in made:
                for question in tables.questions(table, taken, chance):
                    assistant.ask(question.text)
    for (question, above, text), spans in noting.given.items():
        yield example(question, (above, text, spans), (), False, "tables")


def example(
    question: str,
    told: Told,
    gold: Collection[int],
    answerable: bool,
    author: str,
    *,
    near: bool = True,
) -> Example:
    """One question and passage, laid out for the network; what does not fit answers nothing."""
    above, text, spans = told
    pair = encode(_tokenizer(), question, above, text, spans, LARGE)
    fits = tuple(i for i in gold if pair.sentences[i].end)
    return Example(pair, fits, question, answerable, author, near)


def one_other(examples: Sequence[Example], rng: random.Random) -> list[Example]:
    """Of each question the passages that answer or nearly do, and one other."""
    by: dict[str, list[Example]] = {}
    for one in examples:
        by.setdefault(one.author + one.question, []).append(one)
    found: list[Example] = []
    for several in by.values():
        others = [one for one in several if not one.near]
        found += [one for one in several if one.near] + rng.sample(others, min(1, len(others)))
    return found


@cache
def _passages(file: Path) -> dict[int, Told]:
    """The passages of an article by their start: what stands above, text, sentences."""
    document = read(file, folder=file.parent)
    found: dict[int, Told] = {}
    for p in split_passages(document):
        spans = tuple(Span(s.start - p.start, s.end - p.start) for s in p.sentences)
        above = " › ".join(filter(None, (document.title, context_of(document, p.start))))
        found[p.start] = above, document.text[p.start : p.end], spans
    return found


@cache
def _words(text: str) -> str:
    return " ".join(tokens(text))


def lines(file: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
