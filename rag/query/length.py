"""How long an answer is wanted, where a question says so, and the question without that."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.query.periods import NUMBERS
from rag.words import tokens

_NUMBERS = {"a": 1, "an": 1, **NUMBERS}
_UNIT = r"(?P<unit>sentences?|lines?|(?:bullet )?points?|bullets?|words?|paragraphs?)"
_WANTED = re.compile(
    r",?\s*\b(?:in|with|using|within|(?:make|keep) (?:it|that|this)(?: to)?)\s+"
    r"(?:(?:just|only|about|around|exactly|at most|up to|"
    r"no more than|fewer than|less than|under|not more than)\s+)?"
    rf"(?P<number>\d{{1,3}}|{'|'.join(_NUMBERS)})\s+(?:(?!of\b)[a-z]+\s+)?{_UNIT}\b(?! of\b),?"
    r"(?:\s+(?:or (?:less|fewer)|at (?:the )?most|max(?:imum)?)\b)?",
    re.I,
)
_SENTENCE = 18  # words of one, about
_PARAGRAPH = 5  # sentences of one, about
_MOST = 20  # sentences; who wants more wants what there is


@dataclass(frozen=True, slots=True)
class Length:
    """How long an answer is wanted.

    Attributes:
        sentences: So many at most; 0 where nothing is said.
        listed: Whether each is to stand on its own.
    """

    sentences: int = 0
    listed: bool = False


def length_wanted(question: str) -> tuple[str, Length]:
    """A question without the words that say how long its answer is wanted, and these as a value.

    Nothing is left of one that says only this, of an answer before it.

    >>> length_wanted("Explain in one sentence why it matters.")
    ('Explain why it matters.', Length(sentences=1, listed=False))
    >>> length_wanted("Summarise the article in three short bullet points")
    ('Summarise the article', Length(sentences=3, listed=True))
    >>> length_wanted("Which town in one county has two lines?")
    ('Which town in one county has two lines?', Length(sentences=0, listed=False))
    """
    found = _WANTED.search(question)
    rest = " ".join((question[: found.start()] + question[found.end() :]).split()) if found else ""
    if found is None:
        return question, Length()
    number, unit = found["number"].lower(), found["unit"].lower()
    count = int(number) if number.isdigit() else _NUMBERS[number]
    if unit.startswith("word"):
        count = max(1, round(count / _SENTENCE))
    elif unit.startswith("paragraph"):
        count *= _PARAGRAPH
    listed = "point" in unit or unit.startswith("bullet")
    bare = rest[:1].upper() + rest[1:] if tokens(rest) else ""
    return bare, Length(count if count <= _MOST else 0, listed)
