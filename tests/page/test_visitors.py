"""The administrator's view of who has been here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.chats.people import Person
from rag.page.visitors import name_of
from rag.service.engine import Engine
from tests.page.test_people import signed_in

VIEW = """
from rag.page.engine import engine
from rag.page.opening import ready
from rag.page.visitors import draw_visitors

draw_visitors(ready(engine()))
"""


def test_who_has_no_name_is_called_as_the_provider_does() -> None:
    assert name_of(Person("no json", "", 0, None)) == "no json"


def test_it_counts_chats_and_shows_nothing_of_them(
    assistant: Assistant, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_ADMINS", "https://login.example ann")
    signed_in(monkeypatch, "ann", name="Ann")
    hers = assistant.chats.of("bob")
    hers.begin("b", "What is the secret of the bridge?")
    hers.people.came("bob", "*Bob*")
    engine = Engine(lambda: assistant)
    visit(engine)
    tab = AppTest.from_string(VIEW, default_timeout=60).run()
    assert not tab.exception
    (table,) = tab.table
    rows = {name: chats for name, chats, _ in table.value.itertuples(index=False)}
    assert rows == {r"\*Bob\*": "1", "Ann": "0"}
    told = [table.value.to_string(), *(one.value for one in (*tab.markdown, *tab.caption))]
    assert not any("secret" in one or "bridge" in one for one in told)
    signed_in(monkeypatch, "bob")
    tab = AppTest.from_string(VIEW, default_timeout=60).run()
    assert tab.exception
    assert not tab.table
