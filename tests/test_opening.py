"""What can be opened: an empty folder, several folders, articles of a program; by which model."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag
from rag.documents.given import documents_of
from rag.errors import FolderError, RagError
from rag.library import watch
from rag.schema import AnswerOutcome, Document
from rag.settings import Settings
from rag.testing import FakeEmbedder, FakeJudge, FakeReader
from tests.world import ARTICLES, check, weights, write

QUOTES = Settings(llm="none")
BUILT = "When was the ferry Hanna built?"
GEESE = "Where do barnacle geese breed?"
TEXTS = {"ferry": "The ferry Hanna was built in 1962.", "geese": "Geese breed in Greenland."}


@pytest.fixture(autouse=True)
def fakes() -> Iterator[None]:
    with (
        patch("rag.modelset.bundled_weights", weights),
        patch("rag.modelset.load_embedder", lambda *_, **__: FakeEmbedder(dimension=256)),
        patch("rag.modelset.load_reader", lambda *_: FakeReader()),
        patch("rag.modelset.load_judge", FakeJudge),
    ):
        yield


def ids(assistant: rag.Assistant) -> list[str]:
    return [info.id for info in assistant.documents()]


def test_an_empty_folder_answers_with_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    with rag.open(tmp_path / "articles", index=tmp_path / "index", settings=QUOTES) as assistant:
        answer = assistant.ask(BUILT)
        assert (answer.refused, answer.outcome) == (True, AnswerOutcome.NOT_SAID)
        assert answer.text.startswith("The articles do not say. There are none")
        assert not answer.citations
        assert not answer.evidence
        assert assistant.search(BUILT) == []
        assert asyncio.run(assistant.aask(BUILT)) == answer
        assert str(answer) == answer.text
        assistant.add("ferry.md", ARTICLES["ferry.md"].encode())
        assert not assistant.ask(BUILT).refused


def test_what_is_not_the_one_or_the_other(tmp_path: Path) -> None:
    for how in ({}, {"folder": tmp_path, "documents": []}):
        with pytest.raises(TypeError, match="the one or the other"):
            rag.open(**how)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="list of folders is empty"):
        rag.open([])
    with pytest.raises(FolderError, match="missing does not exist"):
        rag.open([tmp_path, tmp_path / "missing"])
    with pytest.raises(TypeError, match="must be an LLM or a function"):
        rag.open(documents=TEXTS, llm="gpt-4")  # type: ignore[arg-type]


def test_any_function_is_the_model() -> None:
    asked: list[str] = []

    def model(prompt: str) -> str:
        asked.append(prompt)
        return "Yes." if "yes or no" in prompt.lower() else "The ferry Hanna was built in 1962. [1]"

    texts = {"ferry.md": ARTICLES["ferry.md"].split("---")[-1]}
    with rag.open(documents=texts, llm=model) as assistant:
        answer = assistant.ask(BUILT)
        assert answer.text == "The ferry Hanna was built in 1962. [1]"
        assert assistant.model is not None
        assert assistant.model.name == "model"
    assert any(BUILT in prompt for prompt in asked)


# articles of a program


@dataclass
class LangChainLike:
    page_content: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class LlamaIndexLike:
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)


def test_texts_of_a_program_are_answered_from_and_leave_nothing() -> None:
    with rag.open(documents=TEXTS, settings=QUOTES) as assistant:
        answer = assistant.ask(BUILT)
        check(answer, assistant.document)
        (citation,) = answer.citations
        assert citation.document == "ferry"
        assert TEXTS["ferry"][citation.start : citation.end] == citation.quote
        place = assistant.index
        assert place.is_dir()
        assert assistant.folders == ()
        assert assistant.sync().unchanged == 2
    assert not place.exists()


def test_a_place_that_nobody_closes_goes_too() -> None:
    assistant = rag.open(documents=TEXTS, settings=QUOTES)
    place = assistant.index
    del assistant
    gc.collect()
    assert not place.exists()


@pytest.mark.parametrize(
    "given",
    [
        TEXTS,
        list(TEXTS.items()),
        [{"name": name, "text": text} for name, text in TEXTS.items()],
        [{"id": name, "content": text} for name, text in TEXTS.items()],
        [LangChainLike(text, {"source": name}) for name, text in TEXTS.items()],
        [LlamaIndexLike(text, {"file_name": name}) for name, text in TEXTS.items()],
        [Document(name, name, text) for name, text in TEXTS.items()],
        (pair for pair in TEXTS.items()),
    ],
)
def test_the_shapes_that_people_have(given: Any) -> None:
    documents, failed = documents_of(given)
    assert {d.id: d.text for d in documents} == TEXTS
    assert not failed


def test_what_else_is_known_is_kept() -> None:
    facts = {"title": "Tea", "author": "Anna  Berg", "date": "2026-08-01", "source": "a shop"}
    one = {"name": "t", "text": "Tea grows.", **facts}
    two = LangChainLike("Geese fly.", {"source": "g", "date": "last week", "author": "Bo"})
    three = {"name": "d", "text": "It rains.", "date": datetime(2026, 8, 2, 9), "modified": None}
    tea, geese, rain = documents_of([one, two, three])[0]
    assert (tea.title, tea.author, tea.date) == ("Tea", "Anna Berg", date(2026, 8, 1))
    assert tea.source == "a shop"
    assert (geese.id, geese.author, geese.date) == ("g", "Bo", None)
    assert rain.date == date(2026, 8, 2)
    with rag.open(documents=[one, three], settings=QUOTES) as assistant:
        assert [i.id for i in assistant.documents(author="berg")] == ["t"]
        hits = assistant.search("tea", after=date(2026, 8, 2))
        assert {hit.document for hit in hits} == {"d"}


def test_without_names_they_are_numbered() -> None:
    documents, _ = documents_of(["One is red.", "Two is blue."])
    assert [d.id for d in documents] == ["document 1", "document 2"]
    pages = [LangChainLike(f"Page {n}.", {"source": "a.pdf"}) for n in range(3)]
    assert [d.id for d in documents_of(pages)[0]] == ["a.pdf", "a.pdf 2", "a.pdf 3"]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ("one text", TypeError, "one text"),
        ([3], TypeError, "a int is no document"),
        ([{"name": "a"}], TypeError, "no document"),
        ([("a", "x"), ("a", "y")], ValueError, "the name 'a'"),
        ([{"name": "a", "text": "x", "date": "soon"}], ValueError, "date of 'a' is 'soon'"),
    ],
)
def test_what_is_no_document_is_a_mistake_of_the_program(
    given: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        rag.open(documents=given)


def test_what_holds_no_text_is_told_and_the_rest_answers() -> None:
    with rag.open(documents={**TEXTS, "blank": " \n", "raw.pdf": b"%PDF"}, settings=QUOTES) as one:
        assert [failure.path for failure in one.failures()] == ["blank", "raw.pdf"]
        assert not one.ask(BUILT).refused


def test_bytes_are_read_as_a_file_is() -> None:
    with rag.open(documents={"ferry.md": ARTICLES["ferry.md"].encode()}, settings=QUOTES) as one:
        assert one.document("ferry.md").title == "The ferry Hanna"
        assert one.document("ferry.md").date == date(2022, 6, 1)


@given(st.text(min_size=1, max_size=200))
def test_offsets_count_in_the_text_that_was_given(text: str) -> None:
    documents, failed = documents_of({"a": text})
    if failed:
        assert not text.strip("\ufeff \x00") or not text.strip()
        return
    kept = documents[0].text
    assert len(kept) == len(text)
    assert all(
        a == b or a.isspace() or b.isspace() or b == "\ufffd"
        for a, b in zip(text, kept, strict=True)
    )


def test_a_kept_index_embeds_only_what_changed(tmp_path: Path) -> None:
    place = tmp_path / "index"
    with rag.open(documents=TEXTS, index=place, settings=QUOTES) as assistant:
        assert len(ids(assistant)) == 2
    more = {**TEXTS, "geese": "Geese breed in Scotland.", "tea": "Tea grows on hills."}
    with rag.opening.prepare(documents=more, index=place, settings=QUOTES) as assistant:
        report = assistant.sync()
        assert (report.added, report.changed, report.unchanged) == (("tea",), ("geese",), 1)
        assert report.passages == 2
    assert place.is_dir()
    with rag.opening.prepare(documents={"tea": more["tea"]}, index=place, settings=QUOTES) as one:
        assert one.sync().removed == ("ferry", "geese")
        assert ids(one) == ["tea"]


def test_the_index_of_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    folder, place = write(tmp_path / "articles"), tmp_path / "index"
    rag.open(folder, index=place, settings=QUOTES).close()
    with pytest.raises(FolderError, match="Choose another index folder for what is given"):
        rag.open(documents=TEXTS, index=place, settings=QUOTES)


def test_given_articles_come_and_go() -> None:
    with rag.open(documents=TEXTS, settings=QUOTES) as assistant:
        added = assistant.add("tea.md", b"# Tea\n\nTea grows on hills.")
        assert (added.id, added.outcome.value, added.title) == ("tea.md", "added", "Tea")
        assert assistant.add("tea.md", b"# Tea\n\nTea is green.").id == "tea 2.md"
        assert assistant.add("tea.md", b"# Tea\n\nTea is old.", replace=True).id == "tea.md"
        assert assistant.document("tea.md").text.endswith("old.")
        assert assistant.add("tea.md", b"# Tea\n\nTea is old.").outcome.value == "already there"
        assert assistant.remove("ferry") is None
        assert ids(assistant) == ["geese", "tea 2.md", "tea.md"]
        with pytest.raises(RagError, match="no article ferry"):
            assistant.remove("ferry")
        assert assistant.ask(BUILT).refused


def test_the_same_text_twice_is_searched_once_and_takes_over() -> None:
    twice = {"a": TEXTS["ferry"], "b": TEXTS["ferry"]}
    given = [{"name": name, "text": text, "title": "Hanna"} for name, text in twice.items()]
    with rag.open(documents=given, settings=QUOTES) as assistant:
        assert ids(assistant) == ["a"]
        assert assistant.info("a").copies == ("b",)  # type: ignore[union-attr]
        assistant.remove("a")
        assert ids(assistant) == ["b"]
        assert assistant.ask(BUILT).citations[0].document == "b"


# several folders


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    first = write(tmp_path / "ferries", {"ferry.md": ARTICLES["ferry.md"], "same.txt": "Hi.\n\nA."})
    second = write(
        tmp_path / "birds", {"geese.txt": ARTICLES["news/geese.txt"], "same.txt": "B b."}
    )
    return first, second


def opened(two: tuple[Path, Path], tmp_path: Path) -> rag.Assistant:
    return rag.open(two, index=tmp_path / "index", settings=QUOTES)


def test_documents_of_several_folders_are_told_apart(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    with opened(two, tmp_path) as assistant:
        assert ids(assistant) == [
            *("birds/geese.txt", "birds/same.txt", "ferries/ferry.md", "ferries/same.txt")
        ]
        assert assistant.folders == two
        for question, document in ((BUILT, "ferries/ferry.md"), (GEESE, "birds/geese.txt")):
            answer = assistant.ask(question)
            check(answer, assistant.document)
            assert answer.citations[0].document == document


def test_folders_of_one_name_are_told_apart_by_what_they_lie_in(tmp_path: Path) -> None:
    folders = [write(tmp_path / at / "notes", {"a.txt": f"It is {at}."}) for at in ("old", "new")]
    with rag.open([*folders, folders[0]], index=tmp_path / "index", settings=QUOTES) as assistant:
        assert ids(assistant) == ["new/notes/a.txt", "old/notes/a.txt"]


def test_articles_of_several_folders_come_and_go(two: tuple[Path, Path], tmp_path: Path) -> None:
    with opened(two, tmp_path) as assistant:
        (two[1] / "deep").mkdir()
        (two[1] / "geese.txt").rename(two[1] / "deep/geese.txt")
        (two[0] / "same.txt").unlink()
        report = assistant.sync()
        assert report.moved == (("birds/geese.txt", "birds/deep/geese.txt"),)
        assert report.removed == ("ferries/same.txt",)
        added = assistant.add("tea.md", b"Tea\n\nTea grows on hills.")
        assert added.id == "ferries/tea.md"
        assert (two[0] / "tea.md").is_file()
        kept = assistant.remove("birds/deep/geese.txt")
        assert kept == assistant.index / "removed/birds/deep/geese.txt"
        assert not (two[1] / "deep/geese.txt").exists()
        assert assistant.sync(only=["birds/same.txt"]).unchanged == 1
        with pytest.raises(RagError, match=r"no article tea\.md in .*ferries, .*birds"):
            assistant.remove("tea.md")


def test_one_of_several_folders_that_is_suddenly_empty_empties_nothing(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    with opened(two, tmp_path) as assistant:
        for path in two[1].iterdir():
            path.unlink()
        with pytest.raises(FolderError, match="birds holds no articles"):
            assistant.sync()
        assert len(ids(assistant)) == 4


def test_a_folder_joins_without_embedding_the_others_anew(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    rag.open(two[0], index=tmp_path / "index", settings=QUOTES).close()
    with rag.opening.prepare(two, index=tmp_path / "index", settings=QUOTES) as assistant:
        report = assistant.sync()
        assert ("ferry.md", "ferries/ferry.md") in report.moved
        assert report.passages == 2
    other = write(tmp_path / "other", {"x.txt": "It is x."})
    with pytest.raises(FolderError, match="belongs to the folder"):
        rag.open(other, index=tmp_path / "index", settings=QUOTES)


def test_several_folders_are_followed(
    two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_LOOK", 100)
    monkeypatch.setattr(watch, "_QUIET", 50)
    stop, told = threading.Event(), list[str]()
    with opened(two, tmp_path) as assistant:
        how: dict[str, Any] = {"leave_out": assistant.index, "stop": stop, "tell": told.append}
        thread = threading.Thread(
            target=watch.follow, args=(assistant.folders, assistant.sync), kwargs=how
        )
        thread.start()
        time.sleep(0.5)
        (two[0] / "tea.txt").write_text("Tea grows on hills.")
        (two[1] / "same.txt").unlink()
        _until(lambda: {"ferries/tea.txt"} <= {*ids(assistant)} >= {"birds/geese.txt"})
        _until(lambda: "birds/same.txt" not in ids(assistant))
        stop.set()
        thread.join(20)
        assert not told


def _until(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_index_of_several_folders_has_a_place_of_its_own(
    two: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with rag.open(map(str, two), settings=QUOTES) as assistant:
        assert assistant.index == Path("index/ferries+birds")
