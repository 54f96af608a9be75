"""Convex fusion of cosine and BM25, for one query or for several at once.

`score = 0.4 · cosine / best cosine + 0.6 · bm25 / best bm25`, after Bruch, Gai and Ingber 2023,
"An Analysis of Fusion Functions for Hybrid Retrieval" (https://arxiv.org/abs/2210.11934).
Several queries make one search: their vectors are added up by what each counts, which fuses their
cosines, and so are the scores of their words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rag.documents.context import context_of
from rag.errors import EmbedderMismatch
from rag.library import ALL, Filters, LibraryStore, Match, Stored
from rag.models import Embedder
from rag.models.embedder import Vectors
from rag.schema import Hit, places_in
from rag.words import asked_terms

DENSE_SHARE = 0.4
POOL = 50
LANGUAGES = 8  # of a library, the most common ones, that a question is analysed in
MATCHES = 0.5  # share of the best score from which a passage counts as matching


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, and how much matched.

    A passage matches when it holds a word of the query and its fused score is at least half of the
    best one's; `more` says that there may be others, since only the nearest are scored.
    """

    hits: tuple[Hit, ...]
    matching: int
    documents: int = 0
    more: bool = False


def search(
    query: str,
    library: LibraryStore,
    embedder: Embedder,
    *,
    limit: int = 10,
    filters: Filters = ALL,
    boilerplate: bool = True,
    parts: Sequence[tuple[str, float]] = (),
) -> SearchResult:
    """Find the passages nearest to a query by meaning and by words.

    Args:
        query: A question or some words.
        library: Where to search.
        embedder: The one that the library was built with.
        limit: Most hits to return.
        filters: Which documents may be searched.
        boilerplate: Whether bylines, biographies and the like count as hits.
        parts: Texts that decide in place of the query what is found and in which order, each with
            what it counts, the most important first. The scores of the hits stay the query's.
    """
    pool = max(POOL, 2 * limit)
    languages = library.languages()[:LANGUAGES]
    match = partial(library.match, limit=pool, filters=filters)
    with library.steady():
        vectors = _embedded([query, *(text for text, _ in parts)], embedder)
        ranked = scored = fuse(match(vectors[0], asked_terms(query, languages)))
        if parts:
            words = _words(parts, languages)
            ranked = fuse(match(_sum(vectors[1:], [count for _, count in parts]), words))
    line = MATCHES * ranked[0][1] if ranked else 0.0
    near = [match.number for match, score in ranked if match.lexical > 0 and score >= line]
    more = _more(ranked, pool, line)
    ranked = ranked[: 3 * limit]
    own = {match.number: (match, score) for match, score in scored}
    least = min((score for _, score in scored), default=0.0)
    passages = library.passages([match.number for match, _ in ranked])
    found = [
        (order, _hit(*own.get(match.number, (match, least)), passages[match.number]))
        for match, order in ranked
        if match.number in passages  # else removed in the meantime
        and (boilerplate or not passages[match.number].passage.boilerplate)
    ]
    # not by numbers, which tell the history of the library
    found.sort(key=lambda pair: (-pair[0], pair[1].document, pair[1].start))
    matching = library.documents_of(near, boilerplate=boilerplate)
    return SearchResult(
        tuple(hit for _, hit in found[:limit]), len(matching), len(set(matching)), more
    )


def _embedded(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """Vectors of texts; where the library's embedder is gone, none is near and words decide."""
    try:
        return embedder.embed(texts)
    except EmbedderMismatch:
        return np.zeros((len(texts), embedder.identity.dimension), np.float32)


def _more(ranked: Sequence[tuple[Match, float]], pool: int, line: float) -> bool:
    """Whether a passage that holds a word, but was not among the best by words, may match."""
    lexical = sorted((m.lexical for m, _ in ranked if m.lexical > 0), reverse=True)
    if len(lexical) < pool:  # then every passage that holds a word is here
        return False
    dense = sorted((m.dense for m, _ in ranked), reverse=True)
    nearest = max([0.0, dense[pool - 1], *(m.dense for m, _ in ranked if not m.lexical)])
    meaning = DENSE_SHARE * nearest / (dense[0] if dense[0] > 0 else 1.0)
    return meaning + (1 - DENSE_SHARE) * lexical[pool - 1] / lexical[0] >= line


def _sum(vectors: Vectors, counts: Sequence[float]) -> Vectors:
    """Vectors as one of unit length, each weighed by what it counts."""
    whole: Vectors = np.asarray(counts, np.float32) @ vectors
    whole /= max(float(np.linalg.norm(whole)), 1e-12)
    return whole


def _words(parts: Sequence[tuple[str, float]], languages: Sequence[str]) -> dict[str, float]:
    """The words of several texts; one that is in several counts as where it counts most.

    >>> _words([("Slow chips", 1.0), ("The chips of Nvidia", 0.3)], ["en"])
    {'slow': 1.0, 'chip': 1.0, 'nvidia': 0.3}
    """
    counts: dict[str, float] = {}
    for text, count in parts:
        for word in asked_terms(text, languages):
            counts[word] = max(count, counts.get(word, 0.0))
    return counts


def _hit(match: Match, score: float, stored: Stored) -> Hit:
    passage, document = stored.passage, stored.document
    return Hit(
        document=document.id,
        title=document.title,
        date=document.date,
        start=passage.start,
        end=passage.end,
        text=stored.text,
        sentences=passage.sentences,
        score=score,
        dense=match.dense,
        lexical=match.lexical,
        places=places_in(document, passage.start, passage.end),
        context=context_of(document, passage.start),
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
