"""Convex fusion of cosine and BM25.

`score = 0.4 · cosine / best cosine + 0.6 · bm25 / best bm25`, after Bruch, Gai and Ingber 2023,
"An Analysis of Fusion Functions for Hybrid Retrieval" (https://arxiv.org/abs/2210.11934).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.library import Library, Match, Stored
from rag.models import Embedder
from rag.schema import Hit
from rag.words import terms

DENSE_SHARE = 0.4
POOL = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may be searched; `None` means all. Dates are inclusive."""

    documents: tuple[str, ...] | None = None
    after: date | None = None
    before: date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, and how many passages were looked at more closely."""

    hits: tuple[Hit, ...]
    matching: int


def search(
    query: str,
    library: Library,
    embedder: Embedder,
    *,
    limit: int = 10,
    filters: Filters | None = None,
    boilerplate: bool = True,
) -> Found:
    """Find the passages nearest to a query by meaning and by words.

    Args:
        query: A standalone question or some words.
        library: Where to search.
        embedder: The one that the library was built with.
        limit: Most hits to return.
        filters: Which documents may be searched.
        boilerplate: Whether bylines, biographies and the like count as hits.
    """
    filters = filters or Filters()
    matches = library.match(
        embedder.embed([query])[0],
        terms(query),
        limit=max(POOL, 2 * limit),
        documents=filters.documents,
        after=filters.after,
        before=filters.before,
    )
    ranked = fuse(matches)
    ranked = ranked[: 3 * limit]
    passages = library.passages([match.number for match, _ in ranked])
    hits = [
        _hit(match, score, passages[match.number])
        for match, score in ranked
        if match.number in passages  # else removed in the meantime
        and (boilerplate or not passages[match.number].passage.boilerplate)
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.document, hit.start))  # numbers tell the history
    hits = hits[:limit]
    matching = sum(match.lexical > 0 for match in matches)
    return Found(tuple(hits), matching)


def _hit(match: Match, score: float, stored: Stored) -> Hit:
    passage = stored.passage
    return Hit(
        document=passage.document,
        title=stored.title,
        date=stored.date,
        start=passage.start,
        end=passage.end,
        text=stored.text,
        sentences=passage.sentences,
        score=score,
        dense=match.dense,
        lexical=match.lexical,
    )


def rescored(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Hits scored among themselves, best first, as if no other passages had been found."""
    fused = fuse([Match(place, hit.dense, hit.lexical) for place, hit in enumerate(hits)])
    scored = [replace(hits[match.number], score=score) for match, score in fused]
    return tuple(sorted(scored, key=lambda hit: (-hit.score, hit.document, hit.start)))


def fuse(matches: Sequence[Match]) -> list[tuple[Match, float]]:
    """Matches with their fused score in 0..1, best first; ties by number.

    >>> [(m.number, round(s, 2)) for m, s in fuse([Match(1, 0.8, 0.0), Match(2, 0.4, 5.0)])]
    [(2, 0.8), (1, 0.4)]
    """
    dense = max((m.dense for m in matches), default=0.0)
    lexical = max((m.lexical for m in matches), default=0.0)
    scored = [
        (
            m,
            DENSE_SHARE * max(m.dense, 0.0) / (dense if dense > 0 else 1.0)
            + (1 - DENSE_SHARE) * m.lexical / (lexical if lexical > 0 else 1.0),
        )
        for m in matches
    ]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0].number))
