"""Articles that come, change and go while an assistant is open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import rag
from rag.chats.standing import State, digests
from rag.documents.fetch import FetchedFile
from rag.errors import (
    AddressError,
    FolderError,
    ModelError,
)
from rag.listing import Addition, Outcome
from rag.testing import FakeEmbedder
from tests.chats.made import standing
from tests.world import ARTICLES, asked, opened

BUILT = "When was the ferry Hanna built?"


def test_syncing_follows_the_folder(tmp_path: Path) -> None:
    with opened(tmp_path) as assistant:
        quay = assistant.folder / "quay.txt"
        quay.write_text("The quay\n\nThe quay was paved with granite in 1871.\n", encoding="utf-8")
        assert assistant.sync().added == ("quay.txt",)
        assert "1871" in asked(assistant, "When was the quay paved?").text
        quay.write_text("The quay\n\nThe quay was paved with slate in 1872.\n", encoding="utf-8")
        assert assistant.sync().changed == ("quay.txt",)
        assert "1872" in asked(assistant, "When was the quay paved?").text
        quay.unlink()
        assert assistant.sync().removed == ("quay.txt",)
        assert asked(assistant, "When was the quay paved?").refused


def test_a_saved_answer_stands_when_its_article_gets_another_name(tmp_path: Path) -> None:
    with opened(tmp_path) as assistant:
        answer = asked(assistant, "When was the bridge opened?")
        noted = digests(answer, assistant.find_document)
        for citation in answer.citations:
            old = assistant.folder / citation.document
            if old.is_file():
                old.rename(old.with_name(f"moved-{old.name}"))
        assert assistant.sync().moved
        found = standing(answer, assistant.find_document, digests=noted)
        assert found
        assert {(one.state, one.changed) for one in found} == {(State.STANDS, False)}


def test_a_folder_that_is_missing_is_told_before_a_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="does not exist"):
        rag.open(tmp_path / "missing")
    file = tmp_path / "file.txt"
    file.write_text("text", encoding="utf-8")
    with pytest.raises(FolderError, match="not a folder"):
        rag.open(file)


def test_from_an_empty_folder_to_an_answer_and_back(tmp_path: Path) -> None:
    with opened(tmp_path, articles={"a/.keep": ""}) as assistant:
        assert assistant.ask(BUILT).refused
        added = assistant.add("ferry.md", ARTICLES["ferry.md"].encode())
        assert added == Addition("ferry.md", Outcome.ADDED, "The ferry Hanna", 1)
        assert not assistant.ask(BUILT).refused
        assert (assistant.folder / "ferry.md").read_text() == ARTICLES["ferry.md"]
        assert assistant.add("other.md", ARTICLES["ferry.md"].encode()) == Addition(
            "ferry.md", Outcome.ALREADY_THERE, "The ferry Hanna", 1
        )
        kept = assistant.remove("ferry.md")
        assert kept == assistant.index / "removed/ferry.md"
        assert kept.read_text() == ARTICLES["ferry.md"]
        assert assistant.ask(BUILT).refused
        assert assistant.documents() == []
        assistant.sync()  # an empty library of an empty folder is in step


def test_a_model_that_fails_leaves_the_file_for_the_next_sync(tmp_path: Path) -> None:
    with opened(tmp_path) as assistant:
        working, assistant._models.embedder.wanted = (
            assistant._models.embedder.wanted,
            FakeEmbedder(dimension=256, fail_after=0),
        )
        with pytest.raises(ModelError, match="told to fail"):
            assistant.add("new.txt", b"Whales\n\nWhales sing.")
        assistant._models.embedder.wanted = working
        again = assistant.add("new.txt", b"Whales\n\nWhales sing.")
        assert (again.id, again.outcome) == ("new.txt", Outcome.ADDED)


def test_a_web_page_becomes_an_article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    html = (
        "<html><head><title>Whales</title></head><body><p>Whales sing at night.</p></body></html>"
    )
    pages = [html, html, html.replace("night", "dawn")]
    monkeypatch.setattr(
        "rag.documents.saved.fetch",
        lambda address: FetchedFile(address, ".html", pages.pop(0).encode()),
    )
    with opened(tmp_path) as assistant:
        address = "https://example.org/whales"
        first = assistant.add_address(address)
        assert (first.id, first.outcome, first.title) == ("Whales.md", Outcome.ADDED, "Whales")
        document = assistant.document("Whales.md")
        assert (document.source, document.date) == (address, None)
        assert f"fetched: {date.today()}" in (assistant.folder / "Whales.md").read_text()
        assert assistant.add_address(address).outcome is Outcome.ALREADY_THERE
        newer = assistant.add_address(address, replace=True)
        assert (newer.id, newer.outcome) == ("Whales.md", Outcome.REPLACED)
        assert "dawn" in assistant.document("Whales.md").text
        assert "night" in (assistant.index / "removed/Whales.md").read_text()


def test_an_address_on_this_machine_is_not_fetched(tmp_path: Path) -> None:
    with (
        opened(tmp_path) as assistant,
        pytest.raises(AddressError, match="not on the public internet"),
    ):
        assistant.add_address("http://127.0.0.1:1/")
