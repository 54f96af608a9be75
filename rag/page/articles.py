"""The library as a list of articles."""

from __future__ import annotations

import streamlit as st

from rag.assistant import Assistant
from rag.page.elements import day, plain
from rag.page.engine import Engine
from rag.page.source import draw_source, newest_first, open_source, opened
from rag.schema import DocumentInfo

_LISTED = 100


def draw_library(engine: Engine, assistant: Assistant) -> None:
    """The list of articles; a click opens one beside it."""
    source = opened()
    with st.container(horizontal=True, wrap=False, gap="medium", key="page"):
        listed = st.container(key="conversation")
        beside = st.container(key="source")
    with listed:
        st.title("Articles", anchor=False)
        draw_articles(assistant)
    if source is not None:
        with beside:
            draw_source(assistant, source)


def draw_articles(assistant: Assistant) -> None:
    """The list of articles; a click opens one."""
    articles, passages = assistant.counts()
    st.caption(f"{articles:,} articles, {passages:,} passages")
    infos = newest_first(assistant.documents())
    with st.container(key="articles", gap="xsmall"):
        for info in infos[:_LISTED]:
            _draw_line(info)
    if len(infos) > _LISTED:
        st.caption(f"and {len(infos) - _LISTED:,} more")
    failures = assistant.failures()
    if failures:
        with st.expander(f"{len(failures):,} files could not be read"):
            for failure in failures[:_LISTED]:
                st.caption(plain(failure.reason))


def _draw_line(info: DocumentInfo) -> None:
    when = f" :gray[:small[{day(info.date)}]]" if info.date else ""
    st.button(
        plain(info.title) + when,
        key=f"article-{info.id}",
        type="tertiary",
        on_click=open_source,
        args=(info.id,),
    )
