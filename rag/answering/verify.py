"""Checks a claim against the sentences that it cites, in code.

A claim stands when its figures, dates and names occur in its sentences and stand there as they do
in it, nothing in it turns round what they say, and its words, weighted by rarity, are theirs. The
order of the checks is the order in which a person would want to hear the reason.

What no rule here can see: whether a claim in other words means the same (it is rejected), what a
pronoun stands for, a change of roles other than `doers` describes ("the mayor blames the keepers"
of "the keepers blame him"), whether what somebody says is so, and what a claim leaves out, unless
a word such as "not", "may" or "most" says that it matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.answering.bends import bent, unconditional
from rag.answering.clauses import words
from rag.answering.conflicts import conflict
from rag.answering.dates import lost_date, spelt_out
from rag.answering.doers import turned
from rag.answering.figures import lost_count, lost_figure, without_figures
from rag.answering.forms import root
from rag.answering.names import articled, disjoined, initials, lost_name, respelled
from rag.answering.places import stray
from rag.schema import Verdict
from rag.words import STOP, stem, tokens

LEAST_COVERAGE = 0.8
_LONGER = 3  # words that a claim may have more than its source
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}")
# what anybody who is quoted does; "warn" or "deny" say more, so only the source may say them
_TELLS = frozenset("say tell state report accord".split())
_TOLD = _TELLS | frozenset(
    "announc add note write conclud warn explain estim admit show find reveal suggest".split()
)


def verify(
    claim: str, quotes: Sequence[str], *, weight: Callable[[str], float], asked: str = ""
) -> Verdict:
    """Check one claim against the quotes of its citations.

    Args:
        claim: The sentence, without markers.
        quotes: The cited sentences, taken together.
        weight: Inverse document frequency of a stem; rare words count more.
        asked: The question; only its words may stand in a claim beside those of the quotes.

    >>> verify("Rollo led 30 ships.", ["Rollo led 20 ships."], weight=lambda stem: 1.0).reason
    'The cited sentence does not say: 30.'
    >>> verify("Rollo led 20 ships.", ["Rollo led 20 ships."], weight=lambda s: 1.0).supported
    True
    """
    if tokens(claim) and any(claim.split() == quote.split() for quote in quotes):
        return Verdict(True, "It is the source's own sentence.", 1.0)
    claim, source = _plain(claim), _plain(" ".join(quotes))
    coverage, missing = _coverage(claim, source, weight)
    if reason := _against(claim, source, missing, asked):
        return Verdict(False, reason, coverage)
    if coverage < LEAST_COVERAGE:
        return Verdict(False, _unsaid(*(missing[:3] or [claim])), coverage)
    return Verdict(True, "Its figures, names and words are in the cited sentence.", coverage)


def strays(beginning: str, quote: str, *, asked: str = "") -> Verdict | None:
    """The verdict on a claim that is still being written, once a word of it cannot stand.

    The last word may not be whole yet, so it is not looked at.

    >>> strays("Rollo built a brid", "Rollo led 20 ships.").reason
    'The cited sentence does not say: built.'
    >>> strays("Rollo led 20 sh", "Rollo led 20 ships.")
    """
    whole = _plain(beginning.rpartition(" ")[0])
    coverage, missing = _coverage(whole, _plain(quote), lambda stem: 1.0)
    own = _own(missing, asked)
    if lost := articled(whole, _plain(quote)):
        own = [lost]
    return Verdict(False, _unsaid(*own[:3]), coverage) if own else None


def _against(claim: str, source: str, missing: Sequence[str], asked: str) -> str | None:
    """The first thing that speaks against a claim whatever its coverage."""
    if len(tokens(claim)) > len(tokens(source)) + _LONGER:
        return "It is longer than the cited sentence."
    if lost := lost_figure(claim, source) or lost_count(claim, source) or lost_date(claim, source):
        return _unsaid(lost)
    rest = without_figures(claim)
    if lost := lost_name(rest, source) or respelled(rest, source) or articled(rest, source):
        return _unsaid(lost)
    if reason := disjoined(rest, source) or conflict(claim, source):
        return reason
    if own := _own(missing, asked):
        return _unsaid(*own[:3])
    said, held = words(claim), words(source)
    if reason := bent(said, held) or unconditional(said, held):
        return reason
    return stray(claim, source, said, held) or turned(said, held)


def _own(missing: Sequence[str], asked: str) -> list[str]:
    """The words of a claim that neither its source nor the question has."""
    allowed = {root(word) for word in tokens(asked)}
    return [word for word in missing if root(word) not in allowed]


def _coverage(claim: str, source: str, weight: Callable[[str], float]) -> tuple[float, list[str]]:
    """The weighted share of the claim's words in the source, and the words it lacks.

    Figures are left out, since they are compared by value.
    """
    have = {root(word) for word in tokens(source)} | {short.lower() for short in initials(source)}
    if not _TOLD.isdisjoint(have):
        have |= _TELLS
    wanted = {root(word): word for word in tokens(without_figures(claim)) if word not in STOP}
    weights = {r: max(weight(stem(word)), 0.1) for r, word in wanted.items()}
    total = sum(weights.values())
    if not total:
        return 0.0, []
    missing = sorted((r for r in wanted if r not in have), key=lambda r: -weights[r])
    return 1.0 - sum(weights[r] for r in missing) / total, [wanted[r] for r in missing]


def _plain(text: str) -> str:
    """The text with `U.S.` written `US` and `2024-05-05` written `5 May 2024`."""
    return spelt_out(_INITIALS.sub(lambda match: match[0].replace(".", ""), text))


def _unsaid(*words: str) -> str:
    return f"The cited sentence does not say: {', '.join(words)}."
