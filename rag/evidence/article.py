"""An article as a whole: which one is meant, and its leading and most central sentences.

The one that is named, the one chosen, the one just cited, the only one there is; else the best
match, which is told. Without any of these the leading sentences of the newest articles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.evidence.features import Weight
from rag.evidence.selection import content, filled, same, share, worth_quoting
from rag.evidence.sources import EvidenceSet, Sources
from rag.query import Query
from rag.retrieval import Filters
from rag.schema import Evidence, Hit

WORDS = 130  # of the quotes that stand for an article, which a writer is shown too
_PASSAGES = 60  # of an article that are looked at
_NEWEST = 5  # articles that an overview names
HELD = 0.75  # share of the topic that the article or its title must hold to be meant
_KEEP = 8


def whole_article(query: Query, sources: Sources, filters: Filters) -> EvidenceSet | None:
    """The evidence of the article that is meant; `None` where the topic is not in any."""
    found = sources.search(query.topic or query.told or query.standalone, limit=10, filters=filters)
    if not found.hits:
        return None
    only = filters.documents[0] if filters.documents and len(filters.documents) == 1 else ""
    if not only and len(sources.documents()) == 1:
        only = found.hits[0].document
    if not (only or query.topic or query.told):
        return _overview(sources, filters)
    article = only or _best(query, found.hits, sources.weight)
    within = replace(filters, documents=(article,))
    whole = sources.search(query.standalone, limit=_PASSAGES, filters=within)
    hits = sorted(whole.hits, key=lambda hit: hit.start)
    if not hits:
        return None
    text = content(f"{hits[0].title} {' '.join(hit.text for hit in hits)}")
    held = 1.0 if only else share(query.topic, text, sources.weight)
    if held < HELD:
        return None
    sentences = list(_fresh(hits, query.said))
    ranked = central(sentences, query.topic, weight=sources.weight)
    chosen = sorted(filled(ranked, WORDS, sentences), key=lambda one: one.start)
    used = tuple(replace(one, used=True) for one in chosen)
    others = [one for one in ranked if all(one.start != other.start for other in used)]
    note = "" if only or not query.topic else f"Read as a question about “{hits[0].title}”."
    return EvidenceSet(
        (*used, *others[: max(0, _KEEP - len(used))]),
        held if used else 0.0,
        replace(whole, hits=tuple(hits)),
        used,
        notes=(note,) if note else (),
    )


def central(sentences: Sequence[Evidence], topic: str, *, weight: Weight) -> list[Evidence]:
    """Sentences by worth: the leading one first, then those that say most of what the rest says.

    A sentence's worth is the weight of its words times how often the article has them, by the
    square root of its length (a sum basic of Nenkova and Vanderwende 2005, weighted by rarity).
    One that says what one before it said is left out.
    """
    whole = [one for one in sentences if worth_quoting(one.quote)]
    often: dict[str, int] = {}
    for one in whole:
        for word in content(one.quote):
            often[word] = often.get(word, 0) + 1
    asked = content(topic)

    def worth(one: Evidence) -> float:
        words = content(one.quote)
        told = sum(weight(w) * (often[w] - 1) * (2.0 if w in asked else 1.0) for w in words)
        return told / math.sqrt(len(words) or 1)

    ranked: list[Evidence] = []
    for one in [*whole[:1], *sorted(whole[1:], key=lambda e: (-worth(e), e.start))]:
        if not any(same(one.quote, other.quote) for other in ranked):
            ranked.append(one)
    return ranked


def _best(query: Query, hits: Sequence[Hit], weight: Weight) -> str:
    totals: dict[str, float] = {}
    for hit in hits:
        named = share(query.topic, content(hit.title), weight) if query.topic else 0.0
        totals[hit.document] = max(totals.get(hit.document, 0.0), hit.score + 2 * named)
    return max(totals, key=lambda id_: totals[id_])


def _overview(sources: Sources, filters: Filters) -> EvidenceSet | None:
    """The leading sentence of each of the newest articles."""
    allowed = set(filters.documents) if filters.documents is not None else None
    infos = [info for info in sources.documents() if allowed is None or info.id in allowed]
    infos.sort(key=lambda info: (-(info.date.toordinal() if info.date else 0), info.id))
    used: list[Evidence] = []
    found = None
    for info in infos[:_NEWEST]:
        within = replace(filters, documents=(info.id,))
        found = sources.search(info.title, limit=_PASSAGES, filters=within)
        hits = sorted(found.hits, key=lambda hit: hit.start)
        leading = next((e for e in _fresh(hits, ()) if worth_quoting(e.quote)), None)
        if leading is not None:
            used.append(replace(leading, used=True))
    if not used or found is None:
        return None
    told = f"the newest {len(used)} of {len(infos)}" if len(infos) > len(used) else "all"
    note = f"Read as a question about all articles; these are {told}."
    return EvidenceSet(tuple(used), 1.0, found, tuple(used), notes=(note,))


def _fresh(hits: Sequence[Hit], said: Sequence[str]) -> Iterable[Evidence]:
    """The sentences of an article in order, those said before left out."""
    for hit in hits:
        for span in hit.sentences:
            one = hit.evidence(span, score=0.5)
            if one.quote not in hit.above and not any(same(one.quote, claim) for claim in said):
                yield one
