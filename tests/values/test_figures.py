from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.values.figures import figures, lost_count, lost_figure, without_figures

SAME = [
    ("15 %", "fifteen percent"),
    ("15%", "15 per cent"),
    ("$1.5 bn", "1,500 million dollars"),
    ("$1.5 billion", "US$1.5bn"),
    ("1500", "1,500"),
    ("two hundred and fifty thousand", "250,000"),
    ("twenty-one", "21"),
    ("a hundred", "100"),
    ("−5", "minus 5"),
    ("5 million yuan", "¥5m"),
    ("20th", "20"),
    ("１５", "15"),
    ("1932", "in 1932"),
    ("20 %", "15 to 20 %"),
    ("15 %", "between 15 and 20 %"),
    ("40", "about 40"),
]

DIFFERENT = [
    ("15 %", "15 percentage points"),
    ("$15", "15 %"),
    ("15 %", "15"),
    ("$5", "€5"),
    ("5 yen", "5 yuan"),
    ("1.5 million", "1.5 billion"),
    ("1.5 million", "1,500 million"),
    ("50,000", "two hundred and fifty thousand"),
    ("5", "-5"),
    ("1990", "the 1990s"),
    ("at least 15", "up to 15"),
    ("15", "more than 15"),
    ("more than 15", "15"),
    ("over 15", "nearly 15"),
    ("before 1932", "in 1932"),
    ("since 1932", "until 1932"),
    ("rose to 15", "rose by 15"),
    ("20", "H20"),
    ("16", "F-16"),
    ("6000", "6000D"),
    ("5", "1.5"),
    ("500", "1,500"),
    ("2024", "3.5.2024"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_figure_however_it_is_written(one: str, other: str) -> None:
    assert lost_figure(one, other) is None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_figure_unit_or_bound(one: str, other: str) -> None:
    assert lost_figure(one, other) == one.removeprefix("rose ")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("RTX 6000D, H20, A100, F-16 and 5G", []),
        ("one of them", []),
        ("one percent", [1.0]),
        ("two or three", [2.0, 3.0]),
        ("nineteen eighty-four", [19.0, 84.0]),
        ("10:30 on 2024-05-03", [10.0, 30.0, 2024.0, 5.0, 3.0]),
        ("pages 3–5", [3.0, 5.0]),
        ("10-15 %", [10.0, 15.0]),
        ("15 millionaires", [15.0]),
        ("mid-2024", [2024.0]),
        ("", []),
    ],
)
def test_values(text: str, values: list[float]) -> None:
    assert [figure.value for figure in figures(text)] == values


def test_what_a_figure_counts_must_be_said() -> None:
    assert lost_count("It sold 40 cars.", "It sold 40 chips.") == "cars"
    assert lost_count("It sold 40 chips.", "It sold 40 of its chips.") is None
    assert lost_count("It sold 40 in May.", "It sold 40 of its chips.") is None


@given(st.integers(0, 10**12))
def test_a_number_is_itself_with_and_without_separators(number: int) -> None:
    assert lost_figure(f"{number} men", f"It had {number:,} men.") is None
    assert lost_figure(f"{number + 1} men", f"It had {number:,} men.") is not None


@given(st.text(alphabet=st.sampled_from("0123456789,.%-$ abkmthos H"), max_size=40))
def test_every_text_bears_itself_out_and_keeps_its_length(text: str) -> None:
    assert lost_figure(text, text) is None
    assert len(without_figures(text)) == len(text)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    assert lost_figure(text, text) is None
