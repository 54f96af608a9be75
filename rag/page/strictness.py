"""What a strictness means for these articles: how often it errs, and measuring that.

Draws what stands under the strictness slider. Knows nothing of how the figures are made.
"""

from __future__ import annotations

import streamlit as st

from rag.assistant import Assistant
from rag.calibration import Calibration, line_at
from rag.calibration.told import answered_in_words, basis_in_words, refused_in_words
from rag.page.elements import draw_stop, plain, share, time_left
from rag.page.people import changing
from rag.page.wording import _, number
from rag.service.background import Measured
from rag.service.engine import Engine

_EVERY = 0.5  # seconds between two looks at the measuring


def draw_rates(engine: Engine, strictness: float) -> None:
    """The figures at a strictness, or how to get them; nothing while no article is open."""
    assistant = engine.assistant
    if assistant is None:
        return
    with st.container(key="strictness", gap="xsmall"):
        if engine.measuring.state.busy:
            _watch(engine)
            return
        found = assistant.line.calibration
        if found is not None:
            _draw_figures(found, strictness)
        else:
            st.caption(_("How often this errs on your articles has not been measured."))
        _draw_troubles(engine, assistant)
        label = _("Measure on my articles") if found is None else _("Measure again")
        if st.button(label, key="measure", icon=":material/straighten:"):
            changing(engine).measuring.start(assistant, engine.questions.busy)
            st.rerun()


def measuring_line(so_far: Measured | None) -> str:
    """How far the measuring is, in words.

    >>> measuring_line(Measured(30, 150, 80.0))
    '30 of 150 questions, about 80 s left'
    """
    if so_far is None:
        return _("Making questions out of the articles …")
    done, total = number(so_far.done), number(so_far.total)
    told = _("{done} of {total} questions", done=done, total=total)
    return told + time_left(so_far.seconds_left)


def _draw_figures(found: Calibration, strictness: float) -> None:
    line = line_at(strictness, found.line)
    st.markdown(plain(refused_in_words(found, line)))
    st.markdown(plain(answered_in_words(found, line)))
    st.caption(plain(basis_in_words(found)))


def _draw_troubles(engine: Engine, assistant: Assistant) -> None:
    for text in (assistant.line.stale(*assistant.counts()), _(engine.measuring.ended)):
        if text:
            st.warning(plain(text), icon=":material/info:")


@st.fragment(run_every=_EVERY)
def _watch(engine: Engine) -> None:
    """How the measuring goes, looking again and again; the page is drawn anew when it is over."""
    state = engine.measuring.state
    if not state.busy:
        st.rerun()
    so_far = state.progress
    done = share(so_far.done, so_far.total) if so_far else 0.0
    st.progress(done, plain(measuring_line(so_far)))
    stop, told = lambda: changing(engine).measuring.stop(), _("Stopping.")
    draw_stop(stop, "stop-measure", stopping=state.stopping, told=told)
