"""Which conversation a tab shows: the one that its address names, as in `?chat=1f0c…`.

Coming back from another view, whose address names none, the tab shows the same one again.
"""

from __future__ import annotations

import streamlit as st

from rag.chats import ChatStore

_NAME = "chat"


def chat() -> str | None:
    """The conversation of this tab; `None` for one that is not begun yet."""
    named = st.query_params.get(_NAME)
    if named:
        if st.session_state.get(_NAME) != named:  # after a link, the browser is to show it too
            st.query_params[_NAME] = st.session_state[_NAME] = named
    elif st.session_state.get(_NAME):
        st.query_params[_NAME] = st.session_state[_NAME]
    known: str | None = st.session_state.get(_NAME)
    return known


def begun(store: ChatStore) -> str:
    """The conversation of this tab, begun where it was not."""
    found = own(store)
    show(found)
    return found


def own(store: ChatStore) -> str:
    """The conversation of this tab, or the id of a new one where there is none of one's own."""
    found = chat()
    return found if found and store.info(found) else store.new_id()


def show(chat: str) -> None:
    """Let this tab show a conversation."""
    if st.session_state.get(_NAME) != chat:
        st.query_params[_NAME] = st.session_state[_NAME] = chat


def leave() -> None:
    """Show a conversation that is not begun yet."""
    st.session_state.pop(_NAME, None)
    if _NAME in st.query_params:
        del st.query_params[_NAME]


def of(chat: str) -> dict[str, str]:
    """What the address of a conversation holds."""
    return {_NAME: chat}
