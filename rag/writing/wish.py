"""How an answer is wanted, and what a model is told then."""

from __future__ import annotations

from enum import Enum

from rag.query import Aspect, Intent, Query
from rag.writing import prompts


class Wish(Enum):
    """How an answer is wanted: what the model is told, and how many tokens it may write."""

    ONE = (prompts.ONE, 72)
    FEW = (prompts.FEW, 200)
    COMPARED = (prompts.COMPARED, 200)
    LISTED = (prompts.LISTED, 220)
    SIMPLE = (prompts.SIMPLE, 180)
    SHORTER = (prompts.SHORTER, 90)


_SHORT = 2  # sentences

_OF_INTENTS = {
    Intent.DIRECT: Wish.ONE,
    Intent.SEVERAL: Wish.FEW,
    Intent.COMPARISON: Wish.COMPARED,
    Intent.TOPIC: Wish.FEW,
    Intent.OPEN: Wish.FEW,
    Intent.WHOLE: Wish.FEW,
    Intent.REWORK: Wish.FEW,
}  # of the others the quotes are the answer: dated, or each an item
_OF_ASPECTS = {
    Aspect.SHORTER: Wish.SHORTER,
    Aspect.SIMPLER: Wish.SIMPLE,
    Aspect.BULLETS: Wish.LISTED,
}


def wish_for(query: Query) -> Wish | None:
    """How a model should answer; `None` where the quotes are the answer.

    >>> wish_for(Query("Compare A and B.", "Compare A and B.", Intent.COMPARISON)).name
    'COMPARED'
    """
    wish = _OF_ASPECTS.get(query.aspect) or _OF_INTENTS.get(query.intent)
    return Wish.SHORTER if wish is Wish.FEW and 0 < query.sentences <= _SHORT else wish
