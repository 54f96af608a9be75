"""What kind of value a question asks for, and which cells and fields can be none of it.

A place is no year, a person no telephone number, and the width of a thing is not told by its
length. Only what can be seen by how a value is written, or by what its column measures.
"""

from __future__ import annotations

import re

from rag.query.periods import moment
from rag.values.figures import figures
from rag.words import tokens

MEASURED = {  # what words compare that have one measure; "highest" and "largest" have any
    "height": "tallest shortest tall short",
    "length": "longest shortest long short",
    "width": "widest narrowest wide narrow",
    "depth": "deepest shallowest deep shallow",
    "weight": "heaviest lightest heavy light",
    "speed": "fastest slowest fast slow",
    "price": "dearest priciest cheapest expensive cheap",
    "cost": "dearest priciest cheapest expensive cheap",
    "age": "oldest youngest old young",
}
_NONE = frozenset("none no nil nobody".split())
_FIGURE, _NAME = ("how many", "how much", "what does", "what did"), ("who", "where")
_CALLED = {"how many": "a number", "who": "a person", "where": "a place"}  # others: an amount
_LETTERS = re.compile(r"[^\W\d_]{2}")


def lacking(question: str, label: str, value: str) -> str:
    """What is asked for that a value under a label cannot be; "" where it may be that.

    >>> lacking("Where was it built?", "Built", "1994"), lacking("Who built it?", "Yard", "Moen")
    ('a place', '')
    >>> lacking("How wide is it?", "Length (m)", "18"), lacking("How much is it?", "State", "old")
    ('its width', 'an amount')
    """
    asked = tokens(question)
    begins = " ".join(asked[:2])
    if begins in _FIGURE and ("how" in begins or "cost" in asked):
        digits = any(map(str.isdigit, value))  # however they are written: 52,00
        told = digits or figures(value) or not _NONE.isdisjoint(tokens(value))
        return "" if told else _CALLED.get(begins, "an amount")
    if asked[:1] and asked[0] in _NAME and (not _LETTERS.search(value) or moment(value)):
        return _CALLED[asked[0]]
    return _another_measure(asked[1], label) if asked[:1] == ["how"] and asked[1:] else ""


def _another_measure(compared: str, label: str) -> str:
    """What "wide" asks for, where a label names another measure and not that one."""
    wanted = [noun for noun, its in MEASURED.items() if compared in its.split()]
    named = set(tokens(label)).intersection(MEASURED)
    return f"its {wanted[0]}" if wanted and named and named.isdisjoint(wanted) else ""
