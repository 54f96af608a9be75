"""The line above a conversation: its title, which articles it may use, and its menu."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import streamlit as st

from rag.assistant import Assistant
from rag.chats import ChatInfo
from rag.chats.export import Format, export, file_name
from rag.chats.feedback import FILE, feedback
from rag.chats.saved import saved_chat
from rag.listing import collections, named
from rag.page import address
from rag.page.elements import plain
from rag.page.people import mine
from rag.page.source import collection_name, newest_first
from rag.page.wording import _, n_, number
from rag.service.questions import QuestionQueue
from rag.service.wording import later

_FORMATS = {
    later("Web page"): Format.HTML,
    "Markdown": Format.MARKDOWN,
    later("JSON, for programs"): Format.JSON,
}
_LONGEST = 80


def draw_heading(queue: QuestionQueue, assistant: Assistant, info: ChatInfo | None) -> None:
    """The line above the conversation of this tab; `None` for one that is not begun yet."""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="xxsmall", key="heading", wrap=True
    ):
        st.markdown(plain(info.title) if info else "", width="stretch")
        _draw_choice(assistant, info)
        if info is not None and info.turns:
            _draw_export(assistant, info)
            rename, delete = _("Rename"), _("Delete")
            chosen = st.menu_button(
                _("More"),
                (rename, delete),
                key="menu",
                type="tertiary",
                icon=":material/more_horiz:",
            )
            if chosen == rename:
                st.dialog(_("Rename this chat"))(_rename)(assistant, info)
            elif chosen == delete:
                st.dialog(_("Delete this chat?"))(_delete)(queue, assistant, info)


def _draw_choice(assistant: Assistant, info: ChatInfo | None) -> None:
    chosen = info.documents if info else None
    which = _("all") if chosen is None else number(len(named(assistant.documents(), chosen)))
    label = _("Articles: {which}", which=which)
    with st.popover(label, type="tertiary", icon=":material/article:", key="choice"):
        key = f"choose-{info.id if info else 'new'}"
        choose_articles(assistant, chosen, key, partial(_restrict, assistant))


def choose_articles(
    assistant: Assistant,
    chosen: tuple[str, ...] | None,
    key: str,
    on_choose: Callable[[tuple[str, ...] | None], None],
) -> None:
    """Show what is chosen, `None` for all, and let a person choose otherwise.

    `key` is the same for the same chat. `on_choose` is called once a person makes another choice.
    """
    infos = newest_first(assistant.documents())
    again = Counter(info.title for info in infos)
    labels = {one: collection_name(one) for one in collections(infos)} | {
        info.id: info.title if again[info.title] == 1 else f"{info.title} ({info.id})"
        for info in infos
    }
    here = [id_ for id_ in chosen or () if id_ in labels]
    st.session_state[key] = here  # what is kept counts, whatever this tab showed before
    st.multiselect(
        _("Articles to ask"),
        list(labels),
        format_func=lambda id_: labels.get(id_, id_),
        key=key,
        placeholder=_("All articles"),
        help=_("Type to search the titles. With none chosen, all articles are asked."),
        on_change=lambda: on_choose(tuple(st.session_state[key]) or None),
    )
    if chosen and not here:
        st.caption(_("None of the articles chosen before is left, so nothing can be found."))
        st.button(_("Ask all articles"), key=f"{key}-all", on_click=on_choose, args=(None,))


def _restrict(assistant: Assistant, documents: tuple[str, ...] | None) -> None:
    mine(assistant).restrict(address.begun(mine(assistant)), documents)


def _draw_export(assistant: Assistant, info: ChatInfo) -> None:
    """What can be saved, made while it is open: a file asked for later may be gone once the page
    was drawn anew, and then the click brings nothing.
    """
    shown = st.popover(
        _("Export"),
        type="tertiary",
        icon=":material/download:",
        key="export",
        on_change="rerun",
    )
    if not shown.open:
        return
    saved = saved_chat(mine(assistant), info.id)
    with shown:
        for words, to in _FORMATS.items():
            _draw_file(_(words), export(saved, to), file_name(info.title, to), to.value)
        verify = "python -m rag verify FILE"
        st.caption(_("Each holds the quotes and can be checked again: {command}", command=verify))
        _draw_file(
            _("Judged answers of all chats"),
            feedback(mine(assistant)),
            FILE,
            "feedback",
            _("Every answer with a thumb or a comment, one a line, as JSON."),
        )


def _draw_file(words: str, content: bytes, name: str, key: str, told: str | None = None) -> None:
    st.download_button(
        words,
        content,
        name,
        key=f"export-{key}",
        on_click="ignore",
        type="tertiary",
        help=told,
    )


def _rename(assistant: Assistant, info: ChatInfo) -> None:
    with st.form("rename-form", border=False):
        title = st.text_input(_("Title"), info.title, max_chars=_LONGEST, key="rename-title")
        if st.form_submit_button(_("Rename"), type="primary", key="rename-do"):
            mine(assistant).rename(info.id, title)
            st.rerun()


def _delete(queue: QuestionQueue, assistant: Assistant, info: ChatInfo) -> None:
    st.markdown(
        n_(
            "“{title}” with {count} question and the answers will be removed from this computer. "
            "This cannot be undone.",
            "“{title}” with {count} questions and the answers will be removed from this computer. "
            "This cannot be undone.",
            info.turns,
            title=plain(info.title),
        )
    )
    with st.container(horizontal=True, gap="xsmall"):
        if st.button(_("Delete"), type="primary", key="delete-do"):
            queue.forget(info.id)
            mine(assistant).delete(info.id)
            address.leave()
            st.rerun()
        if st.button(_("Keep it"), key="delete-not"):
            st.rerun()
