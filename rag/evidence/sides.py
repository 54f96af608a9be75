"""Which of the things that a question compares a sentence names.

Knows nothing of how sentences are scored and how many are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rag.documents.table import is_row
from rag.query import Query
from rag.schema import Evidence
from rag.values.states import is_named
from rag.words import terms

_ROWS = 10  # of a table that has a column for each of what is compared
_NAME = re.compile(r"\w*[A-Z0-9][\w.-]*(?: [A-Z][\w.-]*)*")


def sides_of(query: Query, one: Evidence) -> set[str]:
    """Which of what is compared a sentence with its title names."""
    return {side for side in query.sides if names(f"{one.title} {one.quote}", side)}


def names(text: str, side: str) -> bool:
    """Whether a text names a side of a comparison: its names, or all of it where it has none.

    >>> names("The U.S. wants a licence.", "Washington wants"), names("Gas is dear.", "cheap gas")
    (True, False)
    """
    held = set(terms(text))
    called = [name for name in _NAME.findall(side) if terms(name)] or [side]
    return all(is_named(name, text) or held.issuperset(terms(name)) for name in called)


def of_both_sides(
    query: Query, every: Iterable[Evidence], used: Iterable[Evidence]
) -> list[Evidence]:
    """Rows of tables that tell something of all that is compared, and such chosen sentences."""
    rows = [e for e in every if is_row(e.quote) and _names_all(query, e)]
    return [*rows[:_ROWS], *(e for e in used if sides_of(query, e) == set(query.sides))]


def naming_all(query: Query, chosen: Sequence[Evidence]) -> list[Evidence]:
    """Sentences with those in front that name all that is compared."""
    return sorted(chosen, key=lambda e: not _names_all(query, e))


def leads(query: Query, one: Evidence) -> bool:
    """Whether a sentence compares all that is to be compared, in words."""
    return bool(query.sides) and _names_all(query, one) and not is_row(one.quote)


def _names_all(query: Query, one: Evidence) -> bool:
    return all(names(one.quote, side) for side in query.sides)


def in_turns(query: Query, ranked: Sequence[Evidence]) -> list[Evidence]:
    """Sentences of each side of a comparison in turn, best first; all where nothing is compared."""
    if not query.sides:
        return list(ranked)
    named = [(e, sides_of(query, e)) for e in ranked]
    lists = [[e for e, sides in named if side in sides] for side in query.sides]
    turns = [e for some in zip_longest(*lists) for e in some if e is not None]
    return list(dict.fromkeys(turns))
