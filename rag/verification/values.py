"""What must hold by value whatever a judge says: figures, dates, names and quoted words.

A written sentence may not have one that its quotes lack; how it is written does not matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set

from rag.values.dates import lost_date, spelt_out
from rag.values.figures import lost_count, lost_figure, without_figures
from rag.values.names import lost_name, respelled
from rag.words import UNSEEN

_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}")
_QUOTED = re.compile(r"[“\"]([^“”\"]{3,})[”\"]")


def lost_value(claim: str, source: str, known: Set[str] = frozenset()) -> str | None:
    """The first value of a claim that its source lacks, in words for a person; `None` for none.

    A word that opens the claim is no name where it is among `known`, the stems that the text around
    the source has in small letters.

    >>> lost_value("It opened on May 3rd for 40,000 crowns.", "It opened on 3 May for 4,000.")
    'The quotes do not say: 40,000.'
    >>> lost_value("Rollo led 20 ships.", "Rollo led twenty ships.")
    """
    claim, source = plain(claim), plain(source)
    rest, left = without_figures(claim), without_figures(source)
    # a name that stands right at a figure is a word of its own where that is taken out
    named = source if left == source else f"{source}\n{left}"
    lost = (
        lost_figure(claim, source)
        or lost_count(claim, source)
        or lost_date(claim, source)
        or lost_name(rest, named, known)
        or respelled(rest, source)
        or _lost_words(claim, source)
    )
    return f"The quotes do not say: {lost}." if lost else None


def plain(text: str) -> str:
    """The text with `U.S.` written `US` and `2024-05-05` written `5 May 2024`.

    Marks over letters become part of them, or go, as what nobody sees does: they would end a word,
    and a name with it. Signs made of letters, as ™ is, stand apart from the name before them.
    """
    if not text.isascii():
        text = "".join(map(_parted, unicodedata.normalize("NFC", text)))
    return spelt_out(_INITIALS.sub(lambda match: match[0].replace(".", ""), text))


def _parted(character: str) -> str:
    if character in UNSEEN or unicodedata.combining(character):
        return ""
    is_sign = unicodedata.category(character) == "So" and unicodedata.decomposition(character)
    return f" {character}" if is_sign else character


def _lost_words(claim: str, source: str) -> str | None:
    """What a claim puts in quotation marks and its source does not have so."""
    held = _bare(source)
    found = (match[1] for match in _QUOTED.finditer(claim))
    return next((words for words in found if _bare(words) not in held), None)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
