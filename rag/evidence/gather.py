"""From a query to its evidence set: what is searched for, in which articles, what is chosen.

A direct question is one search. A comparison searches each side, an open question is searched by
what it is about, what happened on a date by that date too, and a question with days in it looks
there first. Whole articles are in `article`. Knows nothing of how claims are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import accumulate

from rag.evidence.article import whole_article
from rag.evidence.scoring import READ, SHOWN, find
from rag.evidence.selection import content
from rag.evidence.sources import EvidenceSet, Sources
from rag.odds import log_odds, probability
from rag.query import Intent, Query, as_definition, as_question, as_reason
from rag.query.periods import falls_in
from rag.retrieval import Filters, SearchResult
from rag.schema import Evidence, Hit, Period

WIDE = 8  # passages read for a question that wants several sentences
_DATED = 1.0  # logits above the line for sentences that name the date asked for

_MANY = (Intent.SEVERAL, Intent.LIST, Intent.LATEST)  # wants what many passages say
_SAYS_NOTHING = content("explain simply go happen next matter important mean")
_OF_SOMETHING = (Intent.OPEN, Intent.TOPIC, Intent.COURSE, Intent.LATEST)


def gather(query: Query, sources: Sources, *, filters: Filters, refuse: float) -> EvidenceSet:
    """Look for what answers; `refuse` is the confidence below which nothing does."""
    days = query.period
    if days is not None and filters.after is None and filters.before is None:
        within = replace(filters, after=days.start, before=days.end)
        if _any_within(days, sources.dated()):
            there = _gather(query, sources, within, refuse)
            if there.used and there.confidence >= refuse:
                return replace(there, period=days)
    return _gather(query, sources, filters, refuse)


def _any_within(days: Period, dated: Sequence[date]) -> bool:
    return any(
        (days.start is None or day >= days.start) and (days.end is None or day <= days.end)
        for day in dated
    )


def _gather(query: Query, sources: Sources, filters: Filters, refuse: float) -> EvidenceSet:
    """What answers; of a question that names nothing, whole articles where no sentences do."""
    if query.intent is Intent.WHOLE or _of_nothing(query):
        read = None
        if query.intent is Intent.OPEN:
            read = _read(query, sources, filters)
            if read.confidence >= refuse and _speaks_of(query, read.used, sources):
                return read
        whole = whole_article(query, sources, filters)
        if whole is not None:
            return whole
        if read is not None:
            return read
        query = replace(query, intent=Intent.OPEN)
    return _read(query, sources, filters)


def _speaks_of(query: Query, used: Sequence[Evidence], sources: Sources) -> bool:
    """Whether sentences speak of what a question asks of that names nothing: "critics" say.

    In an only article what is nearest to it is meant, among several what has a word of it.
    """
    wanted = content(query.standalone) - _SAYS_NOTHING
    if len(sources.documents()) == 1:
        return bool(wanted)
    return any(not wanted.isdisjoint(content(one.quote)) for one in used)


def _read(query: Query, sources: Sources, filters: Filters) -> EvidenceSet:
    asked, found, read = looked_for(query, sources, filters)
    finding = find(
        asked,
        found.hits,
        sources.reads(query),
        weight=sources.weight,
        weights=sources.weights,
        query=query,
        read=read,
        said=query.said,
        judge=sources.judge,
    )
    confidence = finding.confidence
    if query.when:
        inside = any(falls_in(one.quote, query.when) for one in finding.used)
        confidence = above(sources.line, _DATED) if inside else 0.0
    elif query.said and not any(_names(query, one) for one in finding.used):
        confidence = 0.0  # all of it was said before
    return EvidenceSet(finding.evidence, confidence, found, finding.offered, worth=finding.worth)


def looked_for(query: Query, sources: Sources, filters: Filters) -> tuple[str, SearchResult, int]:
    """What is asked of the passages, those found, best first, and how many of them are read."""
    asked = as_question(query.standalone)  # the reader has learned from questions, not from orders
    if query.intent is Intent.OPEN:
        asked = as_definition(asked)
    found = sources.search(asked, parts=query.parts, limit=2 * READ, filters=filters)
    read = READ
    if reason := as_reason(asked):
        told = sources.search(reason, limit=2 * READ, filters=filters)
        found = replace(found, hits=_in_turns(found.hits, told.hits))
    if query.when or query.sides or query.intent in _MANY:
        found = replace(found, hits=_all_sides(query, found, sources, filters))
        read = WIDE
    elif query.intent is Intent.OPEN:
        read = _read_of(found.hits)
    return asked, found, read


def _read_of(hits: Sequence[Hit]) -> int:
    """How many passages are read for an open question: more where headings make them short."""
    words = accumulate(len(hit.text.split()) for hit in hits)
    return max(READ, sum(told <= SHOWN for told in words))


def _of_nothing(query: Query) -> bool:
    """Whether a question names nothing that it is about: "What happened?" alone."""
    leans = query.parts or query.when or query.sides or content(query.topic)
    return query.intent in _OF_SOMETHING and not leans


def _all_sides(
    query: Query, found: SearchResult, sources: Sources, filters: Filters
) -> tuple[Hit, ...]:
    """The hits for the whole question and for each side of it or its date, in turns."""
    lists = [list(found.hits)]
    for side in ("",) if query.when else query.sides:
        words = f"{side} {query.topic}".strip()
        lists.append(list(sources.search(words, limit=READ, filters=filters).hits))
    return _in_turns(*lists)


def _in_turns(*lists: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits of several searches, the best of each first, none twice."""
    gathered: dict[tuple[str, int], Hit] = {}
    for place in range(max(map(len, lists), default=0)):
        for hits in lists:
            if place < len(hits):
                gathered.setdefault((hits[place].document, hits[place].start), hits[place])
    return tuple(gathered.values())


def _names(query: Query, one: Evidence) -> bool:
    """Whether a sentence names something of the topic or of a side."""
    wanted = content(" ".join(query.sides) or query.topic)
    return not wanted or not wanted.isdisjoint(content(one.quote))


def above(line: float, by: float) -> float:
    """A confidence so many logits above a line.

    >>> round(above(0.23, 1.0), 2), round(above(0.5, 1.0), 2)
    (0.45, 0.73)
    """
    return probability(log_odds(line) + by)
