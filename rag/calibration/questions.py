"""Questions made out of the articles' own sentences: the sentence, with something in it asked for.

"Rollo took Rouen in 1012." is asked as "Who or what took Rouen in 1012?" and as "Rollo took Rouen
in which year?": odd English, and no grammar that could read a sentence wrongly. Knows nothing of
searching or answering.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rag.words import MONTHS, STOP, tokens

_PART = r"[A-Z][\w’'-]*\w"
_NAME = rf"(?:[Tt]he )?{_PART}(?:(?: (?:of|for|de))? {_PART})*(?![\w’'-])(?= [a-z]|$)"
_FIGURE = r"(?<![\w.,$€£¥/-])\d[\d,.]*(?: (?:thousand|million|billion))?(?= [a-z-]+s\b)"
_ASKED = (
    ("when", "in which year", re.compile(r"\bin (?:1\d{3}|20\d{2})\b(?!s)")),
    ("how many", "how many", re.compile(_FIGURE)),
    ("who", "who or what", re.compile(_NAME)),
)
_ENDS = re.compile(r"[,;:()\[\]–—](?: |$)| -+ | (?:which|who|because|while|but|although) ")
_OPENERS = frozenset(("the", "a", "an", "in"))  # common words that a sentence may open with
_MONTHS = frozenset(map(str.capitalize, MONTHS))
_SMALL = re.compile(r"\b[a-z]+\b")
_WORDS = 4  # of a part of a sentence that tells something
_LEAST, _MOST = 3, 12  # words of a question, common ones not counted


@dataclass(frozen=True, slots=True)
class MaskedQuestion:
    """A question, what its sentence has there, and what it asks for: when, how many or who."""

    text: str
    answer: str
    kind: str


def small_words(text: str) -> set[str]:
    """The words that a text has in small letters, as `questions_of` takes them."""
    return set(_SMALL.findall(text))


def questions_of(sentence: str, small: Collection[str]) -> Iterator[MaskedQuestion]:
    """The questions that the first part of a sentence answers; none where it tells little.

    Args:
        sentence: A whole sentence.
        small: Words that the articles have in small letters.

    >>> for asked in questions_of("Rollo of Norway took Rouen in 1012, a town.", {"town"}):
    ...     print(asked.text, "|", asked.answer)
    Rollo of Norway took Rouen in which year? | in 1012
    Who or what took Rouen in 1012? | Rollo of Norway
    Rollo of Norway took who or what in 1012? | Rouen
    """
    part = _ENDS.split(sentence.strip().rstrip(".?!"))[0].strip()
    first, *others = part.split() or [""]
    common = first.lower() in STOP and first.lower() not in _OPENERS  # it, when, this and the like
    if len(others) < _WORDS - 1 or not first[0].isupper() or common or re.search('["“”]', part):
        return
    for kind, asks, pattern in _ASKED:
        for match in pattern.finditer(part):
            if kind == "who" and not _is_name(match, small):
                continue
            text = f"{part[: match.start()]}{asks}{part[match.end() :]}?"
            if _LEAST <= sum(word not in STOP for word in tokens(text)) <= _MOST:
                yield MaskedQuestion(text[0].upper() + text[1:], match[0], kind)


def _is_name(match: re.Match[str], small: Collection[str]) -> bool:
    """Whether capitals are those of a name, not of a month or of the sentence's first word."""
    words = [word for word in match[0].split() if word.lower() != "the"]
    if not words or words[0].lower() in STOP or not _MONTHS.isdisjoint(words):
        return False
    return match.start() > 0 or len(words) > 1 or words[0].lower() not in small
