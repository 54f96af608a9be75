"""The page of a PDF that a quotation stands on, as it is in the file, with the quotation marked.

Draws. Knows nothing of how a page becomes a picture.
"""

from __future__ import annotations

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError
from rag.page.elements import plain
from rag.page.wording import _
from rag.schema import Document
from rag.service.wording import later

PAGE, TEXT = later("Page"), later("Text")
_VIEW = "source-view"


def choose_page(document: Document, start: int, end: int) -> int | None:
    """Let a person choose between page and text; the number of the page that is to be shown.

    There is none where nothing is quoted, and where the article is no PDF.
    """
    number = _page_of(document, start) if start < end else None
    if number is None:
        return None
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
    return number if chosen == PAGE else None


def draw_leaf(assistant: Assistant, id_: str, number: int, quote: str) -> bool:
    """A page of an article with a quotation; whether it could be drawn, which is told otherwise."""
    try:
        picture = _drawn(assistant, id_, assistant.digest(id_), number, quote)
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


def _page_of(document: Document, start: int) -> int | None:
    """The number of the page of a PDF that a character stands on."""
    return document.place(start).page if document.id.lower().endswith(".pdf") else None
