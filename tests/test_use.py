"""Another model, or other settings, for an assistant that is open."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import ModelError, SettingsError
from rag.events import Draft, EvidenceFound, Finished
from rag.models import LlamaCpp
from rag.settings import FILE, Settings
from rag.testing import FakeEmbedder, FakeLLM, FakeReader
from tests.serving import Behaviour, served
from tests.world import BUILT as STANDS
from tests.world import check, opened, write

BUILT = "When was the ferry Hanna built?"
SENTENCE = f"{STANDS} [1]"


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with opened(tmp_path, llm=FakeLLM(["Hanna was built in 1962. [1]"] * 99)) as assistant:
        assistant.warm()
        yield assistant


def change(assistant: Assistant, **values: object) -> None:
    assistant.use(dataclasses.replace(assistant.settings, **values))  # type: ignore[arg-type]


def test_strictness_changes_at_once_and_the_model_stays(assistant: Assistant) -> None:
    before = assistant.model
    line = assistant.refuse_below
    change(assistant, strictness=1.0)
    assert assistant.refuse_below == 1.0 > line
    assert assistant.ask(BUILT).refused
    change(assistant, strictness=0.0)
    assert not assistant.ask(BUILT).refused
    assert assistant.model == before


def test_from_a_model_to_a_server_to_quotations_only(assistant: Assistant) -> None:
    assert assistant.ask(BUILT).text == "Hanna was built in 1962. [1]"
    server = Behaviour(FakeLLM(["The ferry Hanna was built in 1962. [1]"] * 9), kind="vllm")
    with served(server):
        change(assistant, llm=server.address, context=1500)
        answer = assistant.ask(BUILT)
        check(answer, assistant.document)
        assert answer.text == "The ferry Hanna was built in 1962. [1]"
        model = assistant.model
        assert model is not None
        assert (model.name, model.context) == ("small", 1500)
        assert model.where.startswith("the server at 127.0.0.1")
        assert model.speed.prompt
        change(assistant, llm="none")
    assert assistant.model is None
    assert assistant.ask(BUILT).text == SENTENCE


def test_whatever_a_server_writes_only_what_is_proven_stands(assistant: Assistant) -> None:
    for written in ("Hanna sank in 1999. [1]", "", "<script>alert(1)</script> [9]", "[1] " * 60):
        with served(Behaviour(FakeLLM([written] * 9), kind="library")) as server:
            change(assistant, llm=server.address)
            answer = assistant.ask(BUILT)
            check(answer, assistant.document)
            assert answer.text == SENTENCE
            change(assistant, llm="none")


@pytest.mark.parametrize(
    ("llm", "message"),
    [
        ("gone.gguf", r"The model file gone\.gguf does not exist"),
        ("http://127.0.0.1:9/v1", "Nothing answers at http://127.0.0.1:9/v1"),
        ("a/b:c.gguf", "cannot be downloaded: downloads are switched off"),
    ],
)
def test_a_model_that_fails_to_load_leaves_all_as_it_was(
    assistant: Assistant, llm: str, message: str
) -> None:
    before = assistant.settings, assistant.model
    with pytest.raises(ModelError, match=message):
        change(assistant, llm=llm, strictness=0.9)
    assert (assistant.settings, assistant.model) == before
    assert assistant.ask(BUILT).text == "Hanna was built in 1962. [1]"


@pytest.mark.parametrize("values", [{"folder": "x"}, {"index": "x"}])
def test_what_belongs_to_the_library_cannot_change(
    assistant: Assistant, values: dict[str, object]
) -> None:
    before = assistant.settings
    with pytest.raises(SettingsError, match=rf"The setting {next(iter(values))} cannot change"):
        change(assistant, **values)
    assert assistant.settings == before


def test_a_question_in_work_ends_with_the_model_that_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.models.llamafile._WRITES", 1)  # that a small one writes too
    monkeypatch.setattr("rag.writing.pace._PATIENCE", 600.0)  # on a busy machine too
    with opened(tmp_path, settings=Settings(threads=1)) as assistant:
        old = _loaded(assistant)
        expected = assistant.ask(BUILT)
        stream = assistant.stream(BUILT)
        assert isinstance(next(stream), EvidenceFound)
        assert isinstance(next(stream), Draft)
        change(assistant, context=1024)
        new = _loaded(assistant)
        assert new is not old
        assert new.context == 1024
        assert not old._closed  # it is still at the question
        *_, last = stream
        assert isinstance(last, Finished)
        assert last.answer == expected
        assert old._closed
        assert assistant.ask(BUILT) == expected


def _loaded(assistant: Assistant) -> LlamaCpp:
    assistant.warm()
    llm = assistant._models.llm.loaded
    assert isinstance(llm, LlamaCpp)
    return llm


def test_questions_while_the_model_changes_again_and_again(assistant: Assistant) -> None:
    answers: list[str] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set() or not answers:
            answers.append(assistant.ask(BUILT).text)

    with served(Behaviour(FakeLLM(["Hanna was built in 1962. [1]"] * 9999))) as server:
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            change(assistant, llm=server.address)
            assistant.ask(BUILT)
            change(assistant, llm="none")
        stop.set()
        for thread in threads:
            thread.join(60)
    assert len(answers) >= 3
    assert set(answers) <= {"Hanna was built in 1962. [1]", SENTENCE}


def test_threads_reach_the_embedder_too(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from rag.models.embedder import set_threads

    before = torch.get_num_threads()
    set_threads(before + 1)
    assert torch.get_num_threads() == before + 1
    set_threads(0)
    assert torch.get_num_threads() == before
    told: list[int] = []
    monkeypatch.setattr("rag.modelset.set_threads", told.append)
    change(assistant, llm="none", threads=2)
    assert told == [2]


def test_the_model_is_told_once_it_is_loaded(tmp_path: Path) -> None:
    with opened(tmp_path, settings=Settings(llm="none")) as assistant:
        assistant.warm()
        assert assistant.model is None
    llm = FakeLLM()
    with opened(tmp_path, llm=llm) as assistant:
        assert assistant.model is None
        assistant.warm()
        assert assistant.model is llm


def test_the_settings_file_of_the_index_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, index = write(tmp_path / "articles"), tmp_path / "index"
    Settings(llm="none", strictness=0.25).write(index, {})
    monkeypatch.setenv("QUOTH_STRICTNESS", "0.75")
    with Assistant(folder, index, embedder=FakeEmbedder(), reader=FakeReader()) as assistant:
        assert assistant.settings == Settings(llm="none", strictness=0.75)
    (index / FILE).write_text("{")
    with pytest.raises(SettingsError, match="is not JSON"):
        Assistant(folder, index, embedder=FakeEmbedder(), reader=FakeReader())
