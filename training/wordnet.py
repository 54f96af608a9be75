"""Words for other words: synonyms, opposites and words of the same kind, from WordNet's own files.

`apt install wordnet-base` puts them into /usr/share/wordnet. Only training needs them. The format
is that of wndb(5WN), https://wordnet.princeton.edu/documentation/wndb5wn.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
_PARTS = ("noun", "verb", "adj", "adv")
_HYPERNYM, _HYPONYM, _ANTONYM = "@", "~", "!"


class WordNet:
    """The first sense of each word that is one word, in each part of speech.

    Raises:
        OSError: WordNet's files are not there.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._lines: dict[str, dict[str, list[str]]] = {}
        self._first: dict[str, dict[str, str]] = defaultdict(dict)
        for part in _PARTS:
            with (folder / f"data.{part}").open() as data:
                rows = (line.split(" | ")[0].split() for line in data if line[0] != " ")
                self._lines[part] = {row[0]: row for row in rows}
            with (folder / f"index.{part}").open() as index:
                for row in (line.split() for line in index if line[0] != " "):
                    if row[0].isalpha():
                        self._first[row[0]][part] = row[-int(row[2])]

    def parts(self, word: str) -> frozenset[str]:
        """The parts of speech of a word in its base form; empty where it is unknown."""
        return frozenset(self._first.get(word, ()))

    def synonyms(self, word: str, part: str) -> list[str]:
        return [w for w in self._words(part, self._first[word][part]) if w != word]

    def opposites(self, word: str, part: str) -> list[str]:
        """Opposites of the word itself in any of its first sense's pointers."""
        found = []
        at = self._first[word][part]
        own = self._all(part, at)
        for kind, other, other_part, ends in self._pointers(part, at):
            source, target = int(ends[:2], 16), int(ends[2:], 16)
            if kind == _ANTONYM and source and own[source - 1].lower() == word:
                found.append(self._all(other_part, other)[target - 1].lower())
        return [w for w in found if w.isalpha()]

    def siblings(self, word: str, part: str) -> list[str]:
        """Words of the same kind: they share the word above, and are no synonyms."""
        at = self._first[word][part]
        same, found = set(self._words(part, at)) | {word}, []
        above = [o for kind, o, _, _ in self._pointers(part, at) if kind == _HYPERNYM]
        for parent in above:
            for kind, other, other_part, _ in self._pointers(part, parent):
                if kind == _HYPONYM and other_part == part and other != at:
                    words = self._words(part, other)
                    found.extend(w for w in words[:1] if w not in same and self._common(w, part))
        return found

    def _common(self, word: str, part: str) -> bool:
        return len(word) < 12 and part in self._first.get(word, ())

    def _words(self, part: str, at: str) -> list[str]:
        return [w.lower() for w in self._all(part, at) if w.isalpha()]

    def _all(self, part: str, at: str) -> list[str]:
        row = self._lines[part][at]
        count = int(row[3], 16)
        return [row[4 + 2 * i].split("(")[0] for i in range(count)]

    def _pointers(self, part: str, at: str) -> list[tuple[str, str, str, str]]:
        row = self._lines[part][at]
        start = 4 + 2 * int(row[3], 16)
        count = int(row[start])
        parts = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}
        fields = [row[start + 1 + 4 * i : start + 5 + 4 * i] for i in range(count)]
        return [(kind, other, parts[p], ends) for kind, other, p, ends in fields]
