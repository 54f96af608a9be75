"""Words broken at the ends of lines, put together again.

A hyphen goes where the second half begins small, unless the text has the word with its hyphen
elsewhere, the first half keeps one in any word, or the second half is one like "and".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SOFT = "\u00ad"
_ENDS = ("-", "\u2010", SOFT)  # of a line that breaks a word
_WORD = re.compile(r"[^\W\d_]+")
# from the beginning of a word and without going back in it: else a long one costs its square
_COMPOUND = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?:-[^\W\d_]++)+")
_LAST = re.compile(r"(?<![^\W\d_])([^\W\d_]++)[-\u2010]$")
_KEEPS = frozenset(
    """all cross ex half non quasi self well twenty thirty forty fifty sixty seventy eighty
    ninety""".split()
)
_JOINS = frozenset("and or to und oder bzw bis sowie et ou y e o en of og och eller".split())


class Hyphens:
    """What the words of one text tell of its hyphens.

    >>> hyphens = Hyphens(["A well-known harbour-", "master and his regis-", "ter."])
    >>> hyphens.joined("his regis-", "ter."), hyphens.joined("a harbour-", "Master")
    ('his register.', None)
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._compounds: set[str] = set()
        for line in lines:
            self._words.update(word.lower() for word in _WORD.findall(line))
            self._compounds.update(word.lower() for word in _COMPOUND.findall(line))

    def joined(self, line: str, following: str) -> str | None:
        """The two lines as one, where a word is broken between them; `None` where none is."""
        if line.endswith(SOFT):
            return line[:-1] + following
        broken, first = _LAST.search(line), _WORD.match(following)
        if not broken or not first or not first[0][0].islower():
            return None
        one, two = broken[1].lower(), first[0].lower()
        if two in _JOINS:
            return f"{line} {following}"
        keeps = one in _KEEPS or f"{one}-{two}" in self._compounds
        return (line if keeps and one + two not in self._words else line[:-1]) + following


def joined_lines(lines: Sequence[str]) -> str:
    """Lines without blank ones, words broken between them put together."""
    found: list[str] = []
    broken = any(line.endswith(_ENDS) for line in lines[:-1])
    hyphens = Hyphens(lines if broken else ())
    for line in filter(None, lines):
        whole = hyphens.joined(found[-1], line) if found and broken else None
        found[-1:] = [whole] if whole else [*found[-1:], line]
    return "\n".join(found)
