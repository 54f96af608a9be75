from __future__ import annotations

import pytest

from rag.evidence.columns import Table, values_of


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.240", "980", "75"], [1240, 980, 75]),
        (["1.240.500", "2.100"], [1240500, 2100]),
        (["1.240,50 EUR", "980,00 EUR"], [1240.5, 980]),
        (["12,5 %", "8 %"], [12.5, 8]),
        (["1,240", "980"], [1240, 980]),
        (["1,240.50", "980.00"], [1240.5, 980]),
        (["1.240", "980", "2.5"], [1.24, 980, 2.5]),  # a point before one digit
        (["1.240", "0.980", "120"], [1.24, 0.98, 120]),  # thousands do not begin with 0
        (["1.240", "9.125"], [1.24, 9.125]),  # nothing tells
        (["1.125", "3"], [1.125, 3]),
        (["1.240", "1980"], [1.24, 1980]),  # thousands without a point
        (["3.5.2024", "7.11.2023"], [None, None]),
    ],
)
def test_a_column_tells_what_points_and_commas_are(cells: list[str], values: list[float]) -> None:
    assert values_of(cells) == pytest.approx(values)


def test_some_rows_are_read_as_the_whole_table_writes_them() -> None:
    rows = tuple({"Stall": name, "Takings": told} for name, told in (("A", "1.240"), ("B", "980")))
    table = Table("Stall", rows, ((0, ""), (1, "")))
    assert table.only([0]).values("Takings") == [1240.0]
    assert table.only([0]).only([0]).values("Takings") == [1240.0]
