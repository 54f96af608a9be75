"""Which sentences of the hits answer, how likely each does, and how likely any does.

A sentence's score is a logistic function of `features`; the confidence is a second one of the odds
of its passage alone. The weights lie in weights.json; `training/fit_evidence.py` fits the second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from rag.documents.table import is_row
from rag.evidence.features import NAMES, Candidate, Question, Weight, measure
from rag.evidence.reading import LIMIT, read_passages
from rag.evidence.selection import (
    choose,
    filled,
    is_caption,
    of_one_thread,
    ordered,
    same,
    time_asked,
    worth_quoting,
)
from rag.evidence.sides import in_turns, leads, naming_all, of_both_sides
from rag.evidence.speaking import as_read, with_sender
from rag.evidence.worth import BESIDE, LEAST, Place, worth
from rag.models.judge import Judge
from rag.models.reader import Reader
from rag.odds import probability
from rag.query import SURE, Intent, Query
from rag.query.periods import of_another_time
from rag.schema import Evidence, Hit, Span
from rag.words import STOP, stem, tokens

MOST = 3  # sentences that a direct answer may use
READ = 5  # passages that the reader reads; each costs one encoder pass
KEEP = 8  # sentences that are shown as evidence
OVERVIEW = ("reader_passage",)  # for the confidence
WORDS, SOME = 130, 80  # of the quotes that answer an open question, or one without a short answer
WIDELY = (Intent.OPEN, Intent.COURSE, Intent.TOPIC, Intent.COMPARISON)
SHOWN = 400  # words of the passages that a writer is shown
_ANSWERS = 0.5  # chance of answering from which a field or a row is told like a sentence
NARROW = 90  # words that it is shown for a direct question


@dataclass(frozen=True, slots=True)
class Finding:
    """Sentences, best first, those chosen to answer marked `used`; and the confidence, 0..1.

    `offered` are those that a writer is shown, in the order of reading; `worth` is how likely each
    that was read belongs into an answer of several.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    offered: tuple[Evidence, ...] = ()
    worth: Mapping[Place, float] = field(default_factory=dict)

    @property
    def used(self) -> tuple[Evidence, ...]:
        return tuple(e for e in self.evidence if e.used)


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted logistic function: `1 / (1 + exp(-(bias + weights · values)))`."""

    weights: tuple[float, ...]
    bias: float

    def logit(self, values: Sequence[float]) -> float:
        return self.bias + sum(w * v for w, v in zip(self.weights, values, strict=True))

    def __call__(self, values: Sequence[float]) -> float:
        return probability(self.logit(values))


@dataclass(frozen=True, slots=True)
class Weights:
    """The logistics, and how close a further sentence must come to be used as well.

    `worth` is of sentences in answers of several (`rag.evidence.worth`).
    """

    sentence: Logistic
    confidence: Logistic
    worth: Logistic
    close: float
    refuse: float


@lru_cache(maxsize=1)
def bundled_weights() -> Weights:
    """The weights that come with the install."""
    return load_weights(Path(__file__).with_name("weights.json"))


def load_weights(file: Path) -> Weights:
    """Weights as `training/fit_evidence.py` writes them."""
    stored = json.loads(file.read_text())
    sentence, confidence, worth_ = (
        Logistic(tuple(stored[name]["weights"].values()), stored[name]["bias"])
        for name in ("sentence", "confidence", "worth")
    )
    return Weights(sentence, confidence, worth_, stored["close"], stored["refuse"])


def find(
    question: str,
    hits: Sequence[Hit],
    reader: Reader,
    *,
    weight: Weight,
    weights: Weights,
    query: Query | None = None,
    read: int = READ,
    said: Sequence[str] = (),
    judge: Judge | None = None,
) -> Finding:
    """Score the sentences of the best hits and choose those to answer from.

    Args:
        question: The standalone question.
        hits: Passages, best first.
        reader: Reads question and passages together.
        weight: Inverse document frequency of a stem.
        weights: The fitted weights.
        query: The question as it is understood; without it it is a direct one.
        read: How many of the hits are read.
        said: The claims that were made before and are not to be made again.
        judge: Says whether a column of another name tells what is asked for.
    """
    scored = measured(question, hits, reader, weight=weight, read=read, judge=judge)
    scored = [(e, values) for e, values in scored if not any(same(e.quote, s) for s in said)]
    if not scored:
        return Finding((), 0.0)
    rated = sorted(
        ((weights.sentence.logit(values), evidence, values) for evidence, values in scored),
        key=lambda item: (-item[0], item[1].document, item[1].start),
    )
    confidence = weights.confidence(overview(rated[0][2]))
    sentences = [
        (logit, replace(evidence, score=probability(logit))) for logit, evidence, _ in rated
    ]
    query = query or Query(question, question)
    best = {(e.document, e.start): e for _, e in sentences}
    reading = [best[e.document, e.start] for e, _ in scored]  # in the order of the passages
    worths = _worths(query, scored, weights)
    ranked = sorted(
        (one for one in reading if worth_quoting(one.quote) or one.score >= _ANSWERS),
        key=lambda one: -worths[one.document, one.start],
    )
    used = choose(query, sentences, most=MOST, close=weights.close, weight=weight)
    room = WORDS if query.intent in WIDELY and not query.when else 0
    short = query.sure >= SURE or query.foreign  # no more is known of what a foreign one wants
    if query.intent is Intent.DIRECT and not short and used and used[0].words is None:
        # no few words answer, so that a sentence alone seldom does: what stands around it too
        room = 0 if of_one_thread(used) else SOME
        around = next(hit for hit in hits if hit.holds(used[0]))
        ranked = [e for e in ranked if around.holds(e)]
    if room:
        worthy = [e for e in ranked if worths[e.document, e.start] >= LEAST]
        used = _filled(query, used, ranked[:1], worthy, reading, room)
    if query.intent is Intent.DIRECT and used and Question(question, weight).decides:
        used = _with_the_next(used, reading)
    if query.intent is Intent.DIRECT and used:
        used = with_sender(Question(question, weight), used, reading)
    others = [e for _, e in sentences if e not in used]
    valued = [(one, worths[one.document, one.start]) for one in reading]
    offered = _offered(query, hits[:read], used, ranked, valued)
    return Finding(_marked(used, others), confidence, offered, worths)


def _worths(
    query: Query, scored: Sequence[tuple[Evidence, list[float]]], weights: Weights
) -> Mapping[Place, float]:
    """What each sentence is worth; nothing where it is of another time than is asked of."""
    worths = worth(scored, weights.worth)
    if not (when := time_asked(query)):
        return worths
    elsewhen = [e for e, _ in scored if of_another_time(e.quote, when)]
    return {**worths, **{(e.document, e.start): 0.0 for e in elsewhen}}


def _offered(
    query: Query,
    hits: Sequence[Hit],
    used: Sequence[Evidence],
    ranked: Sequence[Evidence],
    scored: Sequence[tuple[Evidence, float]],
) -> tuple[Evidence, ...]:
    """What a writer is shown: of a direct question the best sentences, else the best passages.

    A passage is as good as its sentences are worth together. The sentence that answers best comes
    first, since a writer begins with what it reads first.
    """
    reading = [one for one, _ in scored]
    if query.intent is Intent.DIRECT:
        best = filled([*used, *(e for e in ranked if e not in used)], NARROW)
        return tuple(_in_order(best, reading))
    passages = [[(e, worth) for e, worth in scored if hit.holds(e)] for hit in hits]
    passages.sort(key=lambda passage: -sum(worth for _, worth in passage))
    shown: list[Evidence] = []
    room = SHOWN
    for passage in passages:
        words = sum(len(e.quote.split()) for e, _ in passage)
        if words <= room or not shown:
            shown += [e for e, _ in passage]
            room -= words
    lead = max(shown, key=lambda e: (leads(query, e), e.score), default=None)
    return tuple(sorted(shown, key=lambda e: e is not lead))


def _filled(
    query: Query,
    used: Sequence[Evidence],
    best: Sequence[Evidence],
    worthy: Sequence[Evidence],
    reading: Sequence[Evidence],
    room: int,
) -> list[Evidence]:
    """The chosen sentences with what is worth telling beside them, in so many words."""
    first = of_both_sides(query, reading, used) if query.sides else used[:1]
    first = best if query.intent is Intent.OPEN and best else first
    rest = [e for e in in_turns(query, worthy) if e not in first]
    chosen = _in_order(filled([*first, *rest] or used, room, reading), reading)
    return ordered(query, naming_all(query, chosen))


def _with_the_next(used: Sequence[Evidence], reading: Sequence[Evidence]) -> list[Evidence]:
    """The chosen sentences and the one behind the first: it may take back what is said there."""
    first = used[0]
    after = reading[reading.index(first) + 1 :][:1]
    gaps = [one.start - first.end for one in after if one.document == first.document]
    follows = gaps and 0 <= gaps[0] <= BESIDE
    if not follows or is_row(first.quote) or not worth_quoting(after[0].quote):
        return list(used)
    return list(dict.fromkeys([first, *after, *used[1:]]))


def _in_order(chosen: Sequence[Evidence], order: Sequence[Evidence]) -> list[Evidence]:
    return [one for one in order if one in chosen]


def measured(
    question: str,
    hits: Sequence[Hit],
    reader: Reader,
    *,
    weight: Weight,
    read: int = READ,
    judge: Judge | None = None,
) -> list[tuple[Evidence, list[float]]]:
    """Every sentence of the first `read` hits with its features, once for each article."""
    hits = hits[:read]
    asked = Question(question, weight)
    texts = as_read(asked, hits)
    readings = read_passages(question, hits, texts, reader, judge)
    found: dict[tuple[str, str], tuple[Evidence, list[float]]] = {}
    for hit, told, reading in zip(hits, texts, readings, strict=True):
        before = ""
        for index, (span, inside) in enumerate(zip(hit.sentences, told.sentences, strict=True)):
            text = told.text[inside.start : inside.end]
            logit = max(reading.answers[index], reading.none - LIMIT)
            candidate = Candidate(
                text=text,
                before=before,
                passage=told.text,
                title=hit.above,
                reader_logit=_limited(logit - reading.none),
                reader_passage=_limited(reading.odds),
                fused=hit.score,
            )
            words = reading.words[index] if reading.words else None
            words = words and Span(hit.start + words.start, hit.start + words.end)
            evidence = hit.evidence(span, words=words)
            if _can_answer(text, hit.above, asked):
                found.setdefault((hit.document, text), (evidence, measure(asked, candidate)))
            before = text
    return list(found.values())


def _marked(used: Sequence[Evidence], others: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Those used first, in their order, then the best others, no sentence of them twice."""
    told = {e.quote for e in used}
    fresh: dict[str, Evidence] = {}
    for e in others:
        if e.quote not in told:
            fresh.setdefault(e.quote, e)
    rest = list(fresh.values())[: max(0, KEEP - len(used))]
    return (*(replace(e, used=True) for e in used), *rest)


def overview(best: Sequence[float]) -> list[float]:
    """What the confidence looks at: of the best sentence's features those of `OVERVIEW`."""
    return [best[NAMES.index(name)] for name in OVERVIEW]


def _can_answer(text: str, above: str, asked: Question) -> bool:
    """Whether a sentence says something: no heading, no question, not only the question's words.

    "Did the ferry sink?" is answered by "The ferry sank." all the same.
    """
    end = text.rstrip("\"'”’)] ")[-1:]
    if text in above or end == "?" or is_caption(text):  # a title of two sentences is read as two
        return False
    if asked.decides and end in ".!…":
        return True
    return any(stem(word) not in asked.stems for word in tokens(text) if word not in STOP)


def _limited(logit: float) -> float:
    return max(-LIMIT, min(LIMIT, logit))
