"""What a state is called by as well."""

from __future__ import annotations

import pytest

from rag.values.states import also_called


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Washington", "U.S."),
        ("United States", "White House"),
        ("Beijing", "China"),
        ("Kremlin", "Russian"),
        ("Brussels", "EU"),
        ("Brussels", "Belgian"),
    ],
)
def test_a_state_has_several_names(name: str, other: str) -> None:
    assert other in also_called(name)
    assert name in also_called(name)
    assert name in also_called(other)


@pytest.mark.parametrize("name", ["Nvidia", "washington", "Lund", "", "Washingtons"])
def test_other_names_stand_for_themselves(name: str) -> None:
    assert also_called(name) == ()
