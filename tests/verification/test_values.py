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


@pytest.mark.parametrize(
    "text",
    [
        "\u03e2\u07f0n came in May.",  # Coptic with a mark of N'Ko, which no letter has
        "The Zu\u00adErich and Mc\u200bCoy met.",
        "Sa\u0303o Paulo met \u0416\u0438\u0306 and A\u0323\u0302nn\u035d.",
    ],
)
def test_a_name_with_marks_of_its_own_is_in_itself(text: str) -> None:
    assert lost_value(text, f"{text} So it was.") is None


def test_a_trade_mark_is_no_part_of_the_name_before_it() -> None:
    for source in ("Trolle™ tablets are taken.", "Trolle tablets are taken."):
        for claim in ("Trolle™ tablets are taken.", "Trolle tablets are taken."):
            assert lost_value(claim, source) is None
    assert lost_value("It was 20℃ and 5㎏.", "It was 20 °C and 5 kg.") is None


def test_an_accent_counts_however_it_is_written() -> None:
    assert lost_value("S\u00e3o Paulo won.", "Sa\u0303o Paulo won.") is None
    assert "Sao" in (lost_value("Sao Paulo won.", "Sa\u0303o Paulo won.") or "")
