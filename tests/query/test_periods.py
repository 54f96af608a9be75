"""Which days a question means, and when a sentence says that something happened."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.query.periods import happened, moments, period

TODAY = date(2026, 9, 10)  # a Thursday


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("What did Berg say last month?", "1 to 31 August 2026"),
        ("What did Berg say this month?", "1 to 30 September 2026"),
        ("What happened this week?", "7 to 13 September 2026"),
        ("What happened last week?", "31 August to 6 September 2026"),
        ("What was built last year?", "1 January to 31 December 2025"),
        ("What is new in the last 3 days?", "7 to 10 September 2026"),
        ("News of the past two weeks", "no"),
        ("What happened over the past two weeks?", "27 August to 10 September 2026"),
        ("What changed in the past year?", "10 September 2025 to 10 September 2026"),
        ("What was said today?", "10 September 2026"),
        ("What was said yesterday?", "9 September 2026"),
        ("What has changed since March 2023?", "since 1 March 2023"),
        ("What has changed since 5 March 2023?", "since 5 March 2023"),
        ("What has changed since 2023?", "since 1 January 2023"),
        ("What has changed since June?", "since 1 June 2026"),
        ("What did Rollo do in May last year?", "1 to 31 May 2025"),
        ("What did Rollo do in May of this year?", "1 to 31 May 2026"),
        ("What did Berg say in August?", "1 to 31 August 2026"),
        ("What did Berg say in October?", "1 to 31 October 2025"),
        ("What did Berg say in february?", "1 to 28 February 2026"),
    ],
)
def test_days_count_out_from_today(question: str, days: str) -> None:
    read = period(question, TODAY)
    assert (str(read) if read else "no") == days


@pytest.mark.parametrize(
    "question",
    [
        "What happened in 1944?",
        "What happened in August 1944?",
        "What happened on 3 August 1944?",
        "Who won in August of that year?",
        "What may she say?",
        "What will happen in 2028?",
        "Who marched to Rome?",
        "When did it last rain?",
        "What has changed since 31 February 2023?",
        "What has changed since 1900?",
        "What was sold in March and April 2023?",
        "What was sold in May (2023)?",
        "Who ruled in the last year of the war?",
        "Who ruled in the last year before the flood?",
    ],
)
def test_a_date_that_is_content_is_no_period(question: str) -> None:
    assert period(question, TODAY) is None


def test_a_month_is_the_last_one_that_an_article_is_from() -> None:
    dated = (date(2024, 8, 3), date(2025, 8, 3), date(2025, 9, 1))
    assert str(period("What was said in August?", TODAY, dated=dated)) == "1 to 31 August 2025"
    assert str(period("What was said in July?", TODAY, dated=dated)) == "1 to 31 July 2026"


@given(st.dates(min_value=date(2, 1, 1)), st.sampled_from(["last month", "in the past 3 months"]))
def test_periods_are_in_order_on_every_day(today: date, words: str) -> None:
    read = period(f"What happened {words}?", today)
    assert read is not None
    assert read.start is not None
    assert read.end is not None
    assert read.start <= read.end <= today


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("It opened on 4 May 1932.", (1932, 5, 4)),
        ("It opened on May 4, 1932.", (1932, 5, 4)),
        ("In May 1932 it opened.", (1932, 5, 0)),
        ("In 1932 it opened.", (1932, 0, 0)),
        ("It may open for 1,932 people.", (2021, 3, 4)),
    ],
)
def test_a_sentence_happened_on_its_first_date(text: str, moment: tuple[int, int, int]) -> None:
    assert happened(text, date(2021, 3, 4)) == moment


def test_every_date_of_a_sentence_is_found() -> None:
    assert moments("From 1 May 1932 to June 1933, and 1940.") == [
        (1932, 5, 1),
        (1933, 6, 0),
        (1940, 0, 0),
    ]


def test_the_long_s_of_old_prints_is_an_s() -> None:
    assert happened("It opened on 15 Auguſt 1792.", None) == (1792, 8, 15)
    assert str(period("What happened in auguſt?", date(2026, 9, 10))) == "1 to 31 August 2026"
    assert str(period("in the laſt ſix months", date(2026, 9, 10)))
