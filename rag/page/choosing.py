"""Which articles a chat may use, chosen from a list that can be searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import streamlit as st

from rag.assistant import Assistant
from rag.page.source import newest_first


def choose_articles(
    assistant: Assistant,
    chosen: tuple[str, ...] | None,
    key: str,
    on_choose: Callable[[tuple[str, ...] | None], None],
) -> None:
    """Show what is chosen, and let a person choose otherwise.

    Args:
        assistant: Whose articles they are.
        chosen: What is chosen now, `None` for all; ids that are gone are not shown.
        key: The same for the same chat, and no other's.
        on_choose: Called with another choice once a person makes it, and only then.
    """
    infos = newest_first(assistant.documents())
    again = Counter(info.title for info in infos)
    labels = {
        info.id: info.title if again[info.title] == 1 else f"{info.title} ({info.id})"
        for info in infos
    }
    here = [id_ for id_ in chosen or () if id_ in labels]
    st.session_state[key] = here  # what is kept counts, whatever this tab showed before
    st.multiselect(
        "Articles to ask",
        list(labels),
        format_func=lambda id_: labels.get(id_, id_),
        key=key,
        placeholder="All articles",
        help="Type to search the titles. With none chosen, all articles are asked.",
        on_change=lambda: on_choose(tuple(st.session_state[key]) or None),
    )
    if chosen and not here:
        st.caption("None of the articles chosen before is left, so nothing can be found.")
        st.button("Ask all articles", key=f"{key}-all", on_click=on_choose, args=(None,))
