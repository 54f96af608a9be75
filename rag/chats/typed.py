"""What people type, in the forms that are kept: whole, as a title, as the words searched in."""

from __future__ import annotations

import re
import unicodedata

LONGEST_TITLE = 80
_SURROGATES = re.compile("[\ud800-\udfff]")


def keepable(text: str) -> str:
    r"""What a file can keep: half characters, from bytes that were no text, become U+FFFD.

    >>> keepable("caf\udce9")
    'caf�'
    """
    return _SURROGATES.sub("\ufffd", text)


def title(question: str) -> str:
    r"""A question on one line of at most 80 characters.

    >>> title("Who  led\nthem?")
    'Who led them?'
    """
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def searched(text: str) -> str:
    """Text as it is searched in: one case and form, single blanks, no NUL, where SQLite stops.

    >>> searched("The  LUND Straße")
    'the lund strasse'
    """
    plain = unicodedata.normalize("NFKC", keepable(text)).casefold().replace("\0", " ")
    return " ".join(plain.split())
