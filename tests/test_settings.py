"""Settings: sound defaults, the environment, and a clear message for each value that is not."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import SettingsError
from rag.plain import to_json
from rag.settings import FILE, Settings, admins, own_limits, place_of


def test_defaults_need_nothing() -> None:
    assert Settings.from_environment({}) == Settings()
    assert (Settings().embedder, Settings().llm) == ("bundled", "auto")


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
        if setting.name == "library":
            text = value = "milvus+http://localhost:19530/x"
        if setting.name == "instructions":
            text = value = "left out"
        beside = {"QUOTH_LLM": "auto"} if setting.name == "key" else {}
        made = Settings.from_environment(beside | {f"QUOTH_{setting.name.upper()}": text})
        assert getattr(made, setting.name) == value
        assert dataclasses.replace(made, **{setting.name: setting.default}) == Settings()


def test_the_real_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_CONTEXT", "4096")
    assert Settings.from_environment().context == 4096
    assert Settings().context == 0


def test_other_variables_are_left_alone() -> None:
    assert (
        Settings.from_environment({"CONTEXT": "9", "QUOTHCONTEXT": "9", "PATH": "x"}) == Settings()
    )


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("context", 0, 2**20),
        ("threads", 0, 1024),
        ("gpu_layers", -1, 10_000),
        ("timeout", 1, 3600),
        ("passage_characters", 200, 4000),
        ("strictness", 0.0, 1.0),
    ],
)
def test_a_number_lies_between_its_ends(name: str, least: float, most: float) -> None:
    for value in (least, most):
        assert getattr(Settings(**{name: value}), name) == value  # type: ignore[arg-type]
    step, wanted = (1, f"from {least:g} to {most:.0f}") if most > 1 else (0.1, "from 0 to 1")
    for value in (least - step, most + step, float("nan")):
        with pytest.raises(SettingsError, match=f"{name} is {value}; it must be {wanted}"):
            Settings(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("context", [1, 511])
def test_no_context_is_too_small_for_a_question(context: int) -> None:
    assert Settings(context=512).context == 512
    with pytest.raises(SettingsError, match=f"context is {context}; it must be 0, or at least 512"):
        Settings(context=context)


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


@pytest.mark.parametrize("llm", ["", " ", "\t"])
def test_a_model_that_is_no_text(llm: str) -> None:
    with pytest.raises(SettingsError, match="The setting llm is"):
        Settings(llm=llm)


def test_an_address_with_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(SettingsError, match="holds a name or password") as failed:
        Settings(llm="http://me:secret@host/v1")
    assert "secret" not in str(failed.value)
    with pytest.raises(SettingsError, match="holds characters that no key has") as failed:
        Settings(key="secret\r\nX: y")
    assert "secret" not in str(failed.value)


def test_the_key_is_never_shown() -> None:
    settings = Settings(key="sk-secret")
    assert "sk-secret" not in repr(settings) + str(settings) + json.dumps(to_json(settings))
    assert settings != Settings()


def test_every_setting_has_one_line_of_help() -> None:
    told = Settings.help()
    assert list(told) == [setting.name for setting in dataclasses.fields(Settings)]
    for line in told.values():
        assert re.fullmatch(r"[A-Z`].{20,250}\.", line)


def test_where_the_index_is() -> None:
    assert Settings(folder="a/b").place == Path("index/b") == place_of(Path("a/b"))
    assert Settings(folder="a/b", index="c").place == Path("c")
    assert place_of(Path("/")) == Path("index/root")


# the file


def kept(place: Path, values: object) -> Path:
    text = values if isinstance(values, str) else json.dumps(values)
    (place / FILE).write_text(text, encoding="utf-8")
    return place


def test_without_a_file_all_is_as_in_the_environment(tmp_path: Path) -> None:
    assert Settings.read(tmp_path / "none", {}) == Settings()
    assert Settings.read(tmp_path, {"QUOTH_CONTEXT": "700"}) == Settings(context=700)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    place = kept(tmp_path, {"context": 4096, "strictness": 1, "llm": "ä.gguf", "key": "k"})
    found = Settings.read(place, {"QUOTH_CONTEXT": "700", "QUOTH_FOLDER": "articles"})
    assert found == Settings(folder="articles", context=700, strictness=1.0, llm="ä.gguf", key="k")
    assert type(found.strictness) is float


def test_what_is_written_is_read(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "index"
    settings = Settings(llm="a/b:c.gguf", context=4096, strictness=0.75, threads=3, key="sk")
    settings.write(place, {})
    assert Settings.read(place, {}) == settings
    assert list(json.loads((place / FILE).read_text())) == [
        "llm",
        "key",
        "context",
        "threads",
        "strictness",
    ]
    assert [file.name for file in place.iterdir()] == [FILE]
    if os.name == "posix":
        assert stat.S_IMODE((place / FILE).stat().st_mode) == 0o600
    Settings().write(place, {})
    assert (place / FILE).read_text() == "{}\n"


HERE, THERE = "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"


def test_a_key_in_the_environment_is_for_the_address_beside_it(tmp_path: Path) -> None:
    alone = {"QUOTH_KEY": "secret"}
    assert Settings.from_environment(alone).key == ""
    place = kept(tmp_path, {"llm": THERE})
    assert Settings.read(place, alone).key == ""
    assert Settings.decided(alone) == set()
    both = alone | {"QUOTH_LLM": HERE}
    assert Settings.from_environment(both).key == "secret"
    settings = Settings.read(place, both)
    assert (settings.llm, settings.key) == (HERE, "secret")
    assert Settings.decided(both) == {"llm", "key"}


def test_a_key_for_the_environments_server_is_not_kept_beside_another(tmp_path: Path) -> None:
    place = kept(tmp_path, {"llm": THERE, "key": "kept"})
    Settings(llm=HERE, key="typed", threads=2).write(place, {"QUOTH_LLM": HERE})
    assert json.loads((place / FILE).read_text()) == {"llm": THERE, "key": "kept", "threads": 2}
    Settings(llm=THERE, key="typed").write(place, {"QUOTH_LLM": THERE})
    assert Settings.read(place, {}).key == "typed"


def test_a_kept_key_is_for_the_address_kept_with_it(tmp_path: Path) -> None:
    place = kept(tmp_path, {"llm": THERE, "key": "kept"})
    assert Settings.read(place, {}).key == "kept"
    assert Settings.read(place, {"QUOTH_LLM": THERE}).key == "kept"
    assert Settings.read(place, {"QUOTH_LLM": HERE}).key == ""
    (place / FILE).write_text('{"key": "whose"}')
    assert Settings.read(place, {"QUOTH_LLM": HERE}).key == ""


def test_a_key_typed_for_the_environments_server_is_for_no_later_one(tmp_path: Path) -> None:
    here, there = {"QUOTH_LLM": HERE}, {"QUOTH_LLM": THERE}
    Settings(llm=HERE, key="typed").write(tmp_path, here)
    assert Settings.read(tmp_path, here).key == "typed"
    assert Settings.read(tmp_path, there).key == Settings.read(tmp_path, {}).key == ""
    assert Settings.read(tmp_path, {}).llm == "auto"
    Settings.read(tmp_path, here | {"QUOTH_KEY": "other"}).write(
        tmp_path, here | {"QUOTH_KEY": "o"}
    )
    assert Settings.read(tmp_path, here).key == "typed"  # the environment's did not take its place
    assert Settings.read(tmp_path, there).key == ""
    Settings(llm=THERE, key="another").write(tmp_path, {})
    assert Settings.read(tmp_path, there).key == "another"
    assert Settings.read(tmp_path, here).key == ""


def test_what_the_environment_decides_does_not_get_into_the_file(tmp_path: Path) -> None:
    place = kept(tmp_path, {"llm": "mine.gguf", "context": 4096})
    environment = {"QUOTH_LLM": "none", "QUOTH_KEY": "secret", "QUOTH_INDEX": str(tmp_path)}
    settings = Settings.read(place, environment)
    dataclasses.replace(settings, context=8192).write(place, environment)
    assert json.loads((place / FILE).read_text()) == {"llm": "mine.gguf", "context": 8192}
    assert Settings.decided(environment) == {"llm", "key", "index"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"context": "many"}, "context is 'many'; it must be a whole number."),
        ({"context": 4096.5}, "context is 4096.5; it must be a whole number."),
        ({"context": True}, "context is True; it must be a whole number."),
        ({"context": None}, "context is None; it must be a whole number."),
        ({"strictness": "0.5"}, "strictness is '0.5'; it must be a number."),
        ({"strictness": [0.5]}, "strictness is [0.5]; it must be a number."),
        ({"llm": 7}, "llm is 7; it must be text."),
        ({"key": 12345}, "key is of another kind; it must be text."),
        ({"strictness": 10**400}, "strictness is too large."),
        ({"context": 10**30}, "The setting context is 1000000000000000000000000000000; it"),
        ({"strictness": 7}, "The setting strictness is 7.0; it must be from 0 to 1."),
        ('{"strictness": NaN}', "The setting strictness is nan; it must be from 0 to 1."),
        ({"strictnes": 0.5}, "has the unknown key 'strictnes'. Did you mean strictness?"),
        ({"zzz": 0.5}, "has the unknown key 'zzz'. Possible are: embedder, reader, llm, "),
        ({"folder": "x"}, "has the unknown key 'folder'. It can be set as QUOTH_FOLDER only."),
        ({"x" * 999: 1}, f"has the unknown key '{'x' * 40}'."),
        ("{", "is not JSON at line 1. Correct it, or delete it"),
        ("", "is not JSON at line 1."),
        ("[" * 100_000, "is not JSON"),
        ("[1, 2]", "must hold one JSON object"),
        (" " * 1_000_001, "must hold one JSON object"),
    ],
)
def test_a_file_that_makes_no_sense(tmp_path: Path, values: object, message: str) -> None:
    kept(tmp_path, values)
    with pytest.raises(SettingsError) as failed:
        Settings.read(tmp_path, {})
    assert f"The settings file {tmp_path / FILE}" in str(failed.value)
    assert message in str(failed.value)
    assert len(str(failed.value)) < len(str(tmp_path)) + 400


def test_a_file_that_is_no_text_or_no_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(SettingsError, match="is not JSON"):
        Settings.read(tmp_path, {})
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.read(tmp_path, {})


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    kept(tmp_path, '{"llm": "mine.gguf",')
    with pytest.raises(SettingsError, match="is not JSON"):
        Settings().write(tmp_path, {})
    assert (tmp_path / FILE).read_text() == '{"llm": "mine.gguf",'


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be"):
        Settings().write(tmp_path / "file" / "index", {})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    Settings(context=700).write(tmp_path, {})
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="cannot be written: No space left on device"):
        Settings(context=900).write(tmp_path, {})
    assert Settings.read(tmp_path, {}).context == 700
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", FILE]


def test_readers_see_the_old_or_the_new_file(tmp_path: Path) -> None:
    Settings(llm="a" * 5000).write(tmp_path, {})
    seen: set[Any] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.add(Settings.read(tmp_path, {}).llm[0])

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(60):
        Settings(llm="ab"[number % 2] * 5000).write(tmp_path, {})
    stop.set()
    reader.join()
    assert seen <= {"a", "b"}


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.none())
)


@given(st.dictionaries(st.sampled_from([f.name for f in dataclasses.fields(Settings)]), VALUES))
def test_any_file_is_settings_or_a_settings_error(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    place = kept(tmp_path_factory.getbasetemp(), values)
    made, message = None, ""
    try:
        made = Settings.read(place, {})
    except SettingsError as error:
        message = str(error)
    assert FILE in message or all(getattr(made, name) == value for name, value in values.items())


@pytest.mark.skipif(os.name != "posix", reason="there are no rights of others")
def test_a_file_with_a_key_is_nobody_elses_once_it_is_read(tmp_path: Path) -> None:
    for values, left in (({"llm": HERE}, 0o644), ({"llm": HERE, "key": "abc"}, 0o600)):
        (tmp_path / FILE).write_text(json.dumps(values))
        (tmp_path / FILE).chmod(0o644)
        Settings.read(tmp_path, {})
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == left


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_a_pipe_is_no_settings_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(SettingsError, match="it is no file"):
        Settings.read(tmp_path, {})


def test_administrators_are_named_by_address_or_by_issuer_and_subject(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("QUOTH_ADMINS", raising=False)
    assert admins() == ()
    monkeypatch.setenv("QUOTH_ADMINS", " ann@news.example,https://login.example   00u1,, ")
    assert admins() == ("ann@news.example", "https://login.example 00u1")
    for odd in ("ann", "login.example 00u1", "ann@news.example bob@news.example"):
        monkeypatch.setenv("QUOTH_ADMINS", odd)
        with pytest.raises(SettingsError, match=f"QUOTH_ADMINS names '{odd}'"):
            admins()


def test_what_each_person_may_add_is_two_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUOTH_OWN_ARTICLES", "QUOTH_OWN_MEGABYTES"):
        monkeypatch.delenv(name, raising=False)
    assert own_limits() == (1000, 500)
    monkeypatch.setenv("QUOTH_OWN_ARTICLES", "0")
    monkeypatch.setenv("QUOTH_OWN_MEGABYTES", "7")
    assert own_limits() == (0, 7)
    for odd in ("-1", "many", "1.5", ""):
        monkeypatch.setenv("QUOTH_OWN_MEGABYTES", odd)
        with pytest.raises(SettingsError, match="QUOTH_OWN_MEGABYTES is"):
            own_limits()
