"""Dates out of short texts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents.draft import find_date


@pytest.mark.parametrize(
    "line",
    [
        "2025-08-12",
        "2025/08/12",
        "2025-8-12",
        "2025-08-12T10:00:00+02:00",
        "2025-08-12 10:00:00",
        "August 12, 2025",
        "Aug. 12, 2025",
        "aug 12 2025",
        "12 August 2025",
        "12th August, 2025",
        "Updated: August 12th, 2025 at 9:00",
        "Tuesday 12 August 2025, 9:00",
    ],
)
def test_usual_forms(line: str) -> None:
    assert find_date(line) == date(2025, 8, 12)


@pytest.mark.parametrize("month", ["September", "Sept.", "Sep"])
def test_short_months(month: str) -> None:
    assert find_date(f"{month} 3, 2024") == date(2024, 9, 3)


@pytest.mark.parametrize(
    "line",
    ["", "2025-13-45", "0000-01-01", "31 February 2025", "12 Foo 2025", "tomorrow", "12025-08-12"],
)
def test_what_is_no_date(line: str) -> None:
    assert find_date(line) is None


@given(st.text(max_size=60))
def test_never_fails(line: str) -> None:
    found = find_date(line)
    assert found is None or isinstance(found, date)


@given(st.dates())
def test_iso_dates_come_back(day: date) -> None:
    assert find_date(f"on {day.isoformat()}.") == day
