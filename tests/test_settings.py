"""Settings: sound defaults, the environment, and a clear message for each value that is not."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import SettingsError
from rag.settings import Settings


def test_defaults_need_nothing() -> None:
    assert Settings.from_environment({}) == Settings()
    assert (Settings().embedder, Settings().llm) == ("bundled", "bundled")


def test_they_are_frozen_and_few() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().context = 4096  # type: ignore[misc]
    assert len({Settings(), Settings()}) == 1
    assert len(dataclasses.fields(Settings)) <= 15


def test_every_setting_is_read_from_the_environment() -> None:
    values: dict[type, tuple[str, object]] = {
        str: ("x", "x"),
        int: ("700", 700),
        float: ("0.25", 0.25),
    }
    for setting in dataclasses.fields(Settings):
        text, value = values[type(setting.default)]
        made = Settings.from_environment({f"QUOTH_{setting.name.upper()}": text})
        assert getattr(made, setting.name) == value
        assert dataclasses.replace(made, **{setting.name: setting.default}) == Settings()


def test_the_real_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_CONTEXT", "4096")
    assert Settings.from_environment().context == 4096
    assert Settings().context == 2048


def test_other_variables_are_left_alone() -> None:
    assert (
        Settings.from_environment({"CONTEXT": "9", "QUOTHCONTEXT": "9", "PATH": "x"}) == Settings()
    )


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("context", 511, "at least 512"),
        ("threads", -1, "0 or more"),
        ("gpu_layers", -2, "-1 or more"),
        ("passage_characters", 199, "from 200 to 4000"),
        ("passage_characters", 4001, "from 200 to 4000"),
        ("strictness", -0.1, "from 0 to 1"),
        ("strictness", 1.1, "from 0 to 1"),
        ("strictness", float("nan"), "from 0 to 1"),
    ],
)
def test_values_out_of_range(name: str, value: float, wanted: str) -> None:
    with pytest.raises(SettingsError, match=f"The setting {name} is {value}; it must be {wanted}"):
        Settings(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("context", 512),
        ("threads", 0),
        ("gpu_layers", -1),
        ("passage_characters", 200),
        ("passage_characters", 4000),
        ("strictness", 0.0),
        ("strictness", 1.0),
    ],
)
def test_values_at_the_edge(name: str, value: float) -> None:
    assert getattr(Settings(**{name: value}), name) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("QUOTH_CONTEXT", "many", "a whole number"),
        ("QUOTH_CONTEXT", "", "a whole number"),
        ("QUOTH_CONTEXT", "4096.5", "a whole number"),
        ("QUOTH_STRICTNESS", "high", "a number"),
    ],
)
def test_values_of_another_kind(name: str, text: str, wanted: str) -> None:
    with pytest.raises(SettingsError, match=f"variable {name} is {text!r}; it must be {wanted}"):
        Settings.from_environment({name: text})


@given(st.sampled_from([f.name.upper() for f in dataclasses.fields(Settings)]), st.text(max_size=9))
def test_any_text_is_a_setting_or_a_settings_error(name: str, text: str) -> None:
    made = None
    try:
        made = Settings.from_environment({f"QUOTH_{name}": text})
    except SettingsError as error:
        message = str(error)
    assert made is not None or name.lower() in message.lower()
