"""Tells when a model goes round in circles, so that its text can be ended there."""

from __future__ import annotations

import re

_WORDS = 24  # the last of them are looked at
_ROUND = 12  # words after which they come again, at most
_LEAST = 4  # words of a sentence that is not to come twice
_MARKER = re.compile(r"\[\d+\]")
_BETWEEN = re.compile(r"(?<=[.!?])\s+|\n+")


class Repeats:
    r"""Watches a text as it is written.

    A text repeats itself where its last 24 words go round, after 12 words at the most, and where
    it says a whole sentence or line a second time, whatever markers stand in it.

    >>> watch = Repeats()
    >>> watch.seen("He won it in 911. [1]\nHe won it in ")
    False
    >>> watch.seen("911. [2]\n")
    True
    """

    def __init__(self) -> None:
        self._text = ""

    def seen(self, piece: str) -> bool:
        """Whether the text repeats itself, now that this piece has come."""
        self._text += piece
        return self._goes_round() or ("\n" in piece and self._said_twice())

    def _goes_round(self) -> bool:
        words = self._text[-40 * _WORDS :].split()[-_WORDS:]
        return len(words) == _WORDS and any(
            words[after:] == words[:-after] for after in range(1, _ROUND + 1)
        )

    def _said_twice(self) -> bool:
        plain = _MARKER.sub("", self._text[: self._text.rindex("\n")])
        said = [" ".join(part.split()) for part in _BETWEEN.split(plain)]
        long = [part for part in said if len(part.split()) >= _LEAST]
        return len(set(long)) < len(long)
