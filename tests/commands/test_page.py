"""`page`: what is started, what is said of the model meanwhile, and which folder is meant."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from streamlit import config, net_util
from streamlit.web import bootstrap

from rag.commands import page
from rag.commands.options import places, remember
from rag.models.parts import Parts
from rag.settings import Settings
from tests.commands.stand_in import RAW, ROOT, run
from tests.models.packages import packed


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be started, in place of Streamlit."""
    commands: list[Any] = []

    class Ended(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, command: list[str], *, env: dict[str, str]) -> None:
            commands.extend((command, env))
            super().__init__([sys.executable, "-c", ""])

    monkeypatch.setattr("rag.commands.page.subprocess.Popen", Ended)
    return commands


def test_the_page_of_the_repository_is_started_on_this_computer_only(
    started: list[Any], tmp_path: Path
) -> None:
    result = run("page", str(tmp_path), "--port", "8777", "--no-browser")
    assert (result.exit_code, result.output) == (0, "")
    command, environment = started
    assert str(ROOT / "app.py") in command
    assert "--server.address=localhost" in command
    assert {"--server.port=8777", "--server.headless=true"} <= set(command)
    assert environment["QUOTH_FOLDER"] == str(tmp_path)
    assert "QUOTH_OPEN_TO_ALL" not in environment


def test_only_so_many_words_open_it_to_all(started: list[Any], tmp_path: Path) -> None:
    assert run("page", str(tmp_path), "--address", "0.0.0.0", "--open-to-all").exit_code == 0
    assert started[1]["QUOTH_OPEN_TO_ALL"] == "1"


def test_the_names_that_it_is_opened_by_are_told(started: list[Any], tmp_path: Path) -> None:
    run("page", str(tmp_path), "--known-as", "quoth.example", "--known-as", "localhost")
    assert started[1]["QUOTH_PAGE_NAMES"] == "quoth.example,localhost"


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_no_other_computer_is_asked_for_the_address_of_this_one(
    started: list[Any], tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("page", str(tmp_path), "--address", address, "--open-to-all", "--no-browser")
    given = dict(option[2:].split("=") for option in started[0] if option.startswith("--"))
    usual = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: given.get(name, usual(name)))
    monkeypatch.setattr(config, "is_manually_set", given.__contains__)
    monkeypatch.setattr(net_util, "get_external_ip", lambda: pytest.fail("asked"))
    bootstrap._print_url(False)


def test_a_missing_folder_is_told_before_anything_starts(started: list[Any]) -> None:
    result = run("page", "nowhere")
    assert result.exit_code == 1
    assert "The folder nowhere does not exist. Name one, which may be empty" in result.stderr
    assert not started


def test_how_far_the_model_is_is_said(
    made: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links = packed(tmp_path / "wheels", RAW)
    page._fetch(["--isolated", "--no-index", f"--find-links={links}"], Event())
    assert made.file.read_bytes() == RAW
    said = capsys.readouterr().err.splitlines()
    assert "is fetched while the page is open" in said[0]
    assert sum("MB." in line for line in said) == 2
    assert said[-1].startswith("The model that writes is here.")
    page._fetch([], Event())
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("made")
def test_a_failure_says_what_to_do_and_an_end_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--isolated", "--no-index", f"--find-links={tmp_path}"]
    page._fetch(options, Event())
    assert "To fetch it later: python -m rag model" in capsys.readouterr().err
    ended = Event()
    ended.set()
    page._fetch(options, ended)
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there signals are others")
def test_a_page_that_will_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_ENDING", 0.2)
    deaf = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    )
    run = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert run.stdout is not None
    run.stdout.readline()
    page._end(run)
    assert run.wait(10) == -signal.SIGKILL
    page._end(run)  # over already
    run.stdout.close()


def test_a_request_to_terminate_leaves_through_the_end() -> None:
    code = str(128 + signal.SIGTERM)
    with page._terminable(), pytest.raises(SystemExit, match=code):
        signal.raise_signal(signal.SIGTERM)


def test_the_folder_indexed_last_is_meant_where_the_default_one_is_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    none, default = (None, None), (Path("seeds"), Path("index/seeds"))
    assert places(Settings(), *none) == default
    remember(Path("tea"), Path("elsewhere"))
    assert places(Settings(), *none) == (Path("tea"), Path("elsewhere"))
    assert places(Settings(), Path("cocoa"), None) == (Path("cocoa"), Path("index/cocoa"))
    (tmp_path / "index" / "last.json").write_text("[1")
    assert places(Settings(), *none) == default
    remember(Path("tea"), Path("elsewhere"))
    (tmp_path / "seeds").mkdir()
    assert places(Settings(), *none) == default


def test_a_folder_that_is_set_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    remember(Path("tea"), Path("elsewhere"))
    monkeypatch.setenv("QUOTH_FOLDER", "gone")
    settings = Settings.from_environment()
    assert places(settings, None, None) == (Path("gone"), Path("index/gone"))
