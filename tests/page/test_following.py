"""The folder is followed while the page is open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.library import watch
from rag.service.engine import Engine
from tests.page.test_articles import listed, said
from tests.slow import SECONDS, until

Visit = Callable[..., AppTest]


@pytest.fixture
def engine(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(watch, "_LOOK", 100)
    monkeypatch.setattr(watch, "_QUIET", 50)
    monkeypatch.setattr(watch, "_PAUSES", (0.05, 0.2))
    engine = Engine(lambda: assistant, follow=True)
    yield engine
    engine.following.end(SECONDS)


def test_changes_are_taken_up_and_shown(engine: Engine, assistant: Assistant, visit: Visit) -> None:
    tab = visit(engine, library=True)
    assert engine.following.active
    assert "Changes in the folder are taken up by themselves." in said(tab)
    before = len(listed(tab))
    (assistant.folder / "ships.txt").write_text("The ships of Skarvik\n\nThere are three.")
    until(lambda: engine.following.changes == 1)
    tab.run()
    assert len(listed(tab)) == before + 1
    assert assistant.ask("How many ships of Skarvik are there?").evidence


def test_a_folder_that_is_gone_is_told_and_its_return_too(
    engine: Engine, assistant: Assistant, visit: Visit
) -> None:
    tab = visit(engine, library=True)
    away = assistant.folder.with_name("away")
    os.rename(assistant.folder, away)
    until(lambda: "is not there" in engine.following.hindered)
    tab.run()
    assert not tab.exception
    assert any("is not there" in str(warning.value) for warning in tab.warning)
    assert assistant.counts()[0]
    os.rename(away, assistant.folder)
    until(lambda: engine.following.hindered == "")


def test_files_that_are_there_twice_are_named_and_one_can_be_deleted(
    engine: Engine, assistant: Assistant, visit: Visit
) -> None:
    first = assistant.documents()[0].id
    shutil.copy(assistant.folder / first, assistant.folder / "zz <b> twin.md")
    os.rename(assistant.folder / first, assistant.folder / "aa.md")
    tab = visit(engine, library=True)
    assert [e.label for e in tab.expander if "twice" in e.label] == ["1 file is there twice"]
    assert "is the same as aa" in said(tab)
    tab.checkbox(key="choose-False-aa.md").check().run()
    tab.button(key="delete-chosen").click().run()
    assert "which stays" in said(tab)
    tab.button(key="delete-yes").click().run()
    assert engine.wait(SECONDS)
    tab.run()
    assert not tab.exception
    assert not any("twice" in e.label for e in tab.expander)
    assert "zz <b> twin.md" in {info.id for info in assistant.documents()}
