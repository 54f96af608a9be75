"""What is known of an article: shown, set by hand, and what the list is narrowed by."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.service.engine import Engine

Visit = Callable[..., AppTest]


@pytest.fixture
def tab(assistant: Assistant, visit: Visit) -> AppTest:
    tab = visit(Engine(lambda: assistant), library=True)
    tab.button(key="open-bridge.md").click().run()
    assert not tab.exception
    return tab


def said(tab: AppTest) -> str:
    return "\n".join(str(e.value) for e in [*tab.markdown, *tab.caption, *tab.error])


def listed(tab: AppTest) -> list[str]:
    return [button.label for button in tab.button if str(button.key).startswith("open-")]


def click(tab: AppTest, key: str) -> None:
    tab.button(key=key).click().run()
    assert not tab.exception


def test_a_fact_is_set_and_taken_back(tab: AppTest, assistant: Assistant) -> None:
    tab.text_input(key="facts-author-bridge.md").set_value("Anna Berg")
    tab.date_input(key="facts-date-bridge.md").set_value(date(2001, 2, 3))
    click(tab, "facts-keep")
    info = assistant.info("bridge.md")
    assert info is not None
    assert (info.author, info.date, info.by_hand) == (
        "Anna Berg",
        date(2001, 2, 3),
        ("author", "date"),
    )
    assert "Anna Berg · 3 February 2001 · English · 54 words" in said(tab)
    assert "Set by hand: the author, the day" in said(tab)
    click(tab, "facts-as-told")
    assert "4 March 2021 · English · 54 words" in said(tab)
    assert tab.text_input(key="facts-author-bridge.md").value == ""


def test_a_date_can_be_taken_away(tab: AppTest, assistant: Assistant) -> None:
    tab.date_input(key="facts-date-bridge.md").set_value(None)
    click(tab, "facts-keep")
    info = assistant.info("bridge.md")
    assert info is not None
    assert info.date is None


def test_what_cannot_be_kept_is_told(tab: AppTest, assistant: Assistant) -> None:
    tab.text_input(key="facts-author-bridge.md").set_value("x" * 400)
    click(tab, "facts-keep")
    assert "longer than 300 characters" in said(tab)
    info = assistant.info("bridge.md")
    assert info is not None
    assert info.by_hand == ()


def test_the_list_is_narrowed_and_asked(assistant: Assistant, visit: Visit) -> None:
    assistant.correct("bridge.md", author="Anna Berg")
    tab = visit(Engine(lambda: assistant), library=True)
    everything = listed(tab)
    tab.selectbox(key="filter-author").set_value("Anna Berg").run()
    assert listed(tab) == ["The Lund bridge"]
    click(tab, "ask-these")
    named = tab.query_params["chat"]
    chat = named if isinstance(named, str) else named[0]
    info = assistant.chats.info(chat)
    assert info is not None
    assert info.documents == ("bridge.md",)
    tab.selectbox(key="filter-author").set_value(None).run()
    assert listed(tab) == everything
    tab.date_input(key="filter-after").set_value(date(2022, 1, 1)).run()
    assert listed(tab) == ["The ferry Hanna"]
    tab.date_input(key="filter-after").set_value(None).run()
    tab.text_input(key="filter-source").set_value("nowhere").run()
    assert listed(tab) == []


def asked_of(tab: AppTest, assistant: Assistant) -> tuple[str, ...] | None:
    """What the chat keeps to that was begun with these articles."""
    click(tab, "ask-these")
    named = tab.query_params["chat"]
    info = assistant.chats.info(named if isinstance(named, str) else named[0])
    assert info is not None
    return info.documents


def test_a_collection_is_chosen_and_asked(assistant: Assistant, visit: Visit) -> None:
    for name, author in (("news/2024/ice.md", "Bo"), ("news/2024/fog.md", "Al")):
        text = f"---\ntitle: {name[10:13]}\nauthor: {author}\n---\n\nIt lay until {author} left.\n"
        assistant.add(name.rpartition("/")[2], text.encode())
        (assistant.folder / name).parent.mkdir(exist_ok=True)
        (assistant.folder / name.rpartition("/")[2]).rename(assistant.folder / name)
    assistant.sync()
    tab = visit(Engine(lambda: assistant), library=True)
    choice = tab.selectbox(key="filter-collection")
    assert (choice.label, choice.options) == ("Collection", ["news/", "news/2024/"])
    choice.set_value("news/").run()
    assert sorted(listed(tab)) == ["Barnacle geese", "fog", "ice"]
    assert asked_of(tab, assistant) == ("news/",)
    tab.selectbox(key="filter-author").set_value("Bo").run()
    assert asked_of(tab, assistant) == ("news/2024/ice.md",)  # no more than these
    shutil.rmtree(assistant.folder / "news")
    assistant.sync()
    tab.selectbox(key="filter-author").set_value(None).run()
    assert not tab.exception
    assert len(listed(tab)) == 3
    assert not [box for box in tab.selectbox if box.key == "filter-collection"]
