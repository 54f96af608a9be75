"""Lists of terms: each definition a line that begins with what it defines."""

from __future__ import annotations


class Terms:
    """The terms of one list, until what defines them has come.

    >>> terms = Terms()
    >>> terms.begin("dt"), terms.take("Lost card"), terms.begin("dd"), terms.take("35 crowns")
    (None, '', None, 'Lost card: 35 crowns')
    """

    def __init__(self) -> None:
        self._open = ""  # `dt` or `dd`, where one is open
        self._terms: list[str] = []
        self._told = False  # whether they stand before what defines them

    def begin(self, kind: str) -> None:
        """Begin a term (`dt`) or a definition (`dd`); "" ends it."""
        self._open = kind
        if kind == "dt" and self._told:
            self._terms, self._told = [], False

    def take(self, text: str) -> str:
        """The line to write for a block of text; "" for a term, which waits."""
        if not text or not self._open:
            return text
        if self._open == "dt":
            self._terms.append(" ".join(text.split()).rstrip(":"))
            return ""
        if self._terms:
            text = f"{', '.join(self._terms)}: {text}"
            self._told, self._open = True, ""
        return text

    def rest(self) -> str:
        """The terms that nothing defines; forgets all."""
        terms = "" if self._told else ", ".join(self._terms)
        self._terms, self._told, self._open = [], False, ""
        return terms
