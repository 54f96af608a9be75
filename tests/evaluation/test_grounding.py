"""The simple check of figures and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.grounding import ordinary_words, ungrounded

ORDINARY = frozenset({"the", "in", "a", "built", "they"})


@pytest.mark.parametrize(
    ("claim", "quote", "missing"),
    [
        ("The ferry Hanna was built in 1962.", "Hanna, a ferry, dates from 1962.", ()),
        ("The ferry Hanna was built in 1963.", "The ferry Hanna was built in 1962.", ("1963",)),
        ("It cost $1,500.", "It cost 1500 dollars.", ()),
        ("The price rose 1.5 %.", "The price rose 15 %.", ("1.5",)),
        ("The 12 boats left.", "Twelve boats left.", ()),
        ("The Norwegian's boats", "Some boats", ("Norwegian's",)),
        ("The Normans came.", "A Norman came.", ()),
        ("Rollo came.", "They came.", ("Rollo",)),
        ("In Rouen. Built by the A100.", "a place", ("Rouen", "A100")),
        ("The 1990s and the 5th", "in 1990 and on 5 May", ()),
        ("no figures, no names", "", ()),
        ("It cost 1,200,000 francs.", "It cost 1.2 million francs.", ()),
        ("It cost 1.2 million francs.", "It cost 1,200,000 francs.", ()),
        ("It cost 1.2 million francs.", "It cost 1.2 billion francs.", ("1.2",)),
        ("It cost 1,300,000 francs.", "It cost 1.2 million francs.", ("1,300,000",)),
        ("A forecast of J. P. Morgan", "a forecast of J.P. Morgan", ()),
        ("A forecast of J.P. Morgan", "a forecast of J. P. Morgan", ()),
        ("A forecast of JP Morgan", "a forecast of J.P. Morgan", ()),
        ("A forecast of J.K. Morgan", "a forecast of J.P. Morgan", ("J.K",)),
    ],
)
def test_what_is_missing(claim: str, quote: str, missing: tuple[str, ...]) -> None:
    assert ungrounded(claim, [quote], ordinary=ORDINARY) == missing


def test_several_quotes_count_together() -> None:
    claim = "Hanna was built in 1962."
    assert ungrounded(claim, ["Hanna sank.", "It was 1962."], ordinary=ORDINARY) == ()
    assert ungrounded(claim, [], ordinary=ORDINARY) == ("Hanna", "1962")


@given(st.text())
def test_a_verbatim_claim_lacks_nothing(text: str) -> None:
    assert ungrounded(text, [text], ordinary=frozenset()) == ()


@given(st.integers(21, 10**9), st.integers(21, 10**9))
def test_another_number_is_always_told(said: int, held: int) -> None:
    missing = ungrounded(f"there were {said:,} boats", [f"{held} boats"], ordinary=frozenset())
    assert missing == (() if said == held else (f"{said:,}",))


def test_ordinary_words_are_those_in_lower_case() -> None:
    assert ordinary_words(["In May they may"]) == {"they", "may"}
