"""Conditions on the rows of a table."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evidence.columns import Table
from rag.evidence.conditions import Kind, conditions, met_by, without


def table(*rows: str) -> Table:
    cells = tuple(dict(part.split(": ") for part in row.split(" | ")) for row in rows)
    return Table(next(iter(cells[0])), cells, tuple(enumerate(rows)))


@pytest.mark.parametrize(
    ("question", "kind", "low", "high"),
    [
        ("Which were dug before 1945?", "under", 1945, 1945),
        ("Which opened before 3 May 1945?", "under", 19450503, 19450503),
        ("Which opened after May 1945?", "over", 19450500, 19450599),
        ("Which opened in the 1940s?", "within", 1940, 1949),
        ("Which opened between 1940 and 1950?", "within", 1940, 1950),
        ("Which cost no more than 1,200 crowns?", "most", 1200, 1200),
        ("Which cost from two to five crowns?", "within", 2, 5),
        ("Which have at least four berths?", "least", 4, 4),
        ("Which are worth more than $1.5 million?", "over", 1.5e6, 1.5e6),
        ("Which cost under $5?", "under", 5, 5),
        ("Which are older than 1950?", "under", 1950, 1950),
        ("Which are older than 12 years?", "over", 12, 12),
        ("Which are lighter than 80 kg?", "under", 80, 80),
    ],
)
def test_a_bound_is_read(question: str, kind: Kind, low: float, high: float) -> None:
    [one] = conditions(question)
    assert (one.kind, one.low, one.high) == (kind, low, high)


@pytest.mark.parametrize(
    "question",
    ["How deep is the well?", "What happened to the 2 ferries?", "Which two are it?", ""],
)
def test_a_bare_figure_bounds_nothing(question: str) -> None:
    assert conditions(question) == []


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2099, 12, 31)), st.integers(1000, 2099))
def test_a_day_and_a_year_compare_as_days_do(day: date, year: int) -> None:
    value = float(day.year * 10_000 + day.month * 100 + day.day)
    for sign, right in (
        ("before", day.year < year),
        ("after", day.year > year),
        ("since", day.year >= year),
        ("until", day.year <= year),
        ("in", day.year == year),
    ):
        [one] = conditions(f"Which opened {sign} {year}?")
        assert one.met(value) is one.met(float(day.year)) is right


@given(st.lists(st.integers(0, 999), min_size=2, max_size=12), st.integers(0, 999))
def test_each_row_is_over_under_or_at_the_bound(depths: list[int], bound: int) -> None:
    wells = table(*(f"Well: W{i} | Depth: {depth}" for i, depth in enumerate(depths)))
    found = []
    for sign in ("more than", "less than", "at least", "at most"):
        question = f"Which wells have a depth of {sign} {bound}?"
        set_ = conditions(question)
        met = met_by(without(question, set_), set_, wells)
        assert met is not None
        assert met[1] == ["Depth"]
        found.append(set(met[0]))
    over, under, least, most = found
    every = set(range(len(depths) - (len(depths) > 2 and sum(depths[:-1]) == depths[-1])))
    assert over | most == under | least == every
    assert not over & most
    assert not under & least


def test_a_column_of_yes_and_no_is_asked_by_its_name() -> None:
    stations = table("Station: Orsa | Staffed: no", "Station: Sala | Staffed: Yes")
    assert met_by("Which stations are staffed?", [], stations) == ([1], ["Staffed"])
    assert met_by("Which stations are not staffed?", [], stations) == ([0], ["Staffed"])


def test_a_condition_of_no_column_is_not_met() -> None:
    stations = table("Station: Orsa | Opened: 1911", "Station: Sala | Opened: 1962")
    question = "Which stations have more than 500 passengers?"
    set_ = conditions(question)
    assert met_by(without(question, set_), set_, stations) is None
