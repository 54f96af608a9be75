"""Checks a claim against the sentences that it cites, in code.

A claim stands when its figures and names occur in its sentences, it does not deny what they
affirm or the reverse, and its words, weighted by rarity, are theirs. The order of the checks is
the order in which a person would want to hear the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.answering.figures import figures
from rag.schema import Verdict
from rag.words import STOP, stem, tokens

LEAST_COVERAGE = 0.8

_NEGATIONS = frozenset(
    """
    not no never none nobody nothing neither nor without cannot hardly barely unable lack
    lacks lacked fail fails failed refuse refuses refused deny denies denied
    """.split()
)
_NAME = re.compile(r"[^\W\d_][\w’'-]*[^\W_]|[^\W\d_]")


def verify(claim: str, quotes: Sequence[str], *, weight: Callable[[str], float]) -> Verdict:
    """Check one claim against the quotes of its citations.

    Args:
        claim: The sentence, without markers.
        quotes: The cited sentences, taken together.
        weight: Inverse document frequency of a stem; rare words count more.

    >>> verify("Rollo led 30 ships.", ["Rollo led 20 ships."], weight=lambda stem: 1.0).reason
    'The figure 30 is not in the cited sentence.'
    >>> verify("Rollo led 20 ships.", ["Rollo led 20 ships."], weight=lambda s: 1.0).supported
    True
    """
    source = " ".join(quotes)
    coverage, missing = _coverage(claim, source, weight)
    if lost := figures(claim) - figures(source):
        name = sorted(lost)[0]
        return Verdict(False, f"The figure {_plain(name)} is not in the cited sentence.", coverage)
    if lost_name := _lost_name(claim, source):
        return Verdict(False, f"The name {lost_name} is not in the cited sentence.", coverage)
    if _denies(claim) != _denies(source):
        return Verdict(
            False, "One of claim and cited sentence denies what the other says.", coverage
        )
    if coverage < LEAST_COVERAGE:
        words = ", ".join(missing[:3])
        return Verdict(False, f"The cited sentence does not say: {words}.", coverage)
    return Verdict(True, "Its figures, names and words are in the cited sentence.", coverage)


def _coverage(claim: str, source: str, weight: Callable[[str], float]) -> tuple[float, list[str]]:
    """The weighted share of the claim's words in the source, and the words it lacks."""
    have = {stem(word) for word in tokens(source)}
    wanted = {stem(word): word for word in tokens(claim) if word not in STOP}
    weights = {s: max(weight(s), 0.1) for s in wanted}
    total = sum(weights.values())
    if not total:
        return 0.0, [claim]
    missing = sorted((s for s in wanted if s not in have), key=lambda s: -weights[s])
    return 1.0 - sum(weights[s] for s in missing) / total, [wanted[s] for s in missing]


def _lost_name(claim: str, source: str) -> str | None:
    """A capitalised word of the claim that the source has not; stop words are no names."""
    have = {stem(word) for word in tokens(source)}
    for match in _NAME.finditer(claim):
        word = match[0]
        parts = [t for t in tokens(word) if t not in STOP]
        if word[0].isupper() and any(stem(part) not in have for part in parts):
            return word
    return None


def _denies(text: str) -> bool:
    return any(word in _NEGATIONS or word.endswith("n't") for word in tokens(text))


def _plain(figure: float) -> str:
    return f"{figure:,.10g}"
