"""One question and what came of it: an answer, why there is none, or how far it is.

A turn in work is looked at again and again until it is done. What a tab shows is the desk's, so
that any number of tabs may look. Owns the drawing of a turn, not the order of turns.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import streamlit as st

from rag.assistant import Assistant
from rag.chats import ChatStore, Standing, Turn
from rag.chats.chat import STOPPED
from rag.page.actions import draw_actions, draw_edit, draw_questions, edited
from rag.page.answer import show_answer, so_far, whole
from rag.page.desk import WITHDRAWN, Desk
from rag.page.elements import Open, plain
from rag.page.source import open_source, opened_span

_REDRAW = "redraw"  # when the page is to be drawn anew
_EVERY = 0.15  # seconds between two looks at the desk
_AWAITED = 0.6  # seconds of a look in which evidence may come, quicker than the next look
_SHOWN = 0.5  # seconds in which a browser has shown what was drawn
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
    """A turn; of the last one the question can be changed and asked again.

    The last one is drawn in a fragment while in work and after, so that nothing of it is built
    anew when it is done; in another one after, since one that outlives a drawing of the whole page
    can be asked for at its very end, and Streamlit then loses what was not sent yet
    (https://github.com/streamlit/streamlit/issues/9921).
    """
    with st.container(key=f"turn-{turn.id}"):
        with st.container(key=f"asked-{turn.id}"), st.chat_message("user", avatar=_PERSON):
            if last and edited(turn):
                draw_edit(desk, chat, turn)
            else:
                st.markdown(plain(turn.question))
        with st.chat_message("assistant", avatar=_QUOTH):
            works = desk.job(turn.id) is not None
            if not works and turn.answer is None and not turn.problem:
                turn = assistant.chats.turn(turn.id) or turn  # it may have been done just now
            if last or works:
                st.session_state.pop(_REDRAW, None)  # it is being drawn anew
            if works:
                st.fragment(_draw_watched, run_every=_EVERY)(desk, assistant.chats, turn)
            elif last:
                st.fragment(_draw_last)(turn, standing)
            else:
                _draw_outcome(turn, standing)
            if not works and last and turn.answer is not None:
                draw_questions(desk, assistant.chats, turn.answer.choices, "choice")
            if not works:
                draw_actions(desk, assistant.chats, chat, turn, last=last)


def _draw_watched(desk: Desk, chats: ChatStore, turn: Turn) -> None:
    """A turn in work; once it is done, the page is drawn anew for what stands around it.

    What came of it is drawn first and left alone until a browser has shown it: the page anew at
    once kept it back for half a second.
    """
    _redraw()
    job = desk.job(turn.id)
    if job is None:
        st.session_state.setdefault(_REDRAW, time.monotonic() + _SHOWN)
        _draw_outcome(chats.turn(turn.id) or turn, on_open=_open_watched)
        return
    desk.await_evidence(job, _AWAITED)
    show_answer(
        so_far(job.seen, desk.ahead(job)),
        key=f"answer-{turn.id}",
        on_open=_open_watched,
        on_stop=lambda: desk.stop(turn.id),
        opened=opened_span(),
    )


def _draw_last(turn: Turn, standing: Sequence[Standing]) -> None:
    """A turn that is done."""
    _redraw()
    _draw_outcome(turn, standing, _open_watched)


def _redraw() -> None:
    """Draw the whole page anew from within a fragment, if it is time to."""
    if time.monotonic() >= st.session_state.get(_REDRAW, math.inf):
        del st.session_state[_REDRAW]
        st.rerun()


def _open_watched(document: str, start: int, end: int) -> None:
    open_source(document, start, end)
    st.session_state[_REDRAW] = time.monotonic()


def _draw_outcome(
    turn: Turn, standing: Sequence[Standing] = (), on_open: Open = open_source
) -> None:
    if turn.answer is not None:
        show_answer(
            whole(turn.answer, standing),
            key=f"answer-{turn.id}",
            on_open=on_open,
            opened=opened_span(),
        )
    elif turn.problem in (STOPPED, WITHDRAWN):
        st.caption(turn.problem)
    elif turn.problem:
        st.error(plain(turn.problem), icon=":material/error:")
    else:
        st.caption(_BROKEN_OFF)
