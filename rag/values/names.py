"""Names in a claim: each must be in its source as it is written there, or be its initials.

A name is a word with a capital or a digit. Names are compared whole, not by stem, since `William`
and `Williams` are two people. Knows nothing of figures: their digits are blanked before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from rag.words import MONTHS, STOP, stem, tokens

_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W\d_]+)*")
_PIECE = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*")  # letters, and dots between them
_STARTS = re.compile(r"(?:^|[.!?:][\"'”’)\]]*\s)[\s\"'“‘(\[]*$")
_RUN = re.compile(r"\b[A-Z][\w’'-]*(?:[ -](?:(?:of|the|and|for|on|de) ){0,2}[A-Z][\w’'-]*){1,7}")
_NO_NAMES = frozenset(
    """
    according additionally also consequently finally furthermore however instead meanwhile moreover
    nevertheless overall similarly therefore thus
    """.split()
)  # at the start of a claim
_BREAKS = re.compile(r"[.,;:!?()\"“”–—]")
_WHOLLY = 2  # letters of an abbreviation that leaves out no word
_ALSO_NAMES = {"may", "will"}  # the common words that are names as well, even at the start
_DATES = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday
    """.split()
) | frozenset(MONTHS)


@dataclass(frozen=True, slots=True)
class Name:
    """One capitalised word: as it stands, as tokens, and whether it opens a sentence."""

    word: str
    parts: tuple[str, ...]
    start: int
    end: int
    opens: bool


def lost_name(claim: str, source: str, known: Set[str] = frozenset()) -> str | None:
    """The first name of a claim that the source has not.

    A word that opens the claim is a name only where neither the source nor `known`, which are
    stems, has it in small letters.

    >>> lost_name("In May Rollo met William.", "Rollo met Williams in May.")
    'William'
    >>> lost_name("It is the CHIPS Act.", "The Chip Security Act is about chips.")
    'CHIPS'
    >>> lost_name("Critics call it a tax.", "Some call it a tax.", in_small("What critics say"))
    """
    held, small = set(tokens(source)), in_small(source) | known
    named = {part for name in names(source) for part in name.parts}
    short = initials(source)
    for name in names(claim):
        if name.word in short or (name.opens and name.parts[0] in _NO_NAMES):
            continue
        own = named if _is_shouted(name) else held
        opens = name.opens and not _is_shouted(name)
        for part in name.parts:
            if part in STOP:
                if _names_something(name, part) and part not in named:
                    return name.word
            elif part not in own and not (opens and stem(part) in small):
                return name.word
    return None


def respelled(claim: str, source: str) -> str | None:
    """The first word of a claim that lost an accent or a blank of its source.

    >>> respelled("Yesun Temur died.", "Yesün Temür died.")
    'Yesun'
    >>> respelled("Rev.Elie settled there.", "Rev. Elie settled there.")
    'Rev.Elie'
    """
    written = {word.casefold(): tokens(word) for word in _PIECE.findall(source)}
    folded = list(written.values())
    words: list[str] = _PIECE.findall(claim)
    for word in words:
        if word.casefold() not in written and ("." in word or tokens(word) in folded):
            return word
    return None


def initials(text: str) -> set[str]:
    """What the names of a text are called by their initials, small words left out.

    >>> sorted(initials("The United Nations met the World Food Programme."))
    ['FP', 'TUN', 'UN', 'WFP']
    """
    return {
        "".join(word[0] for word in run[start:])
        for match in _RUN.finditer(text)
        if (run := [word for word in re.split(r"[ -]", match[0]) if word[:1].isupper()])
        for start in range(len(run) - 1)
    }


def is_short_for(short: str, text: str) -> bool:
    """Whether an abbreviation stands for words of a text that follow one another.

    Its last letter may be that of a word which is left out, as "officer" mostly is.

    >>> is_short_for("GDP", "Gross domestic product"), is_short_for("CEO", "chief executive")
    (True, True)
    >>> is_short_for("CFO", "chief executive"), is_short_for("CEO", "the chief. Everybody")
    (False, False)
    """
    if not (short.isalpha() and short.isupper() and len(short) > 1):
        return False
    letters = [short.lower(), *([short[:-1].lower()] if len(short) > _WHOLLY else [])]
    runs = ("".join(w[0] for w in tokens(run) if w not in STOP) for run in _BREAKS.split(text))
    return any(part in run for run in runs for part in letters)


def names(text: str) -> Iterator[Name]:
    """The words of a text that have a capital or a digit, in order."""
    for match in _WORD.finditer(text):
        word = match[0]
        if any(c.isupper() or c.isnumeric() for c in word) and (parts := tokens(word)):
            opens = bool(_STARTS.search(text, max(0, match.start() - 10), match.start()))
            yield Name(word, tuple(parts), *match.span(), opens)


def _names_something(name: Name, part: str) -> bool:
    """Whether a capital on a common word makes it a name: US, or Will within a sentence."""
    return _is_shouted(name) or not name.opens or part in _ALSO_NAMES


def _is_shouted(name: Name) -> bool:
    """Whether it is all capitals, as a name is that is no common word: CHIPS, and US."""
    return len(name.word) > 1 and name.word.isupper()


def in_small(text: str) -> set[str]:
    """The stems of the words that a text has in small letters."""
    return {stem(part) for word in _WORD.findall(text) if word.islower() for part in tokens(word)}
