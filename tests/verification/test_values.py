from __future__ import annotations

import pytest

from rag.verification.values import lost_value

SOURCE = "On 3 May 2019 the U.S. council gave Ada Rehn $1.5 million, “a fair price”, for 20 ships."


@pytest.mark.parametrize(
    "claim",
    [
        "Ada Rehn got 1.5 million dollars on May 3rd, 2019.",
        "The council paid for twenty ships.",
        'She got "a fair price" from the US council.',
        "It was paid on 2019-05-03.",
    ],
)
def test_values_hold_however_they_are_written(claim: str) -> None:
    assert lost_value(claim, SOURCE) is None


@pytest.mark.parametrize(
    ("claim", "lost"),
    [
        ("Ada Rehn got $1.6 million.", "$1.6 million"),
        ("It was paid on 4 May 2019.", "4"),
        ("It was paid on 20 May 2019.", "20 May 2019"),  # each of its figures is there
        ("Ada Berg was paid.", "Berg"),
        ("The council called it “a great price”.", "a great price"),
        ("The council paid up to 20 ships.", "up to 20"),
        ("The SHIPS Act gave Ada Rehn a fair price.", "SHIPS"),
        ("SHIPS gave Ada Rehn a fair price.", "SHIPS"),
    ],
)
def test_one_changed_value_is_told(claim: str, lost: str) -> None:
    reason = lost_value(claim, SOURCE)
    assert reason is not None
    assert lost in reason
