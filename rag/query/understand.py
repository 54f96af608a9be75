"""A question and the turns before it, understood once: the only way into the room."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from rag.languages import ENGLISH
from rag.query.intents import directly, intent_of
from rag.query.language import language_asked
from rag.query.length import Length, length_wanted
from rag.query.periods import moment, period
from rag.query.query import Aspect, Intent, Query
from rag.query.rewriting import (
    Complete,
    History,
    Rewritten,
    last_turns,
    not_completed,
    rewrite,
    spoken_of,
)
from rag.query.topic import names_no_more_than_a_day, sides_of, topic_of
from rag.words import stem, terms, tokens

_OF_FACTS = (Intent.DIRECT, Intent.SEVERAL)
_ARTICLE = stem("article")
_OF_ARTICLES = (Intent.LIBRARY, Intent.WHOLE)
_ASKS = r"(?:who|whom|whose|what|which|when|where|why|how)"
_DOES = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_HALVES = re.compile(  # both whole: "Who built it and when did it open?"
    rf"(?:,?\s+and\s+|\s*[?;]\s*(?:and\s+)?)(?={_ASKS}\b(?:\s+\w+){{0,3}}?\s+{_DOES}\b|who\s+\w+ed\b)",
    re.I,
)
_WHOLE = re.compile(rf"^\W*(?:{_ASKS}|{_DOES})\b", re.I)
_MOST_HALVES = 3
_FEW_WORDS = 3  # of a half, at least
_OF_THE_FIRST = 0.7  # of the first question in the search for one that names nothing


def understand(
    question: str,
    history: Sequence[tuple[str, str]] = (),
    *,
    today: date | None = None,
    dates: Callable[[], Sequence[date]] = tuple,
    complete: Complete = not_completed,
) -> Query:
    """Understand a question.

    Args:
        question: As it was asked.
        history: Earlier turns, oldest first, as (role, text); roles are `user` and `assistant`;
            what a `system` says is passed over.
        today: The day that "last month" counts from; without it no dates are read.
        dates: The dates of the articles: a month without a year is the last one that any is from.
        complete: Makes a question whole that leans on earlier turns, where no rule does.

    >>> understand("When did the bridge open?").intent.value
    'direct'
    >>> understand("Compare the A100 with the A800 in memory.").sides
    ('A100', 'A800')
    >>> understand("Summarise the article on the Lund bridge.").topic
    'Lund bridge'
    >>> understand("What happened in May 1932?").when
    (1932, 5, 0)
    """
    plain, length = _measured(ordinary(question))
    if length.sentences and not plain:
        query = _rework(question, question, Aspect.NONE, history)
    else:
        query = _understood(question, plain, history, today, dates, complete)
    listed = length.listed and query.aspect is Aspect.NONE
    aspect = Aspect.BULLETS if listed else query.aspect
    return replace(query, aspect=aspect, sentences=length.sentences)


def ordinary(question: str) -> str:
    """A question in capitals as it is written otherwise; any other on one line.

    >>> ordinary("WHAT DID NVIDIA SAY?"), ordinary("What is the NATO?")
    ('What did nvidia say?', 'What is the NATO?')
    """
    text = " ".join(question.split())
    words = [word for word in text.split() if word.isalpha()]
    return text.capitalize() if len(words) > 1 and text.isupper() else text


def halves(question: str, history: History = ()) -> tuple[str, ...]:
    """The questions that one is made of, each standing alone; none where it is one.

    >>> halves("Who built the Korvina and when did it open?")
    ('Who built the Korvina?', 'When did the Korvina open?')
    >>> halves("Who designed and built the bridge?")
    ()
    >>> halves("What is the Korvina and why does it matter?")  # only its topic could be looked for
    ()
    """
    pieces = [piece.strip(" ?,;") for piece in _HALVES.split(question)]
    if not 1 < len(pieces) <= _MOST_HALVES:
        return ()
    if not all(_WHOLE.search(p) and len(p.split()) >= _FEW_WORDS for p in pieces):
        return ()
    found: list[str] = []
    for piece in pieces:
        one = f"{piece[:1].upper()}{piece[1:]}?"
        whole = rewrite(one, [("user", found[0])] if found else history).standalone
        found.append(one if found and whole == f"{found[0]} {one}" else whole)
    return () if any(_asks_on(one, found[0]) for one in found[1:]) else tuple(found)


def parts_of(query: Query) -> list[Query]:
    """The queries that one is made of; itself where it is one.

    One that names nothing is of what the first one asks: "… and what do critics think?"

    >>> [one.intent.value for one in parts_of(understand("Who built it and when did it open?"))]
    ['direct', 'direct']
    """
    parts = [understand(one) for one in query.asked]
    for place, one in enumerate(parts[1:], 1):
        if one.intent is Intent.OPEN and not terms(one.topic):
            asked = (one.standalone, 1.0), (parts[0].standalone, _OF_THE_FIRST)
            parts[place] = replace(one, parts=asked)
    return parts or [query]


def _asks_on(half: str, first: str) -> bool:
    """Whether an open question is about nothing but what the first one is about."""
    own, whole = set(terms(topic_of(half))), set(terms(topic_of(first)))
    return bool(own) and own <= whole and intent_of(half)[0] is Intent.OPEN


def _intent_of(question: str) -> tuple[Intent, Aspect]:
    """What a question wants; one that names an article is looked at without its topic too.

    The names of a topic make it look like one that articles answer.

    >>> _intent_of("Who wrote the article on the lake of Fennhausen?")[0].value
    'library'
    """
    intent, aspect = intent_of(question)
    topic = topic_of(question) if intent in (*_OF_FACTS, Intent.LIBRARY) else ""
    rest = question.replace(topic, "it") if topic else ""
    return intent_of(question, rest) if _ARTICLE in terms(rest) else (intent, aspect)


def _measured(plain: str) -> tuple[str, Length]:
    """A question without how long its answer is wanted; one for a short answer as it is."""
    bare, length = length_wanted(plain)
    if not length.sentences or (bare and intent_of(bare)[0] in (*_OF_FACTS, Intent.LIST)):
        return plain, Length()
    return bare, length


def _understood(
    question: str,
    plain: str,
    history: History,
    today: date | None,
    dates: Callable[[], Sequence[date]],
    complete: Complete,
) -> Query:
    """The query of a question, `plain` as it is read."""
    if not tokens(plain):
        return Query(question, plain)
    intent, aspect = _intent_of(plain)
    if intent is Intent.REWORK:
        return _rework(question, plain, aspect, history)
    if intent is Intent.TALK:
        return Query(question, plain, intent, aspect)
    rewritten = rewrite(plain, history, complete)
    if rewritten.asks != plain:
        intent, aspect = _intent_of(rewritten.asks)
        if intent in (Intent.REWORK, Intent.TALK):
            intent, aspect = Intent.DIRECT, Aspect.NONE
    query = _read(question, rewritten, intent, aspect)
    foreign = language_asked(plain) not in ("", ENGLISH)
    sure, before = directly(rewritten.asks), spoken_of(history)
    query = replace(query, sure=sure, foreign=foreign, before=before)
    if intent not in (*_OF_ARTICLES, Intent.COMPARISON):
        query = replace(query, asked=halves(plain, history))
    if today is None:
        return query
    for text in (plain, rewritten.asks, rewritten.standalone):
        if period(text, today) is not None:
            return replace(query, period=period(text, today, dated=tuple(dates())))
    return query


def _read(question: str, rewritten: Rewritten, intent: Intent, aspect: Aspect) -> Query:
    """The query of a question that is about something."""
    asks, when = rewritten.asks, None
    sides, topic = ((), "") if intent in _OF_ARTICLES else sides_of(asks)
    if sides:
        intent, aspect = Intent.COMPARISON, Aspect.NONE
    else:
        intent = Intent.OPEN if intent is Intent.COMPARISON else intent  # of unnamed sides
        topic = "" if intent in _OF_FACTS else topic_of(asks)
    if intent is Intent.COURSE and names_no_more_than_a_day(asks):
        when = moment(topic)
    return Query(
        question,
        rewritten.standalone,
        intent,
        aspect,
        topic,
        sides,
        when,
        parts=rewritten.parts,
        told=rewritten.told,
        own=rewritten.own,
        said=rewritten.said,
    )


def _rework(question: str, plain: str, aspect: Aspect, history: History) -> Query:
    """The last question that was no rework, with the last answer; direct where there is none."""
    for place in range(len(history) - 1, -1, -1):
        role, text = history[place]
        if role == "user" and text.strip():
            bare = _measured(ordinary(text))[0]
            if not bare or intent_of(bare)[0] is Intent.REWORK:
                continue
            before = rewrite(bare, history[:place]).standalone
            return Query(question, before, Intent.REWORK, aspect, told=last_turns(history)[1])
    return Query(question, plain, Intent.WHOLE, aspect)
