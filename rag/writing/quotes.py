"""The quotes themselves as sentences of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.schema import Claim

_MARKER = re.compile(r"\[([\d ,;–-]*\d[\d ,;–-]*)\]")


def unmarked(quote: str) -> str:
    """A source's sentence with its own note numbers in round brackets, so that none is a marker.

    >>> unmarked("Rollo led them.[12]")
    'Rollo led them.(12)'
    """
    return _MARKER.sub(r"(\1)", quote)


def in_reading_order(claims: Iterable[Claim], articles: Sequence[str]) -> list[Claim]:
    """Claims in the order in which the sentences are read that they rest on.

    Args:
        claims: In any order, each with a citation.
        articles: The ids of the articles, the one that is read first in front.
    """
    order = {id_: place for place, id_ in enumerate(articles)}

    def place(claim: Claim) -> tuple[int, int]:
        return min((order.get(one.document, len(order)), one.start) for one in claim.citations)

    return sorted(claims, key=place)
