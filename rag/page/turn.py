"""One question and what came of it: an answer, why there is none, or how far it is.

A turn in work is looked at again and again until it is done. What a tab shows is the queue's, so
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
from rag.page.actions import draw_actions, draw_edit, draw_questions, draw_reworks, edited
from rag.page.answer import show_answer, so_far, whole
from rag.page.elements import Open, plain
from rag.page.people import mine
from rag.page.source import open_source, opened_span
from rag.page.wording import _
from rag.service.questions import WITHDRAWN, QuestionQueue
from rag.service.wording import later

_REDRAW = "redraw"  # when the page is to be drawn anew
_EVERY = 0.15  # seconds between two looks at the queue
_AWAITED = 0.6  # seconds of a look in which evidence may come, quicker than the next look
_SHOWN = 0.5  # seconds in which a browser has shown what was drawn
_PERSON, _QUOTH = ":material/person:", ":material/format_quote:"
later("Stopped.")  # what the core says of one that was stopped: `STOPPED`
_BROKEN_OFF = later("This was broken off when the program ended. Ask again to have it answered.")


def draw_turn(
    queue: QuestionQueue,
    assistant: Assistant,
    chat: str,
    turn: Turn,
    *,
    last: bool,
    standing: Sequence[Standing] = (),
) -> None:
    """A turn; of the last one the question can be changed and asked again.

    The last one is drawn in the same way while in work and after, so that nothing of it is built
    anew when it is done.
    """
    with st.container(key=f"turn-{turn.id}"):
        with st.container(key=f"asked-{turn.id}"), st.chat_message("user", avatar=_PERSON):
            if last and edited(turn):
                draw_edit(queue, mine(assistant), chat, turn)
            else:
                st.markdown(plain(turn.question))
        with st.chat_message("assistant", avatar=_QUOTH):
            works = queue.queued(turn.id) is not None
            if not works and turn.answer is None and not turn.problem:
                turn = mine(assistant).turn(turn.id) or turn  # it may have been done just now
            if last or works:
                st.session_state.pop(_REDRAW, None)  # it is being drawn anew
                looking = st.fragment(_draw_watched, run_every=_EVERY if works else None)
                looking(queue, mine(assistant), turn, standing, works, drawn=[])
            else:
                _draw_outcome(turn, standing)
            if not works and last and turn.answer is not None:
                draw_questions(queue, mine(assistant), turn.answer.choices, "choice")
            if not works:
                draw_actions(queue, mine(assistant), chat, turn, last=last)
            if not works and last:
                model = assistant.model  # once: another may take its place
                writes = model is not None and model.writes
                draw_reworks(queue, mine(assistant), turn, writes=writes)


def _draw_watched(
    queue: QuestionQueue,
    chats: ChatStore,
    turn: Turn,
    standing: Sequence[Standing],
    works: bool,
    *,
    drawn: list[bool],
) -> None:
    """A turn within a fragment, which has the page drawn anew for what stands around it.

    What came of it is drawn first and left alone until a browser has shown it: the page anew at
    once kept it back for half a second. One that is done is asked for again by a click, or by the
    last tick of its clock. That may come at the very end of a drawing of the whole page, of which
    Streamlit then throws away what was not sent yet
    (https://github.com/streamlit/streamlit/issues/9921); so the page is drawn once more. `drawn` is
    empty while the whole page is drawn, and not when this is asked for alone.
    """
    due = time.monotonic() >= st.session_state.get(_REDRAW, math.inf)
    if due or (drawn and not works):
        st.session_state.pop(_REDRAW, None)
        st.rerun()
    drawn.append(True)
    queued = queue.queued(turn.id)
    if queued is None:
        if works:
            turn = chats.turn(turn.id) or turn
            st.session_state.setdefault(_REDRAW, time.monotonic() + _SHOWN)
        _draw_outcome(turn, standing, _open_watched if works else open_source)
        return
    queue.await_evidence(queued, _AWAITED)
    show_answer(
        so_far(queued.seen, queue.ahead(queued)),
        key=f"answer-{turn.id}",
        on_open=_open_watched,
        on_stop=lambda: queue.stop(turn.id),
        opened=opened_span(),
    )


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
        st.caption(_(turn.problem))
    elif turn.problem:
        st.error(plain(_(turn.problem)), icon=":material/error:")
    else:
        st.caption(_(_BROKEN_OFF))
