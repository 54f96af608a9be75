"""Key facts: whether an answer says what it should, however it is worded.

A fact is a few wordings, any of which will do; a wording is one part of text or several that must
all occur. Owns how a part is found in a text. Knows nothing of questions and answers.
"""

from __future__ import annotations

import re
import unicodedata

Wording = tuple[str, ...]
Fact = tuple[Wording, ...]

# words with their apostrophes, figures, and the signs that change what a figure means
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*\*?|\d+(?:[.,]\d+)*|[%$£€¥]")
_PER_CENT = re.compile(r"\bper ?cent\b")
_POSSESSIVE = re.compile(r"'s?$")


def holds(text: str, fact: Fact) -> bool:
    """Whether a text has one of the fact's wordings with all its parts.

    >>> fact = (("15%", "revenue"), ("licen*",))
    >>> holds("They hand over 15 percent of the revenue.", fact)
    True
    >>> holds("A licensing deal", fact), holds("115% of revenue", fact)
    (True, False)
    """
    said = [token.rstrip("*") for token in tokens(text)]
    return any(all(_occurs(tokens(part), said) for part in wording) for wording in fact)


def tokens(part: str) -> list[str]:
    """Words, figures and signs in order; case, blanks, hyphens and grouped figures do not matter.

    A star after a word lets it go on, as in `licen*`. Empty where a part asks for nothing.

    >>> tokens("$4.5 b*"), tokens("Nvidia’s 2,048 chips"), tokens("…")
    (['$', '4.5', 'b*'], ['nvidia', '2048', 'chips'], [])
    """
    plain = unicodedata.normalize("NFKC", part).casefold().replace("’", "'")
    return [_bare(token) for token in _TOKEN.findall(_PER_CENT.sub("%", plain))]


def _bare(token: str) -> str:
    return token.replace(",", "") if token[0].isdigit() else _POSSESSIVE.sub("", token)


def _occurs(part: list[str], said: list[str]) -> bool:
    return any(
        all(_same(one, other) for one, other in zip(part, said[start:], strict=False))
        for start in range(len(said) - len(part) + 1)
    )


def _same(one: str, other: str) -> bool:
    return other.startswith(one[:-1]) if one.endswith("*") else one == other
