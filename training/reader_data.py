"""Training pairs for the reader, from question sets shaped like those of `python -m rag eval`.

A pair is a question, a passage and the sentences that answer (none for a negative); the passages
of one asking stay together. Negatives: the best passages by BM25 that do not hold the answer, the
answering passage with its answering sentences taken out, the answering passage with the question
changed (another name or figure, an opposite word, a denial), and the sets' own unanswerable
questions with the passages nearest to them, first of all in the paragraph that they were written
for.
"""

from __future__ import annotations

import json
import math
import random
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.documents import read, split_passages
from rag.schema import Document, Passage, Span
from rag.words import STOP, stem, terms
from training.opposites import OPPOSITES

TOGETHER = 3  # passages of one asking
_HELPING = re.compile(r"(?<=\w )(was|were|is|are|had|has|have|can|could|would)\b")


@dataclass(frozen=True, slots=True)
class Pair:
    """One example; `gold` and `span` are empty where the passage does not answer."""

    question: str
    title: str
    text: str
    sentences: tuple[Span, ...]
    gold: tuple[int, ...]
    span: Span | None
    source: str


@dataclass(frozen=True, slots=True)
class Gold:
    """A passage that answers, the indexes of its answering sentences, and the exact span."""

    passage: int
    sentences: tuple[int, ...]
    span: Span | None


class Corpus:
    """The passages of a set, with a small BM25 over them."""

    def __init__(self, folder: Path) -> None:
        files = sorted((folder / "documents").glob("*.txt"))
        documents = [read(file, folder=folder / "documents") for file in files]
        self.documents: dict[str, Document] = {d.id: d for d in documents}
        self.passages: list[Passage] = [p for d in documents for p in split_passages(d)]
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        bags = [
            Counter(terms(self.title(i) + " " + self.text(i))) for i in range(len(self.passages))
        ]
        mean = sum(sum(bag.values()) for bag in bags) / len(bags)
        found = Counter(word for bag in bags for word in bag)
        for i, bag in enumerate(bags):
            norm = 1.2 * (0.25 + 0.75 * sum(bag.values()) / mean)
            for word, count in bag.items():
                idf = math.log(1 + (len(bags) - found[word] + 0.5) / (found[word] + 0.5))
                self._index[word].append((i, idf * count * 2.2 / (count + norm)))

    def title(self, passage: int) -> str:
        return self.documents[self.passages[passage].document].title

    def text(self, passage: int) -> str:
        p = self.passages[passage]
        return self.documents[p.document].text[p.start : p.end]

    def spans(self, passage: int) -> tuple[Span, ...]:
        p = self.passages[passage]
        return tuple(Span(s.start - p.start, s.end - p.start) for s in p.sentences)

    def search(self, question: str, limit: int) -> list[int]:
        scores: Counter[int] = Counter()
        for word in sorted(set(terms(question))):  # sums in one order, the same each time
            for passage, score in self._index.get(word, ()):
                scores[passage] += score  # type: ignore[assignment]
        return [passage for passage, _ in scores.most_common(limit)]

    def within(self, question: str, document: str, start: int, end: int) -> list[int]:
        """The passages of a document that overlap `[start, end)`, the nearest ones first."""
        inside = [
            i
            for i, p in enumerate(self.passages)
            if p.document == document and p.start < end and start < p.end
        ]
        rank = {passage: place for place, passage in enumerate(self.search(question, 1000))}
        return sorted(inside, key=lambda i: rank.get(i, len(self.passages)))

    def gold(self, document: str, evidence: list[list[int]]) -> list[Gold]:
        found = []
        for index, p in enumerate(self.passages):
            if p.document != document:
                continue
            sentences = tuple(
                i
                for i, s in enumerate(p.sentences)
                if any(s.start < b and a < s.end for a, b in evidence)
            )
            exact = [(a, b) for a, b in evidence if p.start <= a and b <= p.end and b - a < 80]
            if sentences:
                span = Span(exact[0][0] - p.start, exact[0][1] - p.start) if exact else None
                found.append(Gold(index, sentences, span))
        return found


def groups(
    folder: Path, *, seed: int, most: int = 10**9, skip: frozenset[str] = frozenset()
) -> Iterator[tuple[Pair, ...]]:
    """Askings over one set, each with `TOGETHER` passages, about no document in `skip`.

    At most from `most` questions; another seed makes other negatives of the same set.
    """
    corpus = Corpus(folder)
    rng = random.Random(seed)
    with (folder / "questions.jsonl").open() as file:
        questions = [json.loads(line) for line in file]
    questions = [
        q
        for q in questions
        if q["answerable"] is not None and not q.get("history") and q["document"] not in skip
    ]
    rng.shuffle(questions)
    names = [name for q in questions for name in names_in(q["question"])]
    for q in questions[:most]:
        yield from _of_question(corpus, q, names, rng, folder.name)


def shared(data: Path, name: str, scored: list[str]) -> frozenset[str]:
    """The documents of a set about an article that a scored set also has, by their names."""
    theirs = {
        _article(file.name)
        for other in scored
        if other != name
        for file in (data / other / "documents").glob("*.txt")
    }
    files = (data / name / "documents").glob("*.txt")
    return frozenset(file.name for file in files if _article(file.name) in theirs)


def held_out(data: Path, name: str, share: float = 0.15) -> frozenset[str]:
    """A fixed part of a set's documents, kept from training to fit the evidence weights on."""
    files = (data / name / "documents").glob("*.txt")
    return frozenset(
        file.name for file in files if zlib.crc32(file.name.encode()) % 1000 < 1000 * share
    )


def fold(data: Path, name: str, which: int) -> frozenset[str]:
    """The documents of one of two folds of a set: every second article, in order of its name."""
    files = [file.name for file in (data / name / "documents").glob("*.txt")]
    place = {article: i for i, article in enumerate(sorted({_article(f) for f in files}))}
    return frozenset(f for f in files if place[_article(f)] % 2 == which)


def _article(name: str) -> str:
    return re.sub(r"(?:-[0-9a-f]{6})?\.txt$", "", name)


def _of_question(
    corpus: Corpus, q: dict[str, object], names: list[str], rng: random.Random, source: str
) -> Iterator[tuple[Pair, ...]]:
    text = str(q["question"])
    golds = corpus.gold(str(q["document"]), q["evidence"]) if q["answerable"] else []  # type: ignore[arg-type]

    def pair(question: str, passage: int) -> Pair:
        gold = next((g for g in golds if g.passage == passage and question == text), None)
        return Pair(
            question,
            corpus.title(passage),
            corpus.text(passage),
            corpus.spans(passage),
            gold.sentences if gold else (),
            gold.span if gold else None,
            source,
        )

    def others(question: str, but: Collection[int]) -> list[Pair]:
        """Some of the passages nearest to a question, which do not answer it."""
        known = {g.passage for g in golds} | set(but)
        near = [p for p in corpus.search(question, 8) if p not in known]
        chosen = rng.sample(near[: TOGETHER + 1], min(len(near), TOGETHER - len(but)))
        return [pair(question, p) for p in chosen]

    if not golds:
        if not q["answerable"]:
            start, end = q.get("paragraph", (0, 10**9))  # type: ignore[misc]
            own = corpus.within(text, str(q["document"]), start, end)[: 1 + (rng.random() < 0.5)]
            yield (*(pair(text, p) for p in own), *others(text, own))
        return
    best = golds[0].passage
    yield (pair(text, best), *others(text, [best]))
    if rng.random() < 0.3 and (cut := _without(pair(text, best), golds[0].sentences)):
        yield (cut, *others(text, [best]))
    changes = (
        lambda: changed(text, names, corpus.text(best), rng),
        lambda: _name_from(text, corpus.text(best), rng),
        lambda: _opposed(text, rng),
    )
    if rng.random() < 0.4 and (other := rng.choice(changes)()):
        yield (pair(other, best), *others(other, [best]))


def _without(pair: Pair, sentences: tuple[int, ...]) -> Pair | None:
    kept, spans, text = [i for i in range(len(pair.sentences)) if i not in sentences], [], ""
    if len(kept) < 2:
        return None
    for i in kept:
        words = pair.text[pair.sentences[i].start : pair.sentences[i].end]
        spans.append(Span(len(text), len(text) + len(words)))
        text += words + " "
    return Pair(pair.question, pair.title, text.rstrip(), tuple(spans), (), None, pair.source)


def names_in(question: str) -> list[str]:
    """Names and figures in a question, its first word left out."""
    words = re.findall(r"(?<!^)\b(?:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*|\d[\d,.]*\d)\b", question)
    return [w for w in words if w.lower() not in STOP]


def changed(question: str, names: list[str], passage: str, rng: random.Random) -> str | None:
    """The question with one name or figure that the passage holds changed to one it lacks."""
    own = names_in(question)
    if not own or not names:
        return None
    old = rng.choice(own)
    have = {stem(t) for t in terms(passage)}
    for _ in range(20):
        new = rng.choice(names)
        same_kind = new[0].isdigit() == old[0].isdigit()
        if same_kind and new != old and not any(t in have for t in terms(new)):
            return question.replace(old, new)
    return None


def _name_from(question: str, passage: str, rng: random.Random) -> str | None:
    """The question with one of its names changed to another one that the passage holds."""
    have = {stem(t) for t in terms(question)}
    old = [n for n in names_in(question) if not n[0].isdigit()]
    new = [
        n
        for n in names_in(passage)
        if not n[0].isdigit() and not any(stem(t) in have for t in terms(n))
    ]
    return question.replace(rng.choice(old), rng.choice(new)) if old and new else None


def _opposed(question: str, rng: random.Random) -> str | None:
    """The question with a word changed to its opposite, or its verb denied."""
    words = question.split()
    places = [(i, other) for i, word in enumerate(words) if (other := opposite(word.lower(), rng))]
    if places:
        at, other = rng.choice(places)
        return " ".join([*words[:at], other, *words[at + 1 :]])
    denied = _HELPING.sub(r"\1 not", question, count=1)
    return denied if denied != question else None


def opposite(word: str, rng: random.Random) -> str | None:
    """A word of the other side of one of the pairs."""
    for one, other in OPPOSITES:
        for here, there in ((one, other), (other, one)):
            if word in here:
                return rng.choice(sorted(there))
    return None
