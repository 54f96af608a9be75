"""Rows of a table that are a part of the one above them: "of which exports" below "Sales"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile

from rag.values.dates import spelt_out
from rag.words import STOP, tokens


def words(text: str) -> tuple[str, ...]:
    """The words of a text, as they are compared; days are spelt out, figures have no commas.

    >>> words("On 2024-05-03: 4,310")
    ('on', '3', 'may', '2024', '4310')
    """
    return tuple(word.replace(",", "") for word in tokens(spelt_out(text)))


def is_part(key: str) -> bool:
    """Whether a row is a part of the one above it, by its first cell.

    >>> is_part("of which exports"), is_part("Of Mice and Men"), is_part("exports")
    (True, False, False)
    """
    named = words(key)
    return key[:1].islower() and len(named) > 1 and named[0] in STOP


def own_words(key: str) -> tuple[str, ...]:
    """The words of a part without those that make it one.

    >>> own_words("of which own shops")
    ('shops',)
    """
    return tuple(dropwhile(STOP.__contains__, words(key)))


def whole_of(keys: Sequence[str], at: int) -> int:
    """Which of the first cells of rows is that of the row that one is a part of; -1 for none.

    >>> keys = ["Sales", "of which exports", "of which services", "Costs"]
    >>> whole_of(keys, 2), whole_of(keys, 3)
    (0, -1)
    """
    if not is_part(keys[at]):
        return -1
    return next((place for place in range(at - 1, -1, -1) if not is_part(keys[place])), -1)
