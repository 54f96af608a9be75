"""Files dropped into the question box: added, told, and asked about."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.page import adding
from rag.service.engine import Engine
from tests.page.visited import Place, Visit
from tests.slow import SECONDS

TEA = b"# Of green tea\n\nGreen tea is grown in the hills of Uji by forty families.\n"
ASKED = "Where is green tea grown?"


@pytest.fixture
def place(assistant: Assistant, visit: Visit) -> Place:
    engine = Engine(lambda: assistant)
    return Place(visit(engine), engine, assistant)


def drop(place: Place, question: str | None, **files: bytes) -> None:
    box = place.tab.chat_input[0]
    for name, content in files.items():
        box.upload(f"{name}.md", content)
    box.set_value(question).run()
    assert place.engine.wait(SECONDS)
    place.tab.run()
    place.settle()
    assert not place.tab.exception


def test_a_question_is_asked_of_the_files_that_came_with_it(place: Place) -> None:
    drop(place, ASKED, tea=TEA)
    assert [turn.question for turn in place.turns] == [ASKED]
    answer = place.turns[0].answer
    assert answer is not None
    assert {citation.document for citation in answer.citations} == {"tea.md"}
    info = place.assistant.chats.info(place.chat)
    assert info is not None
    assert info.documents == ("tea.md",)
    assert "Added as “Of green tea”" in place.said().replace("\\", "")
    assert "This chat asks nothing else" in place.said()
    place.click("drop-close")
    assert "Added as" not in place.said()


def test_files_alone_are_added_and_nothing_is_asked(place: Place) -> None:
    drop(place, None, tea=TEA, more=TEA + b"More.\n")
    assert {info.id for info in place.assistant.documents()} >= {"tea.md", "more.md"}
    assert place.chat == ""
    assert "2 articles added." in place.said()


def test_what_is_dropped_into_a_narrowed_chat_joins_its_articles(place: Place) -> None:
    drop(place, ASKED, tea=TEA)
    place.click("drop-close")
    drop(place, None, more=TEA + b"More.\n")
    info = place.assistant.chats.info(place.chat)
    assert info is not None
    assert info.documents == ("tea.md", "more.md")
    place.assistant.chats.restrict(place.chat, ("more.md",))  # as a person does later
    place.tab.run()
    info = place.assistant.chats.info(place.chat)
    assert info is not None
    assert info.documents == ("more.md",)


def test_a_bad_file_is_told_and_the_question_is_not_lost(place: Place) -> None:
    drop(place, "Who designed the Lund bridge?", bad=bytes(range(32)))
    assert "bad.md is not a text file" in "".join(e.value for e in place.tab.error).replace(
        "\\", ""
    )
    assert "Not asked, as no file was added: “Who designed the Lund bridge?”" in (
        place.said().replace("\\", "")
    )
    assert place.chat == ""
    place.click("drop-ask")
    place.settle()
    assert [turn.question for turn in place.turns] == ["Who designed the Lund bridge?"]
    assert not place.tab.error


def test_a_bad_file_beside_a_good_one_is_told(place: Place) -> None:
    drop(place, ASKED, tea=TEA, bad=bytes(range(32)))
    assert len(place.tab.error) == 1
    assert [turn.question for turn in place.turns] == [ASKED]


def test_too_much_at_once_is_refused_before_anything_is_added(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "AT_ONCE", 10)
    drop(place, ASKED, tea=TEA)
    assert "the limit for one go" in place.tab.error[0].value
    assert "Not asked, as no file was added" in place.said()
    assert "tea.md" not in {info.id for info in place.assistant.documents()}
