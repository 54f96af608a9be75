"""Passages that are searched for on the page of articles: with the words, or only near in meaning.

Draws. Knows nothing of how a search is done.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.assistant import Assistant
from rag.errors import RagError
from rag.listing import DocumentInfo
from rag.page.elements import plain, show_quotes
from rag.page.source import open_source
from rag.page.wording import _
from rag.schema import Hit, Span

_MOST = 10


def draw_passages(
    assistant: Assistant, sought: str, among: Sequence[DocumentInfo] | None = None
) -> None:
    """The passages that hold a word of `sought`; apart, and folded, those near in meaning alone.

    Nearness in meaning is found for anything, letters at random too, so it is no find by itself.
    """
    try:
        hits = assistant.search(sought, limit=_MOST, documents=among)
    except RagError as error:
        st.caption(plain(str(error)))
        return
    holding = [hit for hit in hits if hit.lexical > 0]
    near = [hit for hit in hits if hit.lexical <= 0]
    if holding:
        st.subheader(_("In the text"), anchor=False)
        _draw(holding, "library-found")
    else:
        st.caption(_("Nothing with “{words}” was found in the text.", words=plain(sought)))
    if near:
        label = _("Without these words, perhaps near in meaning")
        with st.expander(f"{label} ({len(near)})"):
            _draw(near, "library-near")


def _draw(hits: Sequence[Hit], key: str) -> None:
    found = [hit.evidence(Span(hit.start, hit.end)) for hit in hits]
    show_quotes(found, key=key, on_open=open_source)
