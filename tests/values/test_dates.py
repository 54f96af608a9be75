from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.values.dates import Date, dates, lost_date, spelt_out

MEETING = "They met on 5 May 2024 and again between March and June 2025."


@pytest.mark.parametrize(
    ("text", "year", "month", "day"),
    [
        ("on 5 May 2024", 2024, 5, 5),
        ("on May 5, 2024", 2024, 5, 5),
        ("on May 5th 2024", 2024, 5, 5),
        ("on the 5th of May", 0, 5, 5),
        ("in May 2024", 2024, 5, 0),
        ("on 5 Sept. 2024", 2024, 9, 5),
        ("in December", 0, 12, 0),
    ],
)
def test_a_date_is_read(text: str, year: int, month: int, day: int) -> None:
    (date,) = dates(text)
    assert (date.year, date.month, date.day) == (year, month, day)


@pytest.mark.parametrize("text", ["it may rain", "they march", "Mayor Decker", "5/6/2024", ""])
def test_what_is_no_date_is_not_read(text: str) -> None:
    assert list(dates(text)) == []


@pytest.mark.parametrize("claim", ["5 May 2024", "May 5", "May 2024", "June 2025", "March 2025"])
def test_a_date_that_is_said_is_found(claim: str) -> None:
    assert lost_date(f"They met in {claim}.", MEETING) is None


@pytest.mark.parametrize("claim", ["6 May 2024", "5 June 2024", "May 2025", "5 May 2025"])
def test_a_date_that_is_put_together_otherwise_is_lost(claim: str) -> None:
    assert lost_date(f"They met on {claim}.", MEETING) == claim


@given(st.dates(datetime.date(1000, 1, 1), datetime.date(2999, 12, 31)))
def test_a_date_is_the_same_in_every_writing(date: datetime.date) -> None:
    month = f"{date:%B}"
    written = [
        f"{date.day} {month} {date:%Y}",
        f"{month} {date.day}, {date:%Y}",
        spelt_out(date.isoformat()),
    ]
    read = [next(iter(dates(text))) for text in written]
    assert {(d.year, d.month, d.day) for d in read} == {(date.year, date.month, date.day)}
    assert isinstance(read[0], Date)


@given(st.text(max_size=100))
def test_any_text_holds_its_own_dates(text: str) -> None:
    assert lost_date(text, text) is None
