"""The language of a question, which is too short for what tells that of an article."""

from __future__ import annotations

from rag.documents.language import language_of
from rag.languages import COMMON, ENGLISH
from rag.words import STOP, tokens

_FEW = 2  # common words of a language, that tell it in a question


def language_asked(question: str) -> str:
    """The language of a question, where its common words or its letters tell; else "".

    >>> language_asked("Wie tief ist der Hafen von Brenna?"), language_asked("How deep is it?")
    ('de', 'en')
    >>> language_asked("H20 sales")
    ''
    """
    words = tokens(question)
    held = {code: sum(word in common for word in words) for code, common in COMMON.items()}
    held[ENGLISH] = sum(word in STOP and word.isascii() for word in words)
    best = max(held, key=lambda code: held[code])
    if held[best] >= _FEW and list(held.values()).count(held[best]) == 1:
        return best
    letters = [c for c in question if c.isalpha()]
    foreign = sum(c > "\u024f" for c in letters) > len(letters) / 2
    return language_of(question) if foreign else ""
