"""The page's logic on the fakes, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import LONGEST_QUESTION, Assistant
from rag.errors import FolderError
from rag.page.engine import Engine
from rag.page.opening import progress_line
from rag.schema import Event, Progress
from rag.settings import Settings
from tests.page.test_engine import SECONDS, Slow

Visit = Callable[..., AppTest]
BUILT = "When was the ferry Hanna built?"
WINE = "Which wine goes with blue cheese?"


@pytest.fixture
def tab(assistant: Assistant, visit: Visit) -> AppTest:
    return visit(Engine(lambda: assistant))


def ask(tab: AppTest, question: str) -> AppTest:
    tab.chat_input[0].set_value(question).run()
    assert not tab.exception
    return tab


def drawn(tab: AppTest) -> list[str]:
    """The keys of the components on the page, in order."""
    return [
        key for node in tab.main if (key := getattr(node, "key", None)) and node.type != "button"
    ]


def said(tab: AppTest) -> str:
    return "\n".join(str(e.value) for e in [*tab.markdown, *tab.caption, *tab.error])


def test_an_empty_chat_welcomes_and_lists_the_articles(tab: AppTest) -> None:
    assert [title.value for title in tab.title] == ["Ask your articles", "Quoth"]
    listed = [b.label.split(" :")[0] for b in tab.button if str(b.key).startswith("article-")]
    assert listed == [
        "The ferry Hanna",
        "The Lund bridge",
        "A note in the harbour",
        "Barnacle geese",
    ]
    assert "4 articles, 4 passages" in said(tab)


def test_an_answer(tab: AppTest) -> None:
    ask(tab, BUILT)
    assert tab.chat_message[0].markdown[0].value == BUILT
    assert "claims-0-1" in drawn(tab)
    assert "passages in 4 articles searched" in said(tab)
    assert [e.label[:15] for e in tab.main.expander] == ["Sentences found"]
    assert "stop-answer" not in [button.key for button in tab.button]


def test_evidence_is_drawn_before_claims(tab: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    for name in ("show_quotes", "show_claims"):
        monkeypatch.setattr(
            f"rag.page.chat.{name}", lambda *_, key, name=name, **__: order.append(key)
        )
    ask(tab, BUILT)
    assert order[:2] == ["found-0", "claims-0-1"]


def test_a_refusal_shows_the_nearest_passages(tab: AppTest) -> None:
    ask(tab, WINE)
    assert "The articles do not say" in said(tab)
    assert "near-0" in drawn(tab)
    assert not any(key.startswith("claims") for key in drawn(tab))


@pytest.mark.parametrize(
    ("question", "message"),
    [("??", "has no words"), ("a " * LONGEST_QUESTION, "the limit is")],
)
def test_a_question_that_is_none_gets_one_line(tab: AppTest, question: str, message: str) -> None:
    ask(tab, question)
    assert len(tab.error) == 1
    assert message in tab.error[0].value


def test_a_fault_while_answering_is_one_line(
    tab: AppTest, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Iterator[Event]:
        raise ZeroDivisionError("secret")
        yield

    with monkeypatch.context() as patched:
        patched.setattr(assistant, "stream", broken)
        ask(tab, BUILT)
    assert "terminal" in tab.error[0].value
    assert "secret" not in tab.error[0].value
    ask(tab, BUILT)
    assert "claims-1-1" in drawn(tab)


def test_turns_stay_and_a_new_chat_begins_without_them(tab: AppTest) -> None:
    ask(tab, BUILT)
    ask(tab, WINE)
    assert [m.markdown[0].value for m in tab.chat_message[::2]] == [BUILT, WINE]
    tab.button(key="new").click().run()
    assert not tab.exception
    assert not tab.chat_message
    assert tab.title[0].value == "Ask your articles"


def test_an_article_opens_from_the_list_and_closes(tab: AppTest) -> None:
    tab.button(key="article-bridge.md").click().run()
    assert not tab.exception
    assert "article" in drawn(tab)
    assert "4 March 2021" in said(tab)
    tab.button(key="close").click().run()
    assert not tab.exception
    assert "article" not in drawn(tab)


def test_an_article_that_is_gone_says_so(tab: AppTest, assistant: Assistant) -> None:
    tab.button(key="article-bridge.md").click().run()
    (assistant.folder / "bridge.md").unlink()
    assistant.sync()
    tab.run()
    assert not tab.exception
    assert "no article bridge" in tab.error[0].value


def test_a_file_that_cannot_be_read_is_listed(assistant: Assistant, visit: Visit) -> None:
    (assistant.folder / "empty.txt").write_text("")
    tab = visit(Engine(lambda: assistant))
    assert tab.sidebar.expander[0].label == "1 files could not be read"


def test_a_suggested_question_is_asked_by_a_click(
    assistant: Assistant, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.page.engine.candidates", lambda _: [WINE, BUILT])
    tab = visit(Engine(lambda: assistant))
    tab.button(key="suggested-0").click().run()
    assert not tab.exception
    assert tab.chat_message[0].markdown[0].value == BUILT
    assert "claims-0-1" in drawn(tab)


def test_a_question_while_another_is_in_work_stops_that_one(tab: AppTest) -> None:
    tab.session_state["pending"] = WINE  # as left by a run that was cut short
    ask(tab, BUILT)
    assert [m.markdown[0].value for m in tab.chat_message[::2]] == [WINE, BUILT]
    assert tab.chat_message[1].caption[0].value == "Stopped."
    assert "claims-1-1" in drawn(tab)


def test_a_question_in_work_goes_on_after_another_click(tab: AppTest) -> None:
    tab.session_state["pending"] = BUILT  # as left by a run that was cut short
    tab.button(key="article-bridge.md").click().run()
    assert not tab.exception
    assert "claims-0-1" in drawn(tab)


def test_two_tabs_keep_their_own_turns(assistant: Assistant, visit: Visit) -> None:
    engine = Engine(lambda: assistant)
    one, other = visit(engine), visit(engine)
    ask(one, BUILT)
    ask(other, WINE)
    assert BUILT in said(one)
    assert BUILT not in said(other)
    assert "claims-0-1" not in drawn(other)


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


def test_indexing_shows_how_far_it_is_and_can_be_stopped_and_gone_on_with(visit: Visit) -> None:
    slow = Indexing()
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
    assert "Stopping" in said(tab)
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
    """A slow assistant with as many articles as batches are done."""

    settings, model = Settings(llm="none"), None

    def counts(self) -> tuple[int, int]:
        return self.done, self.done

    def failures(self) -> list[Any]:
        return []


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
