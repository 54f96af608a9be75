"""Who has been at the page, for administrators: how many chats each has, and when they came last.

Draws. Nothing of what is in the chats is known here.
"""

from __future__ import annotations

import json

import streamlit as st

from rag.assistant import Assistant
from rag.chats.people import Person
from rag.page.elements import day, plain
from rag.page.people import everybody
from rag.page.wording import _, number

_WIDTHS = (110, 160)  # of chats and date


def draw_visitors(assistant: Assistant) -> None:
    """The list. Raises `RagError` where it is no administrator who asks."""
    people = everybody(assistant)
    with st.container(key="people"):
        st.title(_("People"), anchor=False)
        st.caption(_("What they ask and add is theirs alone, and not shown here."))
        _draw_row(_("Name"), _("Chats"), _("Last here"))
        for person in people:
            seen = day(person.seen.date()) if person.seen else ""
            _draw_row(f"**{plain(name_of(person))}**", number(person.begun), plain(seen))


def name_of(person: Person) -> str:
    """What to call somebody: by what they were called last, otherwise as their provider does.

    >>> name_of(Person('["https://login.example", "00u1"]', "", 2, None))
    'https://login.example 00u1'
    """
    if person.called:
        return person.called
    try:
        return " ".join(map(str, json.loads(person.owner)))
    except (ValueError, TypeError):
        return person.owner


def _draw_row(name: str, chats: str, seen: str) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(name, width="stretch")
        for fact, width in zip((chats, seen), _WIDTHS, strict=True):
            st.caption(fact, width=width)
