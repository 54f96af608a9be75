"""Figures in a text as values, however they are written.

`15 %` and `fifteen percent` are one figure; so are `$1.5 bn` and `1,500 million dollars`. A
figure keeps what changes its meaning: its unit where a sign or a word says one, and how it is
bounded (`at least 15`, `up to 15`). Digits inside a name (`H20`, `F-16`, `6000D`) are no figure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.words import OLD_LETTERS, STOP, stem, tokens

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
_SIGNS = {
    "%": r"[%％]|percent|per cent|pct",
    "points": r"percentage points?",
    "$": r"US\$|\$|dollars?|usd",
    "€": r"€|euros?|eur",
    "£": r"£|pounds?|gbp",
    "¥": r"¥",
    "¥ yen": r"yen|jpy",
    "¥ yuan": r"yuan|renminbi|rmb|cny",
}
_BOUNDS = {
    "at least": r"at least|(?:no|not) (?:less|fewer) than|more than|greater than|over|above"
    r"|upwards of|in excess of|exceed(?:s|ed|ing)?|(?:a )?minimum of",
    "at most": r"at most|(?:no|not) more than|up to|less than|fewer than|under|below|nearly"
    r"|almost|as (?:many|much) as|(?:a )?maximum of",
    "about": r"about|around|roughly|approximately|some|circa|an estimated",
    "before": r"before",
    "after": r"after",
    "since": r"since",
    "until": r"until|till",
    "to": r"to",
    "by": r"by",
    "in": r"in|on",
}
_SOFT = {"", "about", "to", "by", "in"}
_WHEN = {"before", "after", "since", "until"}
_PLACES = {"to", "by", "in"}  # rose to, rose by; due in, due by

_SPELT = "|".join(sorted((*_UNITS, *_TENS), key=len, reverse=True))
_SCALE = "hundred|thousand|million|billion|trillion"
_PIECE = rf"(?:(?:{_SPELT})|(?:{_SCALE})(?: and(?= (?:{_SPELT})\b))?)"
_PERCENTAGE = f"{_SIGNS['points']}|{_SIGNS['%']}"
_MONEY = "|".join(_SIGNS[name] for name in ("$", "€", "£", "¥", "¥ yen", "¥ yuan"))
_FIGURE = re.compile(
    rf"(?:\b(?P<bound>{'|'.join(_BOUNDS.values())})\s+)?"
    r"(?P<minus>(?<![\w.)%])[-−](?=[$€£¥]?\d)|\b(?:minus|negative) )?"
    r"(?P<before>US\$|[$€£¥])?\s?"
    r"(?:(?<![^\W_])(?<!(?-i:[A-Z])[-‑–])(?<!\d[.,])"
    r"(?P<digits>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[ \u00a0-]?(?P<scale>hundred|thousand|million|billion|trillion|bn|mn|tn)"
    r"|(?P<short>[kmb])|(?P<decade>'?s)|st|nd|rd|th)?(?![^\W_]|[.,]\d)"
    rf"|\b(?P<spelt>{_PIECE}(?:[ -]{_PIECE})*)\b)"
    rf"(?:[ \u00a0-]?(?P<after>{_PERCENTAGE}|{_MONEY})(?![^\W_]))?",
    re.I,
)
_ONE = re.compile(r"\bone\b", re.I)
_SINCE = re.compile(r"\bsince\b[^;.]*$", re.I)  # "since it opened in 2008"
_FOLLOWING = re.compile(r"[ \u00a0-]*([^\W\d_][^\W_]*(?:['’][^\W\d_]+)*)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value, its unit and its bound (both empty where none is said), and where it ends."""

    value: float
    unit: str
    bound: str
    start: int
    end: int

    @property
    def is_year(self) -> bool:
        """Whether it can be a year."""
        return not self.unit and self.value.is_integer() and 1000 <= self.value <= 2100


@lru_cache(maxsize=16)  # a check asks for those of the same two texts again and again
def figures(text: str) -> tuple[Figure, ...]:
    """All figures of a text in order; a lone spelt "one" is a word, not a figure.

    >>> [f.value for f in figures("It rose 15 % to $1.5 bn, from twenty-one in 1,200 shops")]
    [15.0, 1500000000.0, 21.0, 1200.0]
    >>> [(f.value, f.unit, f.bound) for f in figures("up to fifteen percent of H20 sales")]
    [(15.0, '%', 'at most')]
    """
    text = text.translate(OLD_LETTERS)
    return tuple(figure for match in _FIGURE.finditer(text) for figure in _read(match))


def lost_figure(claim: str, source: str) -> str | None:
    """The first figure of a claim that the source does not hold so, as the claim writes it.

    >>> lost_figure("He led up to 20 ships.", "He led at least 20 ships.")
    'up to 20'
    """
    held: dict[float, set[tuple[str, str]]] = defaultdict(set)
    for figure in figures(source):
        held[figure.value].add((figure.unit, figure.bound))
        if figure.bound in _SOFT and _SINCE.search(
            source, max(0, figure.start - 120), figure.start
        ):
            held[figure.value].add((figure.unit, "since"))
    if _ONE.search(source):  # no figure by itself, but a claim may write it as one
        held[1.0].add(("", ""))
    units = {f.unit for f in figures(source)}
    for figure in figures(claim):
        if not any(
            _unit_fits(figure.unit, unit, units) and _bound_fits(figure, bound)
            for unit, bound in held.get(figure.value, ())
        ):
            return claim[figure.start : figure.end].strip()
    return None


def lost_count(claim: str, source: str) -> str | None:
    """What a figure of the claim counts, where the source does not have that word at all.

    >>> lost_count("He led 20 carts.", "He led 20 ships.")
    'carts'
    """
    held = {stem(word) for word in tokens(source)}
    for figure in figures(claim):
        following = _FOLLOWING.match(claim, figure.end)
        for word in tokens(following[1]) if following else []:
            if word not in STOP and stem(word) not in held:
                return word
    return None


def without_figures(text: str) -> str:
    """The text with a blank where each figure stood, of the same length."""
    kept = list(text)
    for match in _FIGURE.finditer(text.translate(OLD_LETTERS)):
        if list(_read(match)):
            start = next(match.start(n) for n in ("digits", "spelt") if match[n])
            kept[start : match.end()] = " " * (match.end() - start)
    return "".join(kept)


def _read(match: re.Match[str]) -> Iterator[Figure]:
    unit = _named(_SIGNS, match["after"] or match["before"])
    unit = "decade" if match["decade"] else unit
    bound = _named(_BOUNDS, match["bound"])
    sign = -1.0 if match["minus"] else 1.0
    if match["digits"]:
        scale = _SCALES.get((match["scale"] or match["short"] or "").lower(), 1.0)
        values = [float(match["digits"].replace(",", "")) * scale]
    else:
        words = re.split(r"[ -]+", match["spelt"].lower())
        values = list(_spelt([word for word in words if word != "and"]))
        if words == ["one"] and not (unit or bound):
            return
    for value in values:
        yield Figure(round(sign * value, 6), unit, bound, match.start(), match.end())


def _spelt(words: list[str]) -> Iterator[float]:
    """The values of a run of number words; "two hundred and fifty thousand" is one."""
    total = part = 0.0
    open_ = False
    for word in words:
        if word not in _WORDS:
            scale = _SCALES[word]
            if scale == _SCALES["hundred"]:
                part = (part or 1.0) * scale
            else:
                total, part = total + (part or 1.0) * scale, 0.0
        else:
            value = _WORDS[word]
            room = 100.0 if not part % 100 else 10.0 if part % 100 >= 20 and not part % 10 else 0.0
            if open_ and value >= room:
                yield total + part
                total = part = 0.0
            part += value
        open_ = True
    yield total + part


def _named(table: dict[str, str], text: str | None) -> str:
    if not text:
        return ""
    return next(name for name, form in table.items() if re.fullmatch(form, text, re.I))


def _unit_fits(claimed: str, held: str, units: set[str]) -> bool:
    if claimed == held or (claimed[:1] == held[:1] == "¥" and "¥" in (claimed, held)):
        return True
    if "decade" in (claimed, held):
        return False
    # "15 of 20 %" says the unit once, and a claim may leave it out
    return not claimed or (not held and claimed in units)


def _bound_fits(claimed: Figure, held: str) -> bool:
    if claimed.bound == held or (held in _WHEN and not claimed.bound and not claimed.is_year):
        return True  # "after two members left" bears out "two members"
    soft = claimed.bound in _SOFT and held in _SOFT
    return soft and not (claimed.bound in _PLACES and held in _PLACES)
