"""Words broken at the ends of lines, put together again.

A hyphen goes where the second half begins small, unless the text has the word with its hyphen
elsewhere, the first half keeps one in any word, or the second half is one like "and".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SOFT = "\u00ad"
_ENDS = ("-", "\u2010", SOFT)  # of a line that breaks a word
_END = 200  # characters of a long line in which its last word is looked for
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
            self._words.update(found[0].lower() for found in _WORD.finditer(line))
            self._compounds.update(found[0].lower() for found in _COMPOUND.finditer(line))

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
    parts: list[str] = []
    broken = any(line.endswith(_ENDS) for line in lines[:-1])
    hyphens = Hyphens(lines if broken else ())
    for line in filter(None, lines):
        whole = hyphens.joined(parts[-1], line) if parts and broken else None
        if whole is not None:
            parts[-1:] = parted(whole)
        else:
            parts += ["\n", line] if parts else [line]
    return "".join(parts)


def parted(line: str) -> list[str]:
    """A line that grows as a part that is done and its end, so that joining costs its length."""
    return [line[:-_END], line[-_END:]] if len(line) > 10 * _END else [line]
