"""Until the page can answer: progress, stop, and what cannot be opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.errors import FolderError
from rag.listing import Progress
from rag.opening import prepare
from rag.page.opening import progress_line, rereading_line
from rag.service.engine import Engine
from rag.settings import Settings
from rag.testing import FakeLLM
from tests.milvus_process import MilvusProcess
from tests.page.visited import Place, Visit
from tests.server.served import SAID
from tests.service.test_engine import SECONDS, Slow
from tests.world import ARTICLES, write


def test_a_folder_that_cannot_be_opened_is_one_line_and_can_be_tried_again(
    assistant: Assistant, visit: Visit
) -> None:
    outcomes: list[Any] = [FolderError("The folder <b>x</b> does not exist. Check the path.")]

    def prepare() -> Assistant:
        if outcomes:
            raise outcomes.pop()
        return assistant

    engine = Engine(prepare)
    tab = visit(engine)
    assert len(tab.error) == 1
    assert r"\<b\>" in tab.error[0].value
    assert not tab.chat_input
    tab.button(key="again").click().run()
    assert engine.wait(SECONDS)
    tab.run()
    assert not tab.exception
    assert tab.chat_input


def test_a_milvus_server_that_is_away_is_told_before_it_is_opened_and_after(
    tmp_path: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in ("CONNECT", "ANSWER"):
        monkeypatch.setattr(f"rag.library.milvus_server.{patience}", 1.0)
    folder, server = write(tmp_path / "articles", ARTICLES), MilvusProcess(tmp_path / "server")
    settings = Settings(library=server.library("articles"))
    engine = Engine(
        lambda: prepare(folder, index=tmp_path / "index", settings=settings, llm=FakeLLM())
    )
    tab = visit(engine)
    assert "cannot be reached" in tab.error[0].value
    assert not tab.chat_input
    server.start()
    try:
        tab.button(key="again").click().run()
        assert engine.wait(SECONDS)
        tab.run()
        assert not tab.error
        assert engine.assistant is not None
        place = Place(tab, engine, engine.assistant)
        question, says = next(iter(SAID.items()))
        answer = place.ask(question).answer
        assert answer is not None
        assert says in answer.text
    finally:
        server.stop()
    failed = place.ask("When was the bridge built?")
    assert failed.answer is None
    assert any("cannot be reached" in error.value for error in tab.error)
    engine.assistant.close()


def test_indexing_shows_how_far_it_is_and_can_be_stopped_and_gone_on_with(
    assistant: Assistant, visit: Visit
) -> None:
    slow = Indexing(assistant)
    engine = Engine(lambda: slow)  # type: ignore[arg-type, return-value]
    tab = visit(engine, wait=False)
    assert slow.begun.wait(SECONDS)
    slow.begun.clear()
    slow.batch.release()
    assert slow.begun.wait(SECONDS)
    tab.run()
    assert not tab.exception
    assert not tab.chat_input
    tab.button(key="stop").click().run()
    assert not tab.exception
    assert any("Stopping" in caption.value for caption in tab.caption)
    slow.batch.release(4)
    assert engine.wait(SECONDS)
    tab.run()
    assert not tab.exception
    assert "2 articles can be asked about" in tab.warning[0].value
    tab.button(key="go-on").click().run()
    assert engine.wait(SECONDS)
    tab.run()
    assert not tab.warning
    assert slow.done == 4


class Indexing(Slow):
    """A slow assistant with as many articles as batches are done, and a place for chats."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__()
        self.chats = assistant.chats

    settings, model = Settings(llm="none"), None

    def counts(self) -> tuple[int, int]:
        return self.done, self.done


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (None, "Loading the models"),
        (Progress(1, 9, 2, 3.4, None, "a"), "1 of 9 articles, 3 passages a second"),
        (
            Progress(1, 9, 2, 3.0, 12.4, "a"),
            "1 of 9 articles, 3 passages a second, about 12 s left",
        ),
        (Progress(9, 9, 2, 3.0, 0.0, "a"), "9 of 9 articles; getting ready …"),
    ],
)
def test_progress_in_words(progress: Progress | None, line: str) -> None:
    assert progress_line(progress).startswith(line)


def test_embedding_anew_in_words() -> None:
    done = Progress(1, 1, 1, 1.0, 2.0, "", passages_total=3)
    line = rereading_line(done, by_words=False)
    assert line.startswith("Re-reading for the new model: 1 of 3 passages, about")
    assert rereading_line(None, by_words=True).endswith("searched by their words alone.")
