"""A sentence as words that know where they stand: in which clause, in which part of it.

A clause ends at a full stop, a semicolon, a colon, or where "but", "while" and the like begin
another one; a part ends at each comma too. Nothing is parsed: that is crude, but the
same for a claim and its source, which is all that the checks need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.values.figures import figures
from rag.verification.rules.lemmas import root
from rag.words import STOP, tokens

_PIECE = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W\d_]+)*|[.!?,;:()\[\]—–]")
CONTRAST = frozenset("but yet while whereas although though because unless if".split())
_ABBREVIATED = frozenset("mr mrs ms dr st prof gen sen rep no vs inc co ltd".split())


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes:
        shown: As the text writes it.
        word: As `rag.words.tokens` folds it.
        root: Its root; see `rag.verification.rules.lemmas.root`.
        start: Where it starts in the text.
        capital: Whether it has a capital letter or a digit.
        clause: The number of its clause.
        part: The number of its part of a clause.
        figure: Whether it belongs to a figure, its unit or its bound.
        aside: Whether it stands in brackets.
        opens: Whether it opens a sentence, where a capital need not mean a name.
    """

    shown: str
    word: str
    root: str
    start: int
    capital: bool
    clause: int
    part: int
    figure: bool
    aside: bool
    opens: bool

    @property
    def content(self) -> bool:
        """Whether it says something of its own."""
        return not self.figure and self.word not in STOP


def words(text: str) -> list[Word]:
    """The words of a text in order.

    >>> [(w.word, w.clause, w.part) for w in words("Ann, 40, left; Bob did not.")][:3]
    [('ann', 0, 0), ('40', 0, 1), ('left', 0, 2)]
    """
    return list(_words(text))


def _words(text: str) -> Iterator[Word]:
    spans = [(f.start, f.end) for f in figures(text)]
    clause = part = at = depth = 0
    before, opens = "", True
    for match in _PIECE.finditer(text):
        piece, start = match[0], match.start()
        if piece in "([":
            depth += 1
        elif piece in ")]":
            depth = max(0, depth - 1)
        elif not piece[0].isalnum() and not text[match.end() : match.end() + 1].isalnum():
            part += 1
            opens = piece in ":!?" or (piece == "." and _ends(before))
            clause += opens or piece == ";"
        if not piece[0].isalnum():
            continue
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        inside = at < len(spans) and spans[at][0] <= start
        capital = any(c.isupper() or c.isnumeric() for c in piece)
        for word in tokens(piece):
            if word in CONTRAST:
                clause, part = clause + 1, part + 1
            yield Word(
                piece, word, root(word), start, capital, clause, part, inside, depth > 0, opens
            )
            before, opens = word, False


def _ends(before: str) -> bool:
    """Whether a full stop after a word ends a sentence, and not `St.`, `Dr.` or `p.m.`."""
    return len(before) > 1 and before not in _ABBREVIATED
