"""What is shown where something fails that no piece of the page has told."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from rag.page.elements import plain
from rag.page.trouble import show_trouble
from rag.service.jobs import FAULT

FULL = "The *disk* is full. Free some space."
FAILS = f"""
import streamlit as st
from rag.errors import LibraryError

def fail(how):
    if how == "told":
        raise LibraryError({FULL!r})
    raise ZeroDivisionError("/home/ann/secret")

st.title("The page")
for how in ("told", "fault"):
    st.button(how, on_click=fail, args=(how,))

@st.fragment
def part():
    if st.button("part"):
        fail("told")
part()
"""


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tabs of a test are given what `app.py` gives to Streamlit."""
    made = LocalScriptRunner.__init__

    def with_it(self: LocalScriptRunner, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        self._on_script_error = show_trouble

    monkeypatch.setattr(LocalScriptRunner, "__init__", with_it)


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("click", "told"),
    [
        (0, plain(FULL)),
        (
            1,
            plain(FAULT),
        ),
        (2, plain(FULL)),
    ],
)
def test_it_is_told_and_one_goes_on(click: int, told: str) -> None:
    tab = AppTest.from_string(FAILS).run()
    tab.button[click].click().run()
    assert not tab.exception
    assert [box.value for box in tab.error] == [told]
    next(button for button in tab.button if button.label == "Go on").click().run()
    assert not tab.error
    assert [title.value for title in tab.title] == ["The page"]
