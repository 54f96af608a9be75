"""One question and what came of it: an answer, why there is none, or how far it is.

A turn in work is looked at again and again until it is done; what a tab shows is the desk's, so
that any number of tabs may look. Owns the drawing of a turn, not the order of turns.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.assistant import Assistant
from rag.chats import Standing, Turn
from rag.chats.chat import STOPPED
from rag.page.actions import draw_actions, draw_edit, draw_stop, edited
from rag.page.answer import show_answer, so_far, whole
from rag.page.desk import WITHDRAWN, Desk
from rag.page.elements import plain
from rag.page.source import open_source, opened_span

_REDRAW = "redraw"
_EVERY = 0.15  # seconds between two looks at the desk
_PERSON, _QUOTH = ":material/person:", ":material/format_quote:"
_BROKEN_OFF = "This was broken off when the program ended. Ask again to have it answered."


def draw_turn(
    desk: Desk,
    assistant: Assistant,
    chat: str,
    turn: Turn,
    *,
    last: bool,
    standing: Sequence[Standing] = (),
) -> None:
    """A turn; of the last one the question can be changed and asked again."""
    with st.container(key=f"turn-{turn.id}"):
        with st.container(key=f"asked-{turn.id}"), st.chat_message("user", avatar=_PERSON):
            if last and edited(turn):
                draw_edit(desk, chat, turn)
            else:
                st.markdown(plain(turn.question))
        with st.chat_message("assistant", avatar=_QUOTH):
            job = desk.job(turn.id)
            if job is None and turn.answer is None and not turn.problem:
                turn = assistant.chats.turn(turn.id) or turn  # it may have been done just now
            if last:  # in the same way while in work and after, so that nothing is built anew
                every = _EVERY if job is not None else None
                st.fragment(run_every=every)(_draw_outcome)(desk, turn, standing)
            else:
                _draw_outcome(desk, turn, standing)
            if job is None:
                draw_actions(desk, assistant.chats, chat, turn, last=last)


def _draw_outcome(desk: Desk, turn: Turn, standing: Sequence[Standing]) -> None:
    """What came of a turn, or how far it is; the page is drawn anew when it is over."""
    job = desk.job(turn.id)
    over = job is None and turn.answer is None and not turn.problem
    if st.session_state.pop(_REDRAW, False) or (over and st.session_state.get(_WATCHED) == turn.id):
        st.session_state.pop(_WATCHED, None)
        st.rerun()
    if job is not None:
        st.session_state[_WATCHED] = turn.id
        shown = so_far(job.seen, desk.ahead(job))
    ...


def _open_beside(document: str, start: int, end: int) -> None:
    """Open a source from within a fragment, which cannot draw what stands beside it."""
    open_source(document, start, end)
    st.session_state[_REDRAW] = True


def _draw_outcome(turn: Turn, standing: Sequence[Standing]) -> None:
    if turn.answer is not None:
        show_answer(
            whole(turn.answer, standing),
            key=f"answer-{turn.id}",
            on_open=open_source,
            opened=opened_span(),
        )
    elif turn.problem in (STOPPED, WITHDRAWN):
        st.caption(turn.problem)
    elif turn.problem:
        st.error(plain(turn.problem), icon=":material/error:")
    else:
        st.caption(_BROKEN_OFF)
