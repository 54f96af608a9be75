"""A conversation down the page, and the box for the next question.

Owns which turns are drawn and what stands around them. Knows nothing of how one is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from rag.assistant import Assistant
from rag.chats import ChatInfo, Turn, standings
from rag.documents import MAX_BYTES, SUFFIXES
from rag.page import address
from rag.page.actions import ask, draw_questions, draw_trouble
from rag.page.dropping import draw_drop, proceed, take
from rag.page.elements import follow
from rag.page.heading import draw_heading
from rag.page.people import mine, owner
from rag.page.source import draw_source, opened
from rag.page.turn import draw_turn
from rag.page.wording import _, number
from rag.service.engine import Engine

_BOX, _HIDDEN = "question", "hidden"
_AT_ONCE = 8  # turns drawn of a long conversation when it is opened
_MORE = 24
_EVERY = 0.5  # seconds between two looks at whether there are suggestions


def draw_chat(engine: Engine, assistant: Assistant) -> None:
    """The conversation of this tab, with the source beside it that is open."""
    proceed(engine, assistant)
    chat = address.chat()
    info = mine(assistant).info(chat) if chat else None
    turns = mine(assistant).turns(chat) if chat else ()
    source = opened()
    with st.bottom, st.container(key="ask"):
        draw_drop(engine, assistant)
        _draw_box(engine, assistant)
        follow(f"asked-{turns[-1].id}" if turns else "")
    with st.container(horizontal=True, wrap=False, gap="medium", key="page"):
        conversation = st.container(key="conversation")
        beside = st.container(key="source")
    if source is not None:
        with beside:
            draw_source(assistant, source)
    with conversation:
        draw_heading(engine.questions, assistant, info)
        draw_trouble()
        if chat is None or not turns:
            _draw_welcome(engine, assistant, info, lost=chat is not None and info is None)
        else:
            _draw_turns(engine, assistant, chat, info, turns)


def _draw_box(engine: Engine, assistant: Assistant) -> None:
    st.chat_input(
        _("Ask about the articles"),
        key=_BOX,
        accept_file="multiple",
        file_type=sorted(SUFFIXES),
        max_upload_size=MAX_BYTES >> 20,
        on_submit=_submit,
        args=(engine, assistant),
    )


def _submit(engine: Engine, assistant: Assistant) -> None:
    """Ask what was typed, or take the files that came with it first."""
    entered = st.session_state[_BOX]
    if entered.files:
        take(engine, entered.files, entered.text.strip())
    else:
        ask(engine.questions, mine(assistant), entered.text)


def _draw_turns(
    engine: Engine, assistant: Assistant, chat: str, info: ChatInfo | None, turns: tuple[Turn, ...]
) -> None:
    hidden, key = _hidden(chat, len(turns))
    if hidden:
        st.button(
            f"{_('Show earlier')} ({number(hidden)})",
            key="earlier",
            type="tertiary",
            icon=":material/expand_less:",
            on_click=_show_more,
            args=(key, hidden),
        )
    shown = turns[hidden:]
    answers = [(turn.answer, turn.digests) for turn in shown]
    standing = standings(answers, assistant.find_document)
    with st.container(key="turns"):
        for turn, found in zip(shown, standing, strict=True):
            draw_turn(
                engine.questions,
                assistant,
                chat,
                turn,
                last=turn is turns[-1],
                standing=found,
            )
    last = turns[-1]
    if last.answer is None:
        last = mine(assistant).turn(last.id) or last  # it may have been done while it was drawn
    if last.answer is not None and not last.answer.choices:
        asked = tuple(turn.question for turn in turns)
        documents = info.documents if info else None
        after = engine.followups.after
        look = partial(after, last, asked=asked, documents=documents, owner=owner() or "")
        _draw_suggested(engine, assistant, look, "next")


def _draw_suggested(
    engine: Engine, assistant: Assistant, look: Callable[[], tuple[str, ...] | None], key: str
) -> None:
    """Questions that may be asked, once they are found."""
    found = look()
    if found is None:
        _await(look)
    draw_questions(engine.questions, mine(assistant), found or (), key)


@st.fragment(run_every=_EVERY)
def _await(look: Callable[[], object]) -> None:
    """Look again and again for what may be asked; then the page is drawn anew."""
    if look() is not None:
        st.rerun()


def _draw_welcome(
    engine: Engine, assistant: Assistant, info: ChatInfo | None, *, lost: bool
) -> None:
    with st.container(key="welcome"):
        st.title(_("Ask your articles"), anchor=False)
        if lost:
            st.warning(_("There is no chat at this address; it may have been deleted."))
        st.markdown(_("Every sentence of an answer is proven by an exact quotation."))
        documents = info.documents if info else None
        look = partial(engine.followups.first, documents, owner=owner() or "")
        _draw_suggested(engine, assistant, look, "suggested")


def _hidden(chat: str, turns: int) -> tuple[int, str]:
    """How many of the first turns this tab does not draw, and where that is noted.

    A long conversation begins with its last ones; what is asked then joins them.
    """
    key = f"{_HIDDEN}-{chat}"
    hidden = st.session_state.get(key)
    if hidden is None or not 0 <= hidden < turns:
        hidden = max(0, turns - _AT_ONCE)
    st.session_state[key] = hidden
    return hidden, key


def _show_more(key: str, hidden: int) -> None:
    st.session_state[key] = max(0, hidden - _MORE)
