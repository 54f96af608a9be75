"""Whether a claim's figures, names and opposites stand where they stand in its source.

All words of "9 of its 2 pillars" are in "2 of its 9 pillars". So what stands around a figure (or a
name, or one of two opposites that the source both has) is compared with what stands around it in
the source, and around the others of its sort there: it is misplaced where its surroundings are
more those of another. What it cannot see: things that stand alike ("Rollo and Hastein").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from rag.values.figures import figures
from rag.verification.rules.clauses import Word
from rag.verification.rules.conflicts import OPPOSITES
from rag.verification.rules.context import (
    Feature,
    Unit,
    figure_units,
    name_units,
    untied,
    word_units,
)

_WEIGHTS = {"tie": 1, "before": 2, "after": 3}
_MOST = 120  # units that are compared; a sentence has a dozen, a hostile text thousands
_DIRECTIONS = frozenset("from to into by against for over".split())


def stray(claim: str, source: str, said: Sequence[Word], held: Sequence[Word]) -> str | None:
    """What stands elsewhere in a claim than in its source, in words.

    Args:
        claim: The claim's text.
        source: The source's text.
        said: The claim's words.
        held: The source's words.

    >>> from rag.verification.rules.clauses import words
    >>> one, other = "Rouen sold Rollo.", "Rollo sold Rouen."
    >>> stray(one, other, words(one), words(other))
    'It puts Rouen where the cited sentence has Rollo.'
    """
    said = [word for word in said if not word.aside]
    held = [word for word in held if not word.aside]
    known = {w.word for w in (*said, *held) if w.capital and not w.opens}
    both = _opposites_of_both(said, held)
    for one, other in (
        (figure_units(said, figures(claim), claim), figure_units(held, figures(source), source)),
        (name_units(said, known), name_units(held, known)),
        (word_units(said, both.__contains__), word_units(held, both.__contains__)),
    ):
        if found := misplaced(one, other):
            return f"It puts {found[0].text} where the cited sentence has {found[1].text}."
    return None


def _opposites_of_both(said: Sequence[Word], held: Sequence[Word]) -> frozenset[str]:
    """The words of the pairs of opposites of which the source has both and the claim one."""
    here, there = {word.word for word in said}, {word.word for word in held}
    return frozenset(
        word
        for one, other in OPPOSITES
        if not (one.isdisjoint(there) or other.isdisjoint(there) or (one | other).isdisjoint(here))
        for word in one | other
    )


def misplaced(claim: Sequence[Unit], source: Sequence[Unit]) -> tuple[Unit, Unit] | None:
    """The first unit of a claim that stands where its source has another, and that other."""
    claim, source = claim[:_MOST], source[:_MOST]
    by_sameness: dict[str, set[int]] = defaultdict(set)
    by_feature: dict[Feature, list[int]] = defaultdict(list)
    for i, unit in enumerate(source):
        for key in unit.same:
            by_sameness[key].add(i)
        for feature in unit.around:
            by_feature[feature].append(i)
    for unit in claim:
        own = {i for key in unit.same for i in by_sameness[key]}
        if not own:
            continue
        rivals = Counter[int]()
        for feature in unit.around:
            rivals.update(dict.fromkeys(by_feature[feature], _WEIGHTS[feature[0]]))
        rival = _rival(unit, [source[i] for i in own], source, rivals)
        if rival and not _still_there(claim, unit, rival):
            return unit, rival
    return None


def _rival(
    unit: Unit, own: Sequence[Unit], source: Sequence[Unit], shared: Mapping[int, int]
) -> Unit | None:
    """What stands in the source as a unit does in the claim, more than itself does there."""
    best = max(_at_home(unit, one) for one in own)
    for i, count in shared.items():
        other = source[i]
        if other.sort != unit.sort or not other.same.isdisjoint(unit.same):
            continue
        if count > max(best, 1) or _redirected(unit, other, own):
            return other
    return None


def _still_there(claim: Sequence[Unit], unit: Unit, other: Unit) -> bool:
    """Whether the other name stands where it stood, and the unit only beside it."""
    return unit.sort == "name" and any(
        not other.same.isdisjoint(one.same) and unit.around & other.around <= one.around
        for one in claim
    )


def _at_home(unit: Unit, own: Unit) -> int:
    """How much of a unit's surroundings it has in its source too.

    A name may have lost what tied it: "Kiptoo of Kenya won" bears out "Kiptoo won".
    """
    there = own.around | own.home
    here = unit.around
    if unit.sort == "name":
        here, there = frozenset(map(untied, here)), frozenset(map(untied, there))
    return sum(_WEIGHTS[feature[0]] for feature in here & there)


def _redirected(unit: Unit, other: Unit, own: Sequence[Unit]) -> bool:
    """Whether the other has the unit's direction ("from"), and the unit another one there."""
    return any(
        feature in other.around
        and all(feature not in one.around for one in own)
        and any(
            mine[:2] == feature[:2] and mine[2] in _DIRECTIONS for one in own for mine in one.around
        )
        for feature in unit.around
        if feature[0] == "before" and feature[2] in _DIRECTIONS
    )
