"""What a sentence is worth in an answer of several: how likely an editor would print it.

A logistic function, fitted by `training/fit_worth.py` on sentences that were chosen by reading for
some hundreds of open questions. It looks at what search and reader hold of the sentence, of those
beside it, of its passage and of its article among those that were read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from rag.evidence.features import NAMES
from rag.schema import Evidence
from rag.words import terms

WORTH = (
    "reader",
    "reader_below_best",
    "reader_before",
    "reader_after",
    "passage",
    "fused",
    "fused_below_best",
    "passage_rank",
    "article_share",
    "article_is_best",
    "opens_article",
    "log_start",
    "words",
)
LEAST = 0.25  # worth below which a sentence is not told
BESIDES = 0.3  # worth below which one is not told beside what a model wrote
DRAFTED = 4.0  # logits that a sentence gains of which a model's draft tells all
_SHARED = 3  # words that each of them has in common with it at least
_MOST_OF = 0.5  # share of a drafted sentence's words that its sources have
_NEW = 2  # words of it that each tells and those before do not
_PARTS = 3  # sentences that a drafted one is made of at most
_READER, _PASSAGE, _FUSED = (NAMES.index(f) for f in ("reader_logit", "reader_passage", "fused"))
_NOTHING = -12.0  # logit of the reader where no sentence stands
BESIDE = 3  # characters between two sentences of one paragraph
_OPENING = 400  # characters of an article that open it

Place = tuple[str, int]
Scored = tuple[Evidence, Sequence[float]]


def worth(
    scored: Sequence[Scored], fitted: Callable[[Sequence[float]], float]
) -> Mapping[Place, float]:
    """How likely each sentence belongs into the answer, 0..1, by its document and start.

    Args:
        scored: Sentences with the values of `features`, passage by passage, best first.
        fitted: The logistic function of the values of `WORTH`.
    """
    found = zip(scored, measured_worth(scored), strict=True)
    return {(one.document, one.start): fitted(values) for (one, _), values in found}


def told_of(quote: str, draft: str, question: str) -> float:
    """How much of a sentence a draft tells, 0..1; the question's own words tell nothing.

    >>> told_of("Rollo left Rouen.", "He left.", "What did Rollo do?")
    0.5
    """
    asked = set(terms(question))
    own = set(terms(quote)) - asked
    return len(own & set(terms(draft))) / len(own) if own else 0.0


def sources_of(said: str, evidence: Sequence[Evidence], question: str) -> list[Evidence]:
    """The sentences of one article that a drafted one was made of; none where most is its own.

    Each tells some words of it that those before do not; the question's own words tell nothing.
    """
    own, left = set(terms(said)), set(terms(said)) - set(terms(question))
    least, found = (1 - _MOST_OF) * len(left), list[Evidence]()
    held = [(e, words) for e in evidence if len(own & (words := set(terms(e.quote)))) >= _SHARED]
    while held and len(found) < _PARTS:
        best, words = max(held, key=lambda both: len(left & both[1]))
        if len(left & words) < _NEW:
            break
        found.append(best)
        left -= words
        held = [both for both in held if both[0].document == best.document]
    return found if len(left) <= least else []


def measured_worth(scored: Sequence[Scored]) -> list[list[float]]:
    """The values of `WORTH` for each sentence."""
    if not scored:
        return []
    passages = list(dict.fromkeys(_passage(one) for one in scored))
    articles: dict[str, float] = {}
    for document, fused, _ in passages:
        articles[document] = articles.get(document, 0.0) + fused
    most = max(articles.values()) or 1.0
    best, near = (max(values[at] for _, values in scored) for at in (_READER, _FUSED))
    return [
        [
            values[_READER],
            values[_READER] - best,
            _beside(scored, place, -1),
            _beside(scored, place, +1),
            values[_PASSAGE],
            values[_FUSED],
            values[_FUSED] - near,
            passages.index(_passage((one, values))),
            articles[one.document] / most,
            float(articles[one.document] == most),
            float(one.start < _OPENING),
            math.log1p(one.start),
            len(one.quote.split()),
        ]
        for place, (one, values) in enumerate(scored)
    ]


def _passage(scored: Scored) -> tuple[str, float, float]:
    """What the sentences of one passage have alike."""
    one, values = scored
    return one.document, values[_FUSED], values[_PASSAGE]


def _beside(scored: Sequence[Scored], place: int, step: int) -> float:
    """The reader's logit of the sentence before or behind one."""
    if not 0 <= place + step < len(scored):
        return _NOTHING
    (one, _), (other, values) = scored[place], scored[place + step]
    gap = max(one.start, other.start) - min(one.end, other.end)
    return values[_READER] if one.document == other.document and gap <= BESIDE else _NOTHING
