"""Which articles the list shows: by words of the title, author, language, source and dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from rag.assistant import Assistant
from rag.languages import NAMES
from rag.listing import DocumentInfo, such
from rag.page import address
from rag.schema import many

_EARLIEST = date(1000, 1, 1)


def draw_filters(infos: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """The fields that narrow the list, behind one button; the articles that are left, in order."""
    author = _chosen("author")
    language = _chosen("language")
    source = str(st.session_state.get("filter-source") or "")
    after, before = st.session_state.get("filter-after"), st.session_state.get("filter-before")
    found = such(infos, author=author, source=source, language=language, after=after, before=before)
    narrowed = f"Filter: {len(found):,} of {len(infos):,}" if len(found) < len(infos) else "Filter"
    with st.popover(narrowed, type="tertiary", icon=":material/filter_list:", key="filters"):
        authors = Counter(info.author for info in infos if info.author)
        languages = Counter(info.language for info in infos if info.language)
        st.selectbox(
            "Author",
            [name for name, _ in authors.most_common()],
            index=None,
            key="filter-author",
            placeholder="Anyone",
        )
        st.selectbox(
            "Language",
            [code for code, _ in languages.most_common()],
            index=None,
            key="filter-language",
            format_func=lambda code: NAMES.get(code, code),
            placeholder="Any language",
        )
        st.text_input("Source", key="filter-source", placeholder="Part of an address")
        for label, name in (("From", "after"), ("To", "before")):
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
    which = "this article" if len(found) == 1 else f"these {many(len(found), 'article')}"
    if st.button(f"Ask {which}", key="ask-these", icon=":material/forum:", type="tertiary"):
        chat = assistant.chats.new_id()
        assistant.chats.restrict(chat, tuple(info.id for info in found))
        address.show(chat)
        to_chat()


def _chosen(name: str) -> str:
    return str(st.session_state.get(f"filter-{name}") or "")
