from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verification.rules.clauses import words
from rag.verification.rules.modality import bends, bent, unconditional

SHOP = "The shop closed in May and did not reopen, and its owner, Ada Rehn, may sell the house."
LAMPS = "Most lamps failed, none of the heaters did, and the second largest pump was never tried."


def reason(claim: str, source: str) -> str | None:
    return bent(words(claim), words(source))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        (SHOP, "The shop closed in May."),
        (SHOP, "The shop did not reopen."),
        (SHOP, "Its owner may sell the house."),
        (SHOP, "Its owner could sell the house."),
        (LAMPS, "Most lamps failed."),
        (LAMPS, "The second largest pump was never tried."),
        ("They agreed in Lima to cut quotas.", "They agreed to cut quotas."),
        ("They agreed to cut quotas.", "They agreed in Lima to cut quotas."),
        ("A judge ordered the firm to pay him.", "The firm is to pay him."),
        ("It is no more than six weeks old.", "It is six weeks old."),
        ("Ann thinks so, Bob does not.", "Bob does not."),
        ("The plan for May failed.", "The plan failed in May."),
        ("The chip looks like a toy from afar.", "The chip looks like a toy."),
    ],
)
def test_what_is_bent_the_same_stands(source: str, claim: str) -> None:
    assert reason(claim, source) is None


@pytest.mark.parametrize(
    ("source", "claim", "why"),
    [
        (SHOP, "The shop did reopen.", "denies it: not reopen"),
        (SHOP, "The shop did not close.", "It denies what"),
        (SHOP, "Its owner sold the house.", "leaves it open: may"),
        (SHOP, "Its owner will sell the house.", "leaves it open: may"),
        (SHOP, "Its owner must sell the house.", "leaves it open: may"),
        ("He must pay a fine.", "He may pay a fine.", "does not say: may"),
        (LAMPS, "The lamps failed.", "only in part: most lamps"),
        (LAMPS, "It was the largest pump.", "ranks it otherwise: second largest"),
        (LAMPS, "The heaters did.", "denies it: none heaters"),
        ("She blamed a cold, not a quarrel.", "She blamed a quarrel, not a cold.", "denies it"),
        ("They use ozone instead of chlorine.", "They use chlorine instead of ozone.", "denies"),
        ("She is thought to hide in Oslo.", "She hides in Oslo.", "leaves it open: thought"),
        ("He is accused of ordering it.", "He ordered it.", "leaves it open: accused"),
        ("The chip looks like a thing of the past.", "It is a thing of the past.", "open: looks"),
        ("The deal seems dead.", "The deal is dead.", "leaves it open: seems"),
        ("It was allegedly stolen.", "It was stolen.", "leaves it open: allegedly"),
        ("She would not say whether he came.", "He came.", "leaves it open: whether"),
        ("She plays either Ruiz or Daly.", "She plays Daly.", "only in part: or daly"),
        ("Every house pays, and shops nothing.", "Shops pay.", "denies it: nothing shops"),
        ("Grayson denies the charge.", "Grayson does not deny the charge.", "It denies what"),
    ],
)
def test_what_is_bent_otherwise_falls(source: str, claim: str, why: str) -> None:
    found = reason(claim, source)
    assert found is not None
    assert why in found


@pytest.mark.parametrize(
    "source",
    [
        "The match will move to Oslo if it rains.",
        "If it rains, the match will move to Oslo.",
        "The match will move to Oslo unless it pays.",
    ],
)
def test_a_condition_may_not_be_left_out(source: str) -> None:
    claim = words("The match will move to Oslo.")
    assert unconditional(claim, words(source)) is not None
    assert unconditional(words(source), words(source)) is None


def test_what_is_said_without_the_condition_stands() -> None:
    source = words("Deposits are insured; what is above that sum is lost if a bank fails.")
    assert unconditional(words("Deposits are insured."), source) is None


@given(st.text(max_size=200))
def test_a_text_is_bent_as_itself(text: str) -> None:
    held = words(text)
    assert bent(held, held) is None
    assert unconditional(held, held) is None


def test_a_bend_that_bends_nothing_is_left_out() -> None:
    assert list(bends(words("Not."))) == []
