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


def draw_visitors(assistant: Assistant) -> None:
    """The list. Raises `RagError` where it is no administrator who asks."""
    people = everybody(assistant)
    with st.container(key="people"):
        st.title(_("People"), anchor=False)
        st.caption(_("What they ask and add is theirs alone, and not shown here."))
        rows = {
            _("Name"): [plain(name_of(person)) for person in people],
            _("Chats"): [number(person.begun) for person in people],
            _("Last here"): [
                plain(day(person.seen.date())) if person.seen else "" for person in people
            ],
        }
        st.table(rows, border="horizontal", hide_index=True)


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
