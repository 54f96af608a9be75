from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verification.rules.clauses import words
from rag.verification.rules.roles import turned

COUNCIL = "On Friday 6,500 residents asked the council to keep the library."
FIRE = "A fire killed two watchmen and injured five firefighters on Sunday."
STRIKE = "About 3,400 dockers are expected to join; the tugboat crews will keep working."
SWAP = "The kingdom swapped its franc for the crown."


def reason(claim: str, source: str) -> str | None:
    return turned(words(claim), words(source))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        (COUNCIL, "The council was asked by 6,500 residents to keep the library."),
        (COUNCIL, "Residents asked the council on Friday to keep the library."),
        (FIRE, "Two watchmen were killed and five firefighters injured by a fire on Sunday."),
        (FIRE, "On Sunday five firefighters were injured by a fire."),
        (STRIKE, "The tugboat crews will keep working."),
        (STRIKE, "Dockers are expected to join."),
        (SWAP, "The franc was swapped for the crown."),
        ("Ann, hurt in the fall, left.", "Ann was hurt in the fall."),
    ],
)
def test_told_in_another_order_it_is_not_turned(source: str, claim: str) -> None:
    assert reason(claim, source) is None


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        (COUNCIL, "The council asked 6,500 residents to keep the library."),
        (COUNCIL, "Residents were asked by the council to keep the library."),
        (STRIKE, "Tugboat crews are expected to join."),
        (SWAP, "The kingdom swapped its crown for the franc."),
    ],
)
def test_doers_and_done_tos_may_not_change_places(source: str, claim: str) -> None:
    found = reason(claim, source)
    assert found is not None
    assert found.endswith(".")


@given(st.text(max_size=200))
def test_no_text_turns_itself_round(text: str) -> None:
    assert reason(text, text) is None
