"""Words as the search and the checks see them: lowercased, accents folded, stemmed.

One analyser serves the lexical index, the evidence features and the verification, so that they
agree on what the same word is.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer

# Raised by one when any text would have other terms than before: word indexes are then built again.
ANALYSIS = 2

_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W\d_]+)*")
_STATES = re.compile(r"\bU\.?S\.?(?:A\b\.?|(?<=\.)|\b)(?!\w)")  # the country, not the word "us"
_local = threading.local()
# letters that a pattern without case takes for s and i, and that lower() leaves; one for one
OLD_LETTERS = {ord("ſ"): "s", ord("ı"): "i", ord("İ"): "I"}

MONTHS = (
    "january february march april may june july august september october november december".split()
)
STOP = frozenset(
    """a an the and or but nor so if then than that this these those there here it its it's is are
    was were be been being am do does did doing done have has had having will would shall should
    can could may might must of in on at by for from to with without into onto over under about
    as up down out off again not no he she they them his her their theirs him we us our ours you
    your yours i me my mine who whom whose which what when where why how also just only very too
    such some any all each both more most other own same s t d ll re ve m please tell
    """.split()
)


def tokens(text: str) -> list[str]:
    """The words of a text in order, folded but not stemmed.

    >>> tokens("Nvidia’s A100 cost $1,500 in São Paulo")
    ['nvidia', 'a100', 'cost', '1,500', 'in', 'sao', 'paulo']
    >>> tokens("The U.S. told us"), tokens("US tells us")
    (['the', 'usa', 'told', 'us'], ['usa', 'tells', 'us'])
    """
    found = []
    for match in _TOKEN.finditer(_fold(_STATES.sub("USA", text))):
        word = match[0].replace("’", "'")
        found.append(word[:-2] if word.endswith("'s") else word)
    return found


def terms(text: str) -> list[str]:
    """The stems of a text's words in order, common words left out.

    >>> terms("Which companies are avoiding the chips?")
    ['compani', 'avoid', 'chip']
    """
    return [stem(word) for word in tokens(text) if word not in STOP]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The English Snowball stem of a folded word (https://snowballstem.org)."""
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("english")
    return str(_local.stemmer.stemWord(word))


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
