"""What a sentence leaves to the lines above it: the names that its article says elsewhere.

"They were let go in May." stands under "The lynx of Corrie". A written sentence says both at once,
and its proof is both, each quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.schema import Evidence

_NEAR, _FIRST = 60, 4  # lines and sentences that are tried: the nearest, and the article's first


def named(
    chosen: Sequence[Evidence],
    others: Sequence[Evidence],
    lost: Callable[[Sequence[Evidence]], str | None],
    most: int,
) -> list[tuple[Evidence, ...]]:
    """Some sentences with what names what they lack, in their order; nothing where nothing does.

    Args:
        chosen: Sentences of one article.
        others: What may name it, the lines above among it; only those of the article are tried.
        lost: The first value that some sentences lack; `None` where they have all.
        most: How many sentences there may be in all.
    """
    found, why = list(chosen), lost(chosen)
    article, begun = chosen[0].document, chosen[0].start
    near = [one for one in others if one.document == article and one not in chosen]
    near.sort(key=lambda one: (one.start > begun, abs(one.start - begun)))
    first = sorted(near, key=lambda one: one.start)[:_FIRST]
    near = list(dict.fromkeys((*near[:_NEAR], *first)))
    while why is not None and len(found) < most:
        tried = [(one, lost([*found, one])) for one in near]
        helps = [both for both in tried if both[1] != why]
        if not helps:
            return []
        best, why = next((both for both in helps if both[1] is None), helps[0])
        found.append(best)
    return [tuple(sorted(found, key=lambda one: one.start))] if why is None else []
