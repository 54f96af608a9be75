"""Keeping the fitted line, using it, going back, and what is broken, foreign or stale."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.calibration import FILE, RefusalLine
from rag.errors import CalibrationError
from rag.testing import FakeReader
from tests.calibration.test_calibration import FOUND
from tests.world import weights

WEIGHTS = weights(refuse=0.3)


def line(place: Path, **other: Any) -> RefusalLine:
    return RefusalLine(place, **({"weights": WEIGHTS, "reader": FakeReader()} | other))


def fitted(place: Path) -> RefusalLine:
    found = line(place)
    reader, weights_ = found.made_with
    origins = replace(FOUND.origins, reader=reader, weights=weights_)
    found.keep(replace(FOUND, origins=origins))
    return found


def test_without_one_the_weights_decide(tmp_path: Path) -> None:
    found = line(tmp_path)
    assert found.at(0.5) == 0.3
    assert found.calibration is None
    assert not found.problem
    assert not found.stale(6, 30)


def test_it_is_used_at_once_and_kept(tmp_path: Path) -> None:
    assert fitted(tmp_path).at(0.5) == 0.5
    again = line(tmp_path)
    assert again.at(0.5) == 0.5
    assert again.calibration is not None
    assert again.calibration.answerable == FOUND.answerable
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_going_back(tmp_path: Path) -> None:
    found = fitted(tmp_path)
    assert found.forget()
    assert found.at(0.5) == 0.3
    assert not found.forget()
    assert line(tmp_path).calibration is None


def test_another_reader_or_other_weights_do_not_use_it(tmp_path: Path) -> None:
    fitted(tmp_path)
    for other in ({"reader": "bundled"}, {"reader": "org/other"}, {"weights": weights(refuse=0.4)}):
        found = line(tmp_path, **other)
        assert found.calibration is None
        assert "made with another reader" in found.stale(6, 30)
        assert "python -m rag calibrate" in found.problem


@pytest.mark.parametrize(("passages", "much"), [(30, False), (36, False), (37, True), (20, True)])
def test_it_is_stale_once_the_articles_changed_much(
    tmp_path: Path, passages: int, much: bool
) -> None:
    told = fitted(tmp_path).stale(6, passages)
    assert ("changed much" in told) == much
    assert line(tmp_path).at(0.5) == 0.5  # it is told, and still the best there is


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        "7",
        '{"version": 1}',
        '{"version": 1, "line": NaN}',
        "\xff\xfe",
        " " * 1_000_001,
    ],
    ids=range(10),
)
def test_a_broken_or_foreign_file_is_told_and_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode("latin-1"))
    found = line(tmp_path)
    assert found.at(0.5) == 0.3
    assert str(tmp_path / FILE) in found.problem
    assert "is broken or was written by another program, so it is not used" in found.problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("line", 2.0),
        ("line", "0.5"),
        ("answerable", [1.5]),
        ("unanswerable", []),
        ("origins", {}),
        ("origins", None),
    ],
)
def test_a_file_with_a_senseless_value(tmp_path: Path, name: str, value: object) -> None:
    fitted(tmp_path)
    file = tmp_path / FILE
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))
    assert "is broken" in line(tmp_path).problem


def test_another_version_s_file(tmp_path: Path) -> None:
    fitted(tmp_path)
    file = tmp_path / FILE
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": 2}))
    assert "was written by another version of Quoth" in line(tmp_path).problem


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    found = line(tmp_path)
    assert "cannot be read" in found.problem
    with pytest.raises(CalibrationError, match="cannot be kept"):
        found.keep(FOUND)
    with pytest.raises(CalibrationError, match="cannot be kept"):
        found.forget()
    assert found.calibration is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    found = line(tmp_path / "nowhere")
    assert found.at(0.5) == 0.3
    with pytest.raises(CalibrationError, match="Check the folder's permissions"):
        found.keep(FOUND)
