"""Pairs of premise and claim for the judge, made by rule from the reader's question sets.

They come in groups around one premise, so that a batch holds a true claim beside false ones that
differ from it in little. True: sentences, shortened, reworded, two joined, a question with its
answer, the written long answers of clapnq. False: the same changed (`training.falsify`); with the
support taken away or half of it; with more added; a cause, an attribution or a condition made up
or left out; the subject of one sentence with the predicate of another; another name for a
pronoun; questions that the passage does not answer, with the answer of one that it does.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rag.models.reader import EncoderReader
from rag.words import STOP, stem, tokens
from training.contrasts import has
from training.judge_pairs import Maker
from training.reader_data import Corpus
from training.scenes import Example, Group, Scene, shared_word

_LEAST = 0.6  # share of a long answer's words in the evidence, from which it is taken as proven


def groups(
    folder: Path, *, most: int, seed: int, skip: frozenset[str], reader: EncoderReader
) -> Iterator[Group]:
    """About `most` groups of one set, half around sentences, half around its questions."""
    rng = random.Random(seed)
    corpus, maker = Corpus(folder), Maker(rng, reader)
    whole = {d.id: " ".join(d.text.split()) for d in corpus.documents.values() if d.id not in skip}
    scenes = [s for i in range(len(corpus.passages)) for s in _scenes(corpus, i, whole)]
    asked = list(_asked(folder, corpus, maker, whole, rng, most // 2))
    rng.shuffle(scenes)
    yield from asked
    for scene in scenes[: most - len(asked)]:
        if group := maker.of_sentence(scene):
            yield group


def _scenes(corpus: Corpus, passage: int, whole: dict[str, str]) -> Iterator[Scene]:
    document = corpus.passages[passage].document
    if document not in whole:
        return
    sentences = _sentences(corpus, passage)
    for at, sentence in enumerate(sentences):
        if readable(sentence):
            near = tuple(sentences[max(0, at - 2) : at + 3])
            title = corpus.title(passage)
            article = _near(whole[document], sentence)
            yield Scene(title, near, (min(at, 2),), article)


def _near(article: str, sentence: str) -> str:
    at = max(0, article.find(sentence[:40]))
    return article[max(0, at - 1500) : at + 1500]


def _sentences(corpus: Corpus, passage: int) -> list[str]:
    text = corpus.text(passage)
    return [" ".join(text[s.start : s.end].split()) for s in corpus.spans(passage)]


def _asked(
    folder: Path, corpus: Corpus, maker: Maker, whole: dict[str, str], rng: random.Random, most: int
) -> Iterator[Group]:
    """Groups around the questions of a set, answered or not."""
    rows = [json.loads(line) for line in (folder / "questions.jsonl").open()]
    rows = [row for row in rows if row["document"] in whole]
    answers = defaultdict(list)
    for row in rows:
        if row["answerable"]:
            answers[row["document"]].append(row)
    rng.shuffle(rows)
    for row in rows[:most]:
        if not row["answerable"]:
            yield from _unanswered(row, answers[row["document"]], corpus, maker, rng)
            continue
        for gold in corpus.gold(row["document"], row["evidence"])[:1]:
            sentences = _sentences(corpus, gold.passage)
            first = max(0, gold.sentences[0] - 1)
            near = tuple(sentences[first : gold.sentences[-1] + 2])
            support = tuple(i - first for i in gold.sentences)
            article = _near(whole[row["document"]], near[support[0]])
            scene = Scene(corpus.title(gold.passage), near, support, article)
            yield from _answered(row, scene, answers[row["document"]], maker, rng)


def _answered(
    row: dict[str, object], scene: Scene, others: list[dict[str, object]], maker: Maker,
    rng: random.Random,
) -> Iterator[Group]:  # fmt: skip
    question, given = str(row["question"]), [str(a) for a in row["answers"]]  # type: ignore[attr-defined]
    answer = rng.choice(given)
    if len(answer.split()) > 12:
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", answer):
            if readable(sentence) and _covered(sentence, scene.supporting) > _LEAST:
                yield maker.of_claim(scene, sentence, "long answer", 2)
        marked = maker.marked(question, scene)
        if not marked:
            return
        answer = marked
        given = [answer]
    claim = maker.stated(question, answer)
    if not claim:
        return
    group = maker.of_claim(scene, claim, "answer", 1)
    wrong = _wrong(question, given, others, rng)
    if (
        wrong and not has(scene.supporting, wrong) and (false := maker.stated(question, wrong))
    ) or (wrong and rng.random() < 0.5 and (false := maker.stated(question, wrong))):
        group += (Example(group[0].premise, false, False, "wrong answer"),)
    yield group


def _wrong(
    question: str, right: list[str], others: list[dict[str, object]], rng: random.Random
) -> str | None:
    """Another question's answer of the same make."""

    def make(text: str) -> tuple[bool, bool]:
        return text[:1].isdigit(), text[:1].isupper()

    known = " ".join(right).lower()
    pool = [
        str(row["answers"][0])  # type: ignore[index]
        for row in others
        if row["question"] != question and row["answers"]
    ]
    pool = [a for a in pool if make(a) == make(right[0]) and len(a.split()) < 9]
    pool = [a for a in pool if a.lower() not in known and not shared_word(a, known)]
    return rng.choice(pool) if pool else None


def _unanswered(
    row: dict[str, object], answered: list[dict[str, object]], corpus: Corpus, maker: Maker,
    rng: random.Random,
) -> Iterator[Group]:  # fmt: skip
    """A question without an answer, stated with that of the nearest one which has one."""
    paragraph = row.get("paragraph")
    same = [other for other in answered if other.get("paragraph") == paragraph]
    if not paragraph or not same:
        return
    words = {stem(t) for t in tokens(str(row["question"]))} - STOP

    def near(other: dict[str, object]) -> float:
        theirs = {stem(t) for t in tokens(str(other["question"]))} - STOP
        return len(words & theirs) / len(words | theirs)

    best = max(same, key=near)
    answer = str(best["answers"][0])  # type: ignore[index]
    false = maker.stated(str(row["question"]), answer)
    true = maker.stated(str(best["question"]), answer)
    golds = corpus.gold(str(best["document"]), best["evidence"])  # type: ignore[arg-type]
    if not false or not true or not golds:
        return
    sentences = _sentences(corpus, golds[0].passage)
    first = max(0, golds[0].sentences[0] - 1)
    near_by = tuple(sentences[first : golds[0].sentences[-1] + 2])
    support = tuple(i - first for i in golds[0].sentences)
    scene = Scene(corpus.title(golds[0].passage), near_by, support, " ".join(sentences))
    yield (*maker.of_claim(scene, true, "answer", 1)[:3], maker.unanswered(scene, false))


def readable(sentence: str) -> bool:
    """Whether it looks like one whole sentence of middling length."""
    return (
        6 <= len(sentence.split()) <= 34
        and sentence[0].isupper()
        and sentence[-1] in ".!"
        and sentence.count('"') % 2 == 0
        and sentence.count("(") == sentence.count(")")
    )


def _covered(claim: str, premise: str) -> float:
    """The share of a claim's words that the premise has."""
    said, held = ({stem(t) for t in tokens(text) if t not in STOP} for text in (claim, premise))
    return len(said & held) / max(1, len(said))
