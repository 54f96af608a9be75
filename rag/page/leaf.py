"""The page of a PDF that a quotation stands on, as it is in the file, with the quotation marked.

Draws. Knows nothing of how a page becomes a picture.
"""

from __future__ import annotations

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError
from rag.page.elements import plain
from rag.page.wording import _, later
from rag.schema import Document

PAGE, TEXT = later("Page"), later("Text")
_VIEW = "source-view"


def choose_view(document: Document, start: int, end: int) -> bool:
    """Let a person choose between page and text where there is a page; whether it is the page."""
    if start >= end or page_of(document, start) is None:
        return False
    chosen = st.segmented_control(
        _("Shown as"),
        (PAGE, TEXT),
        format_func=_,
        default=st.session_state.get(f"{_VIEW}-kept", PAGE),
        key=_VIEW,
        required=True,
        label_visibility="collapsed",
        on_change=_keep,
    )
    return bool(chosen == PAGE)


def page_of(document: Document, start: int) -> int | None:
    """The number of the page of a PDF that a character stands on."""
    return document.place(start).page if document.id.lower().endswith(".pdf") else None


def draw_leaf(assistant: Assistant, document: Document, start: int, end: int) -> bool:
    """The page that a quotation begins on; whether it could be drawn, which is told otherwise."""
    number = page_of(document, start)
    if number is None:
        return False
    quote = document.text[start:end]
    try:
        picture = _drawn(assistant, document.id, assistant.digest(document.id), number, quote)
    except RagError as error:
        told = _("The page cannot be shown, so here is the text. {why}", why=error)
        st.caption(plain(told))
        return False
    with st.container(key="leaf"):
        told = _("Page {number} of the file. It says: {quote}", number=number, quote=quote)
        st.image(picture, width="stretch", alt=told)
    return True


@st.cache_data(max_entries=32, show_spinner=False)
def _drawn(_assistant: Assistant, id_: str, digest: str, number: int, quote: str) -> bytes:
    """A drawn page; kept as long as the file is the same."""
    return _assistant.drawn(id_, number, quote)


def _keep() -> None:
    """Remember the choice for the next article; a widget that is not drawn forgets."""
    st.session_state[f"{_VIEW}-kept"] = st.session_state[_VIEW]
