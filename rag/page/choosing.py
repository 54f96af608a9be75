"""Which articles a chat may use."""

from __future__ import annotations

import streamlit as st

from rag.assistant import Assistant
from rag.page.source import newest_first


def choose_articles(
    assistant: Assistant, chosen: tuple[str, ...] | None, key: str
) -> tuple[str, ...] | None:
    """Let a person choose articles; their ids, or `None` for all."""
    titles = {info.id: info.title for info in newest_first(assistant.documents())}
    picked = st.multiselect(
        "Only these articles (none chosen: all)",
        list(titles),
        default=[id_ for id_ in chosen or () if id_ in titles],
        format_func=lambda id_: titles.get(id_, id_),
        key=key,
    )
    return tuple(picked) or None
