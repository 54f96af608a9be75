from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verification.rules.alignment import stray
from rag.verification.rules.clauses import words

PILLARS = "Engineers found cracks in two of its nine pillars."
TRAM = "Line 13 links Oslo with Lund in 18 minutes and carried 2 million people, 40 percent more."
RACE = "Abel Kip of Kenya won the race, ahead of Dawit Bek, who fell before the finish."
PATENT = "The flaw, found by Mira Jan of the firm Holt, lets others read mail."
DISMISSED = (
    "Norvik fined its traders, dismissed its coach, James Orr, and hired his deputy, Kim Daly."
)
COUNTED = "Of the 18 bridges that they checked, five must be rebuilt and nine are sound."
TRADE = "Norland exported goods worth 58 crowns, while its imports from Lund shrank."


def reason(claim: str, source: str) -> str | None:
    return stray(claim, source, words(claim), words(source))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        (PILLARS, "Cracks were found in two of its nine pillars."),
        (PILLARS, "Two pillars have cracks."),
        (TRAM, "Line 13 carried 2 million people."),
        (TRAM, "In 18 minutes, line 13 links Oslo with Lund."),
        (RACE, "Abel Kip won the race."),
        (RACE, "The race was won by Abel Kip of Kenya."),
        (RACE, "Dawit Bek fell before the finish."),
        (PATENT, "Mira Jan of the firm Holt found the flaw."),
        (PATENT, "Mira Jan of Holt found the flaw."),
        (DISMISSED, "Norvik dismissed James Orr."),
        (DISMISSED, "James Orr was dismissed by Norvik."),
        (COUNTED, "Five bridges must be rebuilt."),
        (COUNTED, "Nine bridges are sound."),
        ("Sales in Oslo, Bergen and Lund rose.", "Sales in Bergen rose."),
        ("The lab uses A1 to train and B2 to run.", "The lab uses B2 to run."),
        (TRADE, "Goods worth 58 crowns were exported by Norland."),
    ],
)
def test_what_stands_where_it_stood_is_no_stray(source: str, claim: str) -> None:
    assert reason(claim, source) is None


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        (PILLARS, "Engineers found cracks in nine of its two pillars."),
        (TRAM, "Line 18 links Oslo with Lund in 13 minutes."),
        ("Rates rise from 10 to 25 percent.", "Rates rise from 25 to 10 percent."),
        ("It sold 12 cups in 2019 and 90 in 2021.", "It sold 12 cups in 2021 and 90 in 2019."),
        (RACE, "Dawit Bek won the race."),
        (PATENT, "The flaw was found by Holt."),
        (DISMISSED, "Norvik dismissed Kim Daly."),
        ("She took it from Ann to Bob.", "She took it from Bob to Ann."),
        (TRADE, "Norland imported goods worth 58 crowns."),
        ("Most find the age too high, few too low.", "Most find the age too low."),
    ],
)
def test_what_stands_where_another_stood_is_a_stray(source: str, claim: str) -> None:
    found = reason(claim, source)
    assert found is not None
    assert found.startswith("It puts ")


@given(st.text(max_size=200))
def test_nothing_is_a_stray_in_its_own_text(text: str) -> None:
    assert reason(text, text) is None
