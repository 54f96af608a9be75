"""Which of the scored sentences an answer uses, and in what order.

A direct question gets the best sentence and those close to it. Other kinds get more, up to a few
per kind: no two that say the same, each side of a comparison, in the order that the kind wants.
Knows nothing of how sentences are scored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.documents.byline import is_byline
from rag.evidence.disagree import disagreement
from rag.evidence.features import Weight
from rag.evidence.leaning import led_by
from rag.evidence.sides import names
from rag.query import Intent, Query
from rag.query.periods import asked_in, falls_in, happened, moment
from rag.query.query import Moment
from rag.query.topic import as_reason
from rag.schema import Evidence, Hit
from rag.values.figures import figures
from rag.words import terms, tokens

_SAME = 0.75  # share of the shorter sentence's words that makes two say the same
_PER_SIDE = 3
_BEST = 3  # sentences that are told though they lean on what is not told
_PER_ARTICLE = 3  # of a topic, so that other articles are heard
_UNLIKELY = 0.1  # chance of answering below which a sentence is no item of a list
_DENIES = frozenset("not no never nor none neither without cannot".split())
_FEW, _CAPITALS = 5, 0.8  # words; share of them with a capital that makes a heading
_ABOUT = 0.5  # share of the topic, by weight, that a sentence with its title must hold
_ENDS = re.compile(r"[.!?…:;][\"'”’)\]]*$")


_ITEM = re.compile(r"^\s*(?:[•‣◦*·–-]|\d{1,3}[.)])\s|\w: [^|]+ \| ")  # of a list, or a table's row
_REPLIES = re.compile(r"^(?:(?:re|fwd?|aw|wg|sv|vs) ?: ?)+", re.I)
_AFTER_DATE = re.compile(r"\s*[:–—]\s+|\s+-\s+")


@dataclass(frozen=True, slots=True)
class _Breadth:
    """How many sentences a kind takes, and how far below the best one they may be, in logits."""

    most: int
    reach: float


_BREADTH = {
    Intent.SEVERAL: _Breadth(5, 1.1),
    Intent.LIST: _Breadth(8, 2.6),
    Intent.COMPARISON: _Breadth(7, 4.0),
    Intent.COURSE: _Breadth(8, 3.5),
    Intent.LATEST: _Breadth(4, 3.5),
    Intent.TOPIC: _Breadth(8, 4.0),
}
_OF_TOPIC = (Intent.COURSE, Intent.LATEST, Intent.TOPIC)
_OF_ITEMS = (Intent.SEVERAL, Intent.LIST)
Rated = tuple[float, Evidence]


def choose(
    query: Query,
    rated: Sequence[Rated],
    *,
    most: int,
    close: float,
    weight: Weight,
) -> list[Evidence]:
    """The sentences to answer from, in the order of the answer.

    Args:
        query: The question as it is understood.
        rated: Logits and sentences, best first.
        most: Sentences of a direct answer.
        close: How far below the best sentence of a direct answer another may be, in logits.
        weight: Inverse document frequency of a stem.
    """
    if not rated:
        return []
    if query.intent in _BREADTH:
        return _wide(query, rated, weight)
    best = rated[0][0]
    direct: list[Evidence] = []
    for logit, one in rated:
        twin = next((e for e in direct if e.quote == one.quote), None)
        if twin is None and len({e.quote for e in direct}) == most:
            break
        if (best - logit <= close or twin is not None) and (not direct or _whole(one)):
            direct.append(one)
    further = [e for logit, e in rated[: 3 * most] if best - logit <= 2 * close]
    if of_one_thread(thread := list(dict.fromkeys([*direct, *further]))):
        return _newest(thread)
    return _with_dissent(query.standalone, direct, further, rated)


def time_asked(query: Query) -> Moment | None:
    """The day, month or year that an open question asks of, and of no other.

    What happened for a reason may have it before, so that none is asked of there.
    """
    told = query.intent in (Intent.OPEN, Intent.REWORK) and not as_reason(query.standalone)
    return asked_in(query.standalone) if told else None


def grouped(used: Iterable[Evidence], *, weight: Weight) -> list[tuple[Evidence, ...]]:
    """The sentences for each claim: those of other articles that prove the same stand together.

    The first of a group is the one to be said; each of the others proves it alone.

    >>> said = [Evidence(f"{n}.md", "", None, 0, 9, "Rollo led 20 ships.", 0.9) for n in "ab"]
    >>> [len(group) for group in grouped(said, weight=lambda stem: 1.0)]
    [2]
    """
    groups: list[tuple[Evidence, ...]] = []
    for one in used:
        for place, group in enumerate(groups):
            if any(one.document == other.document for other in group):
                continue
            if _proves(one, group[0], weight):
                groups[place] = (*group, one)
                break
            if len(group) == 1 and _proves(group[0], one, weight):
                groups[place] = (one, *group)
                break
        else:
            groups.append((one,))
    return groups


def same(one: str, other: str) -> bool:
    """Whether two sentences say the same: most words of the shorter, and no figure differs.

    >>> same("On 3 May Rollo left Rouen by ship.", "Rollo left Rouen by ship on 3 May, he said.")
    True
    >>> same("Rollo left Rouen with 20 ships.", "Rollo left Rouen with 30 ships.")
    False
    """
    mine, theirs = content(one), content(other)
    shared, least = len(mine & theirs), min(len(mine), len(theirs))
    if not least or shared < _SAME * least:
        return False
    a, b = ({f.value for f in figures(text)} for text in (one, other))
    return a <= b or b <= a


def _proves(source: Evidence, said: Evidence, weight: Weight) -> bool:
    if source.quote == said.quote:
        return True
    if _denials(said.quote) != _denials(source.quote):
        return False
    return content(said.quote) <= content(source.quote) and same(said.quote, source.quote)


def _denials(text: str) -> int:
    return sum(word in _DENIES or word.endswith("n't") for word in tokens(text))


def _whole(evidence: Evidence) -> bool:
    """Whether it is a sentence, an item of a list or a row of a table; a heading is none."""
    return bool(_ENDS.search(evidence.quote)) or is_item(evidence.quote)


def _dated(evidence: Evidence) -> bool:
    """Whether it is a date and what happened then, as in a list of events.

    >>> _dated(Evidence("a.md", "", None, 0, 9, "9 April 1931: the mill burns down", 0.9))
    True
    """
    parts = _AFTER_DATE.split(evidence.quote, maxsplit=1)
    return len(parts) > 1 and moment(parts[0]) is not None


def _newest(thread: Sequence[Evidence]) -> list[Evidence]:
    """The best that the newest mail of a thread says; what earlier ones say has been overtaken."""
    newest = max(map(_day, thread))
    return [one for one in thread if _day(one) == newest][:1]


def of_one_thread(direct: Sequence[Evidence]) -> bool:
    """Whether sentences are of several dated texts under one title, as mails of a thread are."""
    subjects = {_REPLIES.sub("", one.title).casefold() for one in direct}
    several = len({one.document for one in direct}) > 1
    several = several and any(_REPLIES.match(one.title) for one in direct)
    return several and len(subjects) == 1 and all(one.date for one in direct)


def _with_dissent(
    question: str, direct: list[Evidence], further: Sequence[Evidence], read: Sequence[Rated]
) -> list[Evidence]:
    """The direct answer; where another article contradicts it, both, the newest first."""
    beside = [(one.document, one.quote) for _, one in read]
    against = [e for e in disagreement(question, further, beside) if e in further]
    if not any(e in direct for e in against):
        return direct
    return [*against, *(e for e in direct if e not in against)]


def _wide(query: Query, rated: Sequence[Rated], weight: Weight) -> list[Evidence]:
    breadth = _BREADTH[query.intent]
    if when := query.when:
        rated = [one for one in rated if falls_in(one[1].quote, when)] or rated[:1]
    best = rated[0][0]
    fit = [
        (logit, e)
        for logit, e in rated
        if best - logit <= breadth.reach and _is_about(query, e, weight)
        if _ENDS.search(e.quote)
        or (query.intent in _OF_ITEMS and _whole(e))
        or (query.when and _dated(e))
        if query.intent not in _OF_ITEMS or e.score >= _UNLIKELY
    ] or list(rated[:1])
    if query.intent is Intent.COMPARISON:
        telling = (e for _, e in fit if len(content(e.quote)) > 1)  # "A pity." compares nothing
        picked = list(_of_sides(query, fit, weight)) or [next(telling, fit[0][1])]
    else:
        per_article = _PER_ARTICLE if query.intent is Intent.TOPIC else breadth.most
        picked = _diverse([e for _, e in fit], breadth.most, per_article, weight)
    return ordered(query, picked)


def _is_about(query: Query, evidence: Evidence, weight: Weight) -> bool:
    """Whether a sentence names something of the topic, and with its title most of it."""
    wanted = content(query.topic)
    if not wanted or query.when or query.intent not in _OF_TOPIC:
        return True
    own = content(evidence.quote)
    held = share(query.topic, own | content(evidence.title), weight)
    return held >= _ABOUT and not wanted.isdisjoint(own)


def share(words: str, have: set[str], weight: Weight) -> float:
    """The share of the words' weight that some stems hold, 0..1; 1 of nothing."""
    weights = {word: max(weight(word), 0.1) for word in content(words)}
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if word in have) / total if total else 1.0


def _diverse(
    candidates: Iterable[Evidence], most: int, per_article: int, weight: Weight
) -> list[Evidence]:
    """The first ones that say something new, and those of other articles that prove one of them."""
    picked: list[Evidence] = []
    fresh = 0
    for one in candidates:
        twin = next((other for other in picked if same(one.quote, other.quote)), None)
        if twin is not None:
            if len(grouped([twin, one], weight=weight)) == 1 and one.document != twin.document:
                picked.append(one)
        elif fresh < most and sum(e.document == one.document for e in picked) < per_article:
            picked.append(one)
            fresh += 1
    return picked


def _of_sides(query: Query, fit: Sequence[Rated], weight: Weight) -> Iterator[Evidence]:
    """Sentences that name both sides, then some that name one of them, in turn of the sides."""
    naming = [(e, [names(e.quote, side) for side in query.sides]) for _, e in fit]
    both = _diverse([e for e, has in naming if all(has)], _PER_SIDE, _PER_SIDE, weight)
    yield from both
    each = max(1, _PER_SIDE - len(both))
    for side in range(len(query.sides)):
        alone = [e for e, has in naming if has[side] and not all(has)]
        taken = _diverse([*both, *alone], len(both) + each, _PER_ARTICLE + len(both), weight)
        yield from (e for e in taken if e not in both)


def ordered(query: Query, picked: list[Evidence]) -> list[Evidence]:
    """Sentences in the order that the intent wants."""
    if query.intent in (Intent.COMPARISON, Intent.OPEN):
        return picked  # by sides; by passages, the best one first
    if query.intent is Intent.COURSE:
        return sorted(picked, key=lambda e: (happened(e.quote, e.date), e.document, e.start))
    if query.intent in (Intent.LATEST, Intent.TOPIC) and all(e.date for e in picked):
        return sorted(picked, key=lambda e: (-_day(e), e.document, e.start))
    articles = list(dict.fromkeys(e.document for e in picked))  # the best article first
    return sorted(picked, key=lambda e: (articles.index(e.document), e.start))


def _day(evidence: Evidence) -> int:
    return evidence.date.toordinal() if evidence.date else 0


def content(text: str) -> set[str]:
    """The stems of a text's words, common ones left out."""
    return set(terms(text))


def filled(
    ranked: Iterable[Evidence], words: int, around: Sequence[Evidence] = ()
) -> tuple[Evidence, ...]:
    """The first sentences that fit in so many words, in the order that they were ranked in.

    One that is too long is passed over, and the next such ends it: what is short enough for the
    rest of the room stands far down the ranks.

    Args:
        ranked: Best first.
        words: How many words there is room for; the first sentence is taken all the same.
        around: A sentence that leans on one of these is taken only after that, unless it is among
            the best few.
    """
    taken: list[Evidence] = []
    too_long = False
    for place, one in enumerate(ranked):
        length = len(one.quote.split())
        before = led_by(one, around) if place >= _BEST else None
        if before is not None and before not in taken:
            continue
        if length <= words or not taken:
            taken.append(one)
            words -= length
        elif too_long:
            break
        else:
            too_long = True
    return tuple(taken)


def quotable(hits: Iterable[Hit]) -> Iterator[Evidence]:
    """The whole sentences of some passages."""
    found = ((hit.evidence(span), hit.above) for hit in hits for span in hit.sentences)
    return (one for one, above in found if worth_quoting(one.quote) and one.quote not in above)


def worth_quoting(text: str) -> bool:
    """Whether a text says something: a whole sentence, no question, no heading or caption.

    >>> worth_quoting("Rollo led them."), worth_quoting("Who led them?"), worth_quoting("Costs")
    (True, False, False)
    >>> worth_quoting("Rollo Amid Rising Tensions Of Rouen.")
    False
    """
    whole = _ENDS.search(text) and not text.rstrip("\"'”’)] ").endswith(("?", ":"))
    return bool(whole) and not is_caption(text) and not is_byline(text)


def is_item(text: str) -> bool:
    """Whether a text is an item of a list or a row of a table."""
    return bool(_ITEM.search(text))


def is_caption(text: str) -> bool:
    """Whether nearly every word of a text has a capital, as in a heading or under a picture."""
    words = text.split()
    return len(words) >= _FEW and sum(w[:1].isupper() for w in words) >= _CAPITALS * len(words)
