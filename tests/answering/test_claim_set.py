"""The figures of our own set of claims, so that no change makes them worse unseen.

Run `python benchmarks/claims.py` to see each mistake.
"""

from __future__ import annotations

import pytest

from benchmarks.claims import FALSE, TRUE, Checked, check, read
from rag.evaluation.grounding import ordinary_words, ungrounded

# the same figure, or a name by its initials, which that reading takes for another
WRITTEN_OTHERWISE = frozenset(
    "1,200,000 2,100,000 2,800,000 1,500 2,300 30 31 40 60 75 210 05 UN IMF WFP".split()
)


@pytest.fixture(scope="module")
def checked() -> list[Checked]:
    return check(read())


def caught(checked: list[Checked], *kinds: str, half: str = "") -> float:
    some = [c for c in checked if not c.labelled.true and (c.labelled.kind in kinds or not kinds)]
    some = [c for c in some if half in ("", c.labelled.half)]
    return sum(c.right for c in some) / len(some)


def rejected(checked: list[Checked], half: str = "") -> float:
    true = [c for c in checked if c.labelled.true and half in ("", c.labelled.half)]
    return sum(not c.right for c in true) / len(true)


def test_the_set_is_what_it_says() -> None:
    claims = read()
    assert len({c.id for c in claims}) == len(claims) >= 400
    assert len({c.quotes for c in claims}) >= 120
    assert len({c.id.rsplit("-", 2)[0] for c in claims}) >= 60
    assert sum(c.true for c in claims) >= 180
    assert {c.kind for c in claims if c.true} == set(TRUE)
    assert {c.kind for c in claims if not c.true} == set(FALSE)
    assert {c.half for c in claims} == {"seen", "unseen"}


@pytest.mark.parametrize("half", ["seen", "unseen"])
def test_falsified_claims_are_caught(checked: list[Checked], half: str) -> None:
    assert caught(checked, half=half) >= 0.91
    for kind in ("number", "unit", "date", "name", "negation", "antonym", "addition"):
        assert caught(checked, kind, half=half) >= 0.9, kind
    for kind in ("moved", "scope"):
        assert caught(checked, kind, half=half) >= 0.85, kind
    assert caught(checked, "hedge", half=half) >= 0.8
    assert caught(checked, "role", half=half) >= 0.65


@pytest.mark.parametrize("half", ["seen", "unseen"])
def test_true_claims_stand(checked: list[Checked], half: str) -> None:
    assert rejected(checked, half) <= 0.1


def test_every_verdict_has_a_reason_for_people(checked: list[Checked]) -> None:
    for c in checked:
        assert c.verdict.reason[0].isupper()
        assert c.verdict.reason.endswith(".")


def test_no_claim_that_stands_has_a_figure_or_name_of_its_own(checked: list[Checked]) -> None:
    """As the evaluation's own, simpler reading of figures and names sees it."""
    ordinary = ordinary_words(quote for c in checked for quote in c.labelled.quotes)
    for c in checked:
        if c.verdict.supported:
            own = ungrounded(c.labelled.claim, c.labelled.quotes, ordinary=ordinary)
            assert not [token for token in own if token not in WRITTEN_OTHERWISE], c.labelled.claim
