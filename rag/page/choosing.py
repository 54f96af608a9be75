"""Which articles a chat may use, chosen from a list that can be searched."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from rag.assistant import Assistant
from rag.page.source import newest_first


def choose_articles(
    assistant: Assistant, chosen: tuple[str, ...] | None, key: str
) -> tuple[str, ...] | None:
    """Let a person choose; the ids that may be used, or `None` for all.

    Args:
        assistant: Whose articles they are.
        chosen: What was chosen before; ids that are gone are left out.
        key: The same for the same chat, and no other's.
    """
    infos = newest_first(assistant.documents())
    again = Counter(info.title for info in infos)
    labels = {
        info.id: info.title if again[info.title] == 1 else f"{info.title} ({info.id})"
        for info in infos
    }
    before = [id_ for id_ in chosen or () if id_ in labels]
    picked = st.multiselect(
        "Articles to ask",
        list(labels),
        default=before,
        format_func=lambda id_: labels.get(id_, id_),
        key=key,
        placeholder="All articles",
        help="Type to search the titles. With none chosen, all articles are asked.",
    )
    if chosen and not before and not picked:
        st.caption("None of the articles chosen before is left; all are asked.")
    return tuple(picked) or None
