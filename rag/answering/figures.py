"""Figures in a text as values, however they are written.

`15 %`, `fifteen percent` and `15` are one figure; so are `$1.5 bn` and `1,500 million`.
"""

from __future__ import annotations

import re

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_UNITS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen
""".split()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: float(i) for i, word in enumerate(_UNITS)} | {
    word: 10.0 * (i + 2) for i, word in enumerate(_TENS)
}
_SPELT = "|".join(sorted((*_WORDS, *_TENS), key=len, reverse=True))
_FIGURE = re.compile(
    r"(?P<digits>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[ \u00a0-]?(?P<scale>hundred|thousand|million|billion|trillion|bn|mn|tn|[kmb]\b))?"
    rf"|\b(?P<spelt>(?:{_SPELT})(?:-(?:{_SPELT}))?)\b"
    r"(?:[ -](?P<spelt_scale>hundred|thousand|million|billion|trillion))?",
    re.I,
)
_ONE_IS_A_WORD = 1.0


def figures(text: str) -> set[float]:
    """The values of all figures in a text; a lone spelt "one" is a word, not a figure.

    >>> sorted(figures("It rose 15 % to $1.5 bn, from twenty-one in 1,200 shops"))
    [15.0, 21.0, 1200.0, 1500000000.0]
    """
    found = set()
    for match in _FIGURE.finditer(text):
        scale = (match["scale"] or match["spelt_scale"] or "").lower()
        if match["digits"]:
            value = float(match["digits"].replace(",", ""))
        else:
            value = sum(_WORDS[part] for part in match["spelt"].lower().split("-"))
            if value == _ONE_IS_A_WORD and not scale:
                continue
        found.add(round(value * _SCALES.get(scale, 1.0), 6))
    return found
