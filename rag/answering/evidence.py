"""Which sentences of the hits answer, how likely each does, and how likely any does.

A sentence's score is a logistic function of `features`; the confidence is a second one over the
best sentences. Both sets of weights come from `training/fit_evidence.py` and lie in weights.json.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from rag.answering.features import NAMES, Candidate, Question, Weight, measure
from rag.answering.kinds import DIRECT, Asking
from rag.answering.select import choose, same
from rag.models.reader import Reader
from rag.schema import Evidence, Hit, Span
from rag.words import STOP, stem, tokens

MOST = 3  # sentences that a direct answer may use
READ = 5  # passages that the reader reads; each costs one encoder pass
KEEP = 8  # sentences that are shown as evidence
LIMIT = 12.0  # logits of the reader beyond which it is not more sure
OVERVIEW = ("best", "second", "gap", "sum", "odds")
_PASSAGE = NAMES.index("reader_passage")


@dataclass(frozen=True, slots=True)
class Finding:
    """Sentences, best first, those chosen to answer marked `used`; and the confidence, 0..1."""

    evidence: tuple[Evidence, ...]
    confidence: float

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
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.logit(values)))))


@dataclass(frozen=True, slots=True)
class Weights:
    """The two logistics, and how close a further sentence must come to be used as well."""

    sentence: Logistic
    confidence: Logistic
    close: float
    refuse: float


@lru_cache(maxsize=1)
def bundled_weights() -> Weights:
    """The weights that come with the install."""
    return load_weights(Path(__file__).with_name("weights.json"))


def load_weights(file: Path) -> Weights:
    """Weights as `training/fit_evidence.py` writes them."""
    stored = json.loads(file.read_text())
    sentence, confidence = (
        Logistic(tuple(stored[name]["weights"].values()), stored[name]["bias"])
        for name in ("sentence", "confidence")
    )
    return Weights(sentence, confidence, stored["close"], stored["refuse"])


def find(
    question: str,
    hits: Sequence[Hit],
    reader: Reader,
    *,
    weight: Weight,
    weights: Weights,
    asked: Asking = DIRECT,
    read: int = READ,
    said: Sequence[str] = (),
) -> Finding:
    """Score the sentences of the best hits and choose those to answer from.

    Args:
        question: The standalone question.
        hits: Passages, best first.
        reader: Reads question and passages together.
        weight: Inverse document frequency of a stem.
        weights: The fitted weights.
        asked: The question as it is read.
        read: How many of the hits are read.
        said: The claims that were made before and are not to be made again.
    """
    scored = measured(question, hits, reader, weight=weight, read=read)
    scored = [(e, values) for e, values in scored if not any(same(e.quote, s) for s in said)]
    if not scored:
        return Finding((), 0.0)
    rated = sorted(
        ((weights.sentence.logit(values), evidence, values) for evidence, values in scored),
        key=lambda item: (-item[0], item[1].document, item[1].start),
    )
    logits, values = [logit for logit, _, _ in rated], [values for _, _, values in rated]
    confidence = weights.confidence(overview(logits, values))
    sentences = [
        (logit, replace(evidence, score=1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))))
        for logit, evidence, _ in rated
    ]
    used = choose(question, asked, sentences, most=MOST, close=weights.close, weight=weight)
    others = [e for _, e in sentences if e not in used]
    return Finding(_marked(used, others), confidence)


def measured(
    question: str, hits: Sequence[Hit], reader: Reader, *, weight: Weight, read: int = READ
) -> list[tuple[Evidence, list[float]]]:
    """Every sentence of the first `read` hits with its features, once for each article."""
    hits = hits[:read]
    asked = Question(question, weight)
    readings = reader.read(question, [(h.title, h.text, _inside(h)) for h in hits])
    found: dict[tuple[str, str], tuple[Evidence, list[float]]] = {}
    for hit, reading in zip(hits, readings, strict=True):
        total = _log_sum([reading.none, *reading.answers])
        odds = _log_sum(reading.answers) - reading.none if reading.answers else -LIMIT
        before = ""
        for index, (span, inside) in enumerate(zip(hit.sentences, _inside(hit), strict=True)):
            text = hit.text[inside.start : inside.end]
            logit = max(reading.answers[index], reading.none - LIMIT)
            candidate = Candidate(
                text=text,
                before=before,
                passage=hit.text,
                title=hit.title,
                reader_logit=_limited(logit - reading.none),
                reader_log_share=_limited(logit - total),
                reader_passage=_limited(odds),
                cosine_passage=hit.dense,
                fused=hit.score,
                first=index == 0,
            )
            words = reading.words[index] if reading.words else None
            words = words and Span(hit.start + words.start, hit.start + words.end)
            evidence = hit.evidence(span, words=words)
            if _can_answer(text, hit.title, asked):
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


def overview(logits: Sequence[float], values: Sequence[Sequence[float]]) -> list[float]:
    """What the confidence looks at, in the order of `OVERVIEW` and `NAMES`.

    The best logits, the odds of the passage that most likely answers, the best sentence's features.

    Args:
        logits: Of the sentences, best first.
        values: Their features, in the same order.
    """
    second = logits[1] if len(logits) > 1 else logits[0] - 5.0
    odds = max(of[_PASSAGE] for of in values)
    return [logits[0], second, logits[0] - second, _log_sum(logits), odds, *values[0]]


def _can_answer(text: str, title: str, asked: Question) -> bool:
    """Whether a sentence says something: no title, no question, not only the question's words.

    "Did the ferry sink?" is answered by "The ferry sank." all the same.
    """
    end = text.rstrip("\"'”’)] ")[-1:]
    if text in title or end == "?":  # a title of two sentences is read as two
        return False
    if asked.decides and end in ".!…":
        return True
    return any(stem(word) not in asked.stems for word in tokens(text) if word not in STOP)


def _limited(logit: float) -> float:
    return max(-LIMIT, min(LIMIT, logit))


def _inside(hit: Hit) -> tuple[Span, ...]:
    """The hit's sentences as spans of its own text."""
    return tuple(Span(s.start - hit.start, s.end - hit.start) for s in hit.sentences)


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))
