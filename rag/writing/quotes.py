"""The quotes themselves as sentences of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.schema import Claim

_MARKER = re.compile(r"\[([\d ,;–-]*\d[\d ,;–-]*)\]")


def unmarked(quote: str) -> str:
    """A source's sentence with its own note numbers in round brackets, so that none is a marker.

    >>> unmarked("Rollo led them.[12]")
    'Rollo led them.(12)'
    """
    return _MARKER.sub(r"(\1)", quote)


def in_reading_order(claims: Iterable[Claim], places: Sequence[tuple[str, int]]) -> list[Claim]:
    """Claims in the order in which the sentences are read that they rest on.

    Args:
        claims: In any order.
        places: Document and start of the sentences, in the order of reading.
    """
    order = {place: at for at, place in reversed(list(enumerate(places)))}

    def first(claim: Claim) -> int:
        return min(order.get((one.document, one.start), len(order)) for one in claim.citations)

    return sorted(claims, key=first)


def renumbered(
    claims: Iterable[Claim], differing: Iterable[int] = ()
) -> tuple[tuple[Claim, ...], tuple[int, ...]]:
    """Claims whose citations are numbered in their order, and other numbers made to fit.

    While an answer is on its way they are numbered as they come.

    Args:
        claims: In the order of the answer.
        differing: Numbers of citations.
    """
    claims = tuple(claims)
    numbers: dict[int, int] = {}
    for claim in claims:
        for one in claim.citations:
            numbers.setdefault(one.number, len(numbers) + 1)
    fresh = tuple(
        replace(c, citations=tuple(replace(o, number=numbers[o.number]) for o in c.citations))
        for c in claims
    )
    return fresh, tuple(numbers[number] for number in differing if number in numbers)
