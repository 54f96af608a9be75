"""From a question to its finding: what is searched for, in which articles, how much is read.

A direct question is one search. A comparison searches each side, a summary takes one article
whole, what happened on a date is searched by that date too, a question with days in it looks there
first. Knows nothing of how claims are made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from rag.answering.evidence import KEEP, READ, Finding, Weights, find
from rag.answering.features import Weight
from rag.answering.kinds import DIRECT, Asking, Kind, as_question, asking
from rag.answering.periods import falls_in, period
from rag.answering.select import central, content, same, share
from rag.models.reader import Reader
from rag.question import Sought
from rag.retrieval import Filters, Found
from rag.schema import Evidence, Hit, Period, Searched

WIDE = 8  # passages read for a question that wants several sentences
_WHOLE = 60  # passages of an article that a summary looks at
_CLAIMS_OF_SUMMARY = 5
_TOLD = 1.0  # logits above the line for an answer about a topic that one passage holds whole
_SUMMED = 2.6  # the same for a summary, which is of that article whatever it says
_DEMANDING = 6  # how fast that falls with what they lack
_SPOKEN_OF = (Kind.TOPIC, Kind.LATEST, Kind.COMPARISON)


Parts = Sequence[tuple[str, float]]  # what to search for instead, each with what it counts


class Search(Protocol):
    """Passages for a query, best first."""

    def __call__(self, query: str, *, limit: int, filters: Filters, parts: Parts = ()) -> Found: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What is looked at and how.

    Attributes:
        search: Finds passages.
        reader: Reads them with the question.
        weight: Inverse document frequency of a stem.
        weights: The fitted weights.
        line: The refusal line of the folder, before a person makes it stricter or more lenient.
        dated: The dates of the articles.
    """

    search: Search
    reader: Reader
    weight: Weight
    weights: Weights
    line: float
    dated: Callable[[], Sequence[date]] = tuple


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking.

    Attributes:
        finding: Sentences and confidence.
        found: How much matched.
        kind: How the question was read.
        period: The days that the question was read to mean, where they were kept to.
    """

    finding: Finding
    found: Found
    kind: Kind = Kind.DIRECT
    period: Period | None = None

    def searched(self, documents: int, passages: int) -> Searched:
        """How much was looked at, of so much that the filters let through."""
        used = self.finding.used
        of = sum(
            any(h.document == e.document and h.start <= e.start < h.end for e in used)
            for h in self.found.hits
        )
        found = self.found
        return Searched(documents, passages, found.matching, found.documents, found.more, of)


def look(
    question: str,
    sought: Sought,
    sources: Sources,
    *,
    filters: Filters,
    refuse: float,
    today: date | None = None,
) -> Look:
    """Look for what answers.

    Args:
        question: As the person asked it; tells the kind.
        sought: What is searched for and read with the passages.
        sources: What is looked at and how.
        filters: Which documents may be searched.
        refuse: The confidence below which nothing answers.
        today: The day that `last month` counts from; without it no dates are read.
    """
    asked = asking(question, sought.earlier)
    if today is not None and filters.after is None and filters.before is None:
        timed = question if period(question, today) is not None else sought.earlier
        dated = tuple(sources.dated()) if period(timed, today) is not None else ()
        days = period(timed, today, dated=dated) if dated else None
        if days is not None and _any_within(days, dated):
            within = replace(filters, after=days.start, before=days.end)
            there = _look(asked, sought, sources, within)
            if there.finding.used and there.finding.confidence >= refuse:
                return replace(there, period=days)
    return _look(asked, sought, sources, filters)


def _any_within(days: Period, dated: Sequence[date]) -> bool:
    return any(
        (days.start is None or day >= days.start) and (days.end is None or day <= days.end)
        for day in dated
    )


def _look(asked: Asking, sought: Sought, sources: Sources, filters: Filters) -> Look:
    query = as_question(sought.query)
    if asked.kind is Kind.SUMMARY:
        summary = _summary(asked, sought, sources, filters)
        if summary is not None:
            return summary
        asked = DIRECT
    found = sources.search(query, parts=sought.parts, limit=2 * READ, filters=filters)
    read = READ
    if asked.kind is not Kind.DIRECT:
        found = replace(found, hits=_gathered(asked, found, sources, filters))
        read = WIDE
    finding = find(
        query,
        found.hits,
        sources.reader,
        weight=sources.weight,
        weights=sources.weights,
        asked=asked,
        read=read,
        said=sought.said,
    )
    if asked.kind in _SPOKEN_OF or asked.when:
        if when := asked.when:
            held = float(any(falls_in(one.quote, when) for one in finding.used))
        else:
            held = _spoken_of(asked, found.hits[:read], sources.weight)
            if sought.said and not any(_names(asked, one) for one in finding.used):
                held = 0.0  # all of it was said before
        told = _above(sources.line, _TOLD) * held**_DEMANDING
        finding = replace(finding, confidence=max(finding.confidence, told))
    return Look(finding, found, asked.kind)


def _gathered(asked: Asking, found: Found, sources: Sources, filters: Filters) -> tuple[Hit, ...]:
    """The hits for the whole question and for each side of it or its date, in turns."""
    lists = [list(found.hits)]
    for side in ("",) if asked.when else asked.sides:
        words = f"{side} {asked.topic}".strip()
        lists.append(list(sources.search(words, limit=READ, filters=filters).hits))
    gathered: dict[tuple[str, int], Hit] = {}
    for place in range(max(map(len, lists))):
        for hits in lists:
            if place < len(hits):
                gathered.setdefault((hits[place].document, hits[place].start), hits[place])
    return tuple(gathered.values())


def _spoken_of(asked: Asking, hits: Sequence[Hit], weight: Weight) -> float:
    """How much of the topic a passage holds with its title; of a comparison, of its lesser side."""
    texts = [content(f"{hit.title} {hit.text}") for hit in hits]
    topics = asked.sides or (asked.topic,)
    if not texts or not all(map(content, topics)):
        return 0.0
    return min(max(share(topic, text, weight) for text in texts) for topic in topics)


def _names(asked: Asking, one: Evidence) -> bool:
    """Whether a sentence names something of the topic or of a side."""
    wanted = content(" ".join(asked.sides) or asked.topic)
    return not wanted or not wanted.isdisjoint(content(one.quote))


def _summary(asked: Asking, sought: Sought, sources: Sources, filters: Filters) -> Look | None:
    """The one article that is meant, by its leading and most central sentences.

    "Summarise this article." after an answer means the article that the answer is from.
    """
    only, query = filters.documents, asked.topic or sought.told or sought.query
    found = sources.search(query, limit=2 * READ, filters=filters)
    one = only is not None and len(only) == 1
    if not found.hits or not (asked.topic or sought.told or one):
        return None
    totals: dict[str, float] = {}
    for hit in found.hits:
        named = share(asked.topic, content(hit.title), sources.weight) if asked.topic else 0.0
        totals[hit.document] = max(totals.get(hit.document, 0.0), hit.score + 2 * named)
    article = max(totals, key=lambda id_: totals[id_])
    within = replace(filters, documents=(article,))
    whole = sources.search(query, limit=_WHOLE, filters=within)
    hits = sorted(whole.hits, key=lambda hit: hit.start)
    text = content(f"{hits[0].title} {' '.join(hit.text for hit in hits)}") if hits else set()
    held = share(asked.topic, text, sources.weight)
    confidence = held**_DEMANDING * _above(sources.line, _SUMMED)
    sentences = [
        e
        for hit in hits
        for e in _sentences(hit, confidence)
        if not any(same(e.quote, claim) for claim in sought.said)
    ]
    picked = central(sentences, asked.topic, most=_CLAIMS_OF_SUMMARY, weight=sources.weight)
    used = tuple(replace(e, used=True) for e in picked)
    others = tuple(e for e in sentences if e not in picked)[: max(0, KEEP - len(used))]
    finding = Finding((*used, *others), confidence)
    return Look(finding, replace(whole, hits=tuple(hits)), Kind.SUMMARY)


def _above(line: float, by: float) -> float:
    """A confidence so many logits above a line.

    >>> round(_above(0.23, 1.0), 2), round(_above(0.5, 1.0), 2)
    (0.45, 0.73)
    """
    logit = math.log(max(line, 1e-6) / max(1 - line, 1e-6))
    return 1 / (1 + math.exp(-logit - by))


def _sentences(hit: Hit, score: float) -> list[Evidence]:
    found = [hit.evidence(span, score=score) for span in hit.sentences]
    return [one for one in found if one.quote != hit.title]
