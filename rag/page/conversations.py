"""The list of conversations in the sidebar: by date, searched, each a link with its own address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from rag.chats import ChatInfo, ChatStore
from rag.page import address
from rag.page.elements import plain
from rag.page.wording import _, month_in_words

_AT_ONCE = 30  # listed before one asks for more
_WEEK = 7
_LISTED = "listed"


def draw_conversations(store: ChatStore, page: Any) -> None:
    """The list; `page` is the view that shows a conversation."""
    if st.button(_("New chat"), key="new", icon=":material/add:", width="stretch"):
        address.leave()
        st.switch_page(page)
    with st.container(key="search-box"):
        query = st.text_input(
            _("Search chats"),
            key="search",
            placeholder=_("Search chats"),
            icon=":material/search:",
            label_visibility="collapsed",
        )
    found, now = store.chats(query), datetime.now(_zone())
    if query and not found:
        st.caption(_("No chat holds these words."))
    most = st.session_state.get(_LISTED, _AT_ONCE)
    here = address.chat()
    with st.container(key="chats", gap=None):
        for heading, chats in by_date(found[:most], now):
            st.caption(heading)
            for chat in chats:
                name = "chat-open" if chat.id == here else f"chat-{chat.id}"
                with st.container(key=name):
                    st.page_link(
                        page,
                        label=plain(chat.title),
                        icon="",
                        width="stretch",
                        query_params=address.of(chat.id),
                    )
    if len(found) > most:
        st.button(_("Show more"), key="more-chats", type="tertiary", on_click=_more, args=(most,))


def by_date(chats: Sequence[ChatInfo], now: datetime) -> Iterator[tuple[str, list[ChatInfo]]]:
    """The chats, newest first as they come, under the words for their dates."""

    def words(chat: ChatInfo) -> str:
        return _words(chat.updated.astimezone(now.tzinfo).date(), now.date())

    for heading, some in groupby(chats, words):
        yield heading, list(some)


def _words(day: date, today: date) -> str:
    """When that was, in words.

    >>> [_words(date(2026, 3, n), date(2026, 3, 20)) for n in (20, 19, 15, 2)]
    ['Today', 'Yesterday', 'The last seven days', 'March 2026']
    """
    ago = (today - day).days
    if ago <= 0:
        return _("Today")
    if ago == 1:
        return _("Yesterday")
    return _("The last seven days") if ago <= _WEEK else month_in_words(day)


def _zone() -> tzinfo:
    """The time zone of the person's browser."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _more(shown: int) -> None:
    st.session_state[_LISTED] = shown + _AT_ONCE
