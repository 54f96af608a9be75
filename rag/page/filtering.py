"""Which articles the list shows: by words of the title, author, language, source and dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from rag.assistant import Assistant
from rag.listing import DocumentInfo, such
from rag.page import address
from rag.page.people import mine
from rag.page.wording import _, language_name, n_, number

_EARLIEST = date(1000, 1, 1)


def draw_filters(infos: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """The fields that narrow the list, behind one button; the articles that are left, in order."""
    author = _chosen("author")
    language = _chosen("language")
    source = _chosen("source")
    after, before = st.session_state.get("filter-after"), st.session_state.get("filter-before")
    found = such(infos, author=author, source=source, language=language, after=after, before=before)
    some, every = number(len(found)), number(len(infos))
    fewer = len(found) < len(infos)
    narrowed = _("Filter: {some} of {all}", some=some, all=every) if fewer else _("Filter")
    with st.popover(narrowed, type="tertiary", icon=":material/filter_list:", key="filters"):
        authors = Counter(info.author for info in infos if info.author)
        languages = Counter(info.language for info in infos if info.language)
        st.selectbox(
            _("Author"),
            [name for name, _ in authors.most_common()],
            index=None,
            key="filter-author",
            placeholder=_("Anyone"),
        )
        st.selectbox(
            _("Language"),
            [code for code, _ in languages.most_common()],
            index=None,
            key="filter-language",
            format_func=language_name,
            placeholder=_("Any language"),
        )
        st.text_input(_("Source"), key="filter-source", placeholder=_("Part of an address"))
        for label, name in ((_("From"), "after"), (_("To"), "before")):
            key = f"filter-{name}"
            st.date_input(label, None, key=key, min_value=_EARLIEST, format="YYYY-MM-DD")
    return found


def offer_asking(
    assistant: Assistant,
    found: Sequence[DocumentInfo],
    every: int,
    to_chat: Callable[[], object],
) -> None:
    """A button that begins a chat with the articles that are left; none where all are."""
    if not 0 < len(found) < every:
        return
    label = n_("Ask this article", "Ask these {count} articles", len(found))
    if st.button(label, key="ask-these", icon=":material/forum:", type="tertiary"):
        chat = mine(assistant).new_id()
        mine(assistant).restrict(chat, tuple(info.id for info in found))
        address.show(chat)
        to_chat()


def _chosen(name: str) -> str:
    return str(st.session_state.get(f"filter-{name}") or "")
