"""The quotes themselves as sentences of an answer."""

from __future__ import annotations

import re

_MARKER = re.compile(r"\[([\d ,;–-]*\d[\d ,;–-]*)\]")


def unmarked(quote: str) -> str:
    """A source's sentence with its own note numbers in round brackets, so that none is a marker.

    >>> unmarked("Rollo led them.[12]")
    'Rollo led them.(12)'
    """
    return _MARKER.sub(r"(\1)", quote)
