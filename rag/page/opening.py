"""From an engine that may not be ready to one that answers: progress, stop, errors, going on."""

from __future__ import annotations

import streamlit as st

from rag.assistant import Assistant
from rag.listing import Progress
from rag.page.background import Run
from rag.page.elements import plain, time_left
from rag.page.engine import Engine
from rag.page.models import draw_models

_STARTED = "started"
_EVERY = 0.5  # seconds between two looks at the engine


def ready(engine: Engine) -> Assistant:
    """The assistant once it can answer; until then draw how it goes and end the run."""
    if _STARTED not in st.session_state:
        st.session_state[_STARTED] = True
        if engine.state.assistant is None:
            engine.start()
    state = engine.state
    if state.busy:
        _wait(engine)
        st.stop()
    if state.error:
        _draw_error(engine, state.error)
    if state.assistant is None:
        st.stop()
    if state.stopped:
        _offer_going_on(engine, state.assistant)
    if engine.rereading.state != Run():
        _draw_rereading(engine)
    return state.assistant


@st.fragment(run_every=_EVERY)
def _wait(engine: Engine) -> None:
    """Show how it goes, looking again and again; the page is drawn anew when it is over."""
    state = engine.state
    if not state.busy:
        st.rerun()
    progress = state.progress
    with st.container(key="opening"):
        st.subheader("Opening the articles", anchor=False)
        st.progress(_share(progress), progress_line(progress))
        if state.stopping:
            st.caption("Stopping after this batch. What is done is kept.")
        elif progress is not None:
            st.button("Stop", on_click=engine.stop, key="stop", icon=":material/stop_circle:")


def _draw_error(engine: Engine, message: str) -> None:
    with st.container(key="failed"):
        st.subheader("The articles cannot be opened", anchor=False)
        st.error(plain(message), icon=":material/error:")
        st.button("Try again", on_click=engine.start, key="again")
        with st.expander("Model and settings"):
            draw_models(engine)


def progress_line(progress: Progress | None) -> str:
    """How a sync goes, in words.

    >>> progress_line(Progress(1200, 5000, 9000, 41.7, 130.2, "a.txt"))
    '1,200 of 5,000 articles, 42 passages a second, about 2 minutes left'
    """
    if progress is None:
        return "Loading the models and looking for new articles …"
    done = f"{progress.documents:,} of {progress.documents_total:,} articles"
    if progress.documents >= progress.documents_total:
        return f"{done}; getting ready …"
    rate = f"{progress.passages_per_second:.0f} passages a second"
    return f"{done}, {rate}{time_left(progress.seconds_left)}"


def rereading_line(done: Progress | None, *, by_words: bool) -> str:
    """How far embedding anew is, in words.

    >>> done = Progress(9, 9, 300, 42.0, 110.0, "", passages_total=5000)
    >>> rereading_line(done, by_words=False)
    'Re-reading for the new model: 300 of 5,000 passages, about 2 minutes left'
    """
    words = "Re-reading for the new model"
    if done is not None:
        words += f": {done.passages:,} of {done.passages_total:,} passages"
        words += time_left(done.seconds_left)
    meanwhile = ". Until then articles are searched by their words alone."
    return words + meanwhile if by_words else words


@st.fragment(run_every=_EVERY)
def _draw_rereading(engine: Engine) -> None:
    """A line about it while questions go on; nothing once it is over."""
    state = engine.rereading.state
    with st.container(key="rereading"):
        if state.busy:
            st.caption(rereading_line(state.progress, by_words=engine.rereading.by_words))
        elif state.error:
            st.warning(
                "The articles could not be re-read for the new model, and the earlier one goes on: "
                + plain(state.error),
                icon=":material/warning:",
            )


def _share(progress: Progress | None) -> float:
    if progress is None or not progress.documents_total:
        return 0.0
    return min(1.0, progress.documents / progress.documents_total)


def _offer_going_on(engine: Engine, assistant: Assistant) -> None:
    articles, _ = assistant.counts()
    with st.container(key="stopped", horizontal=True, vertical_alignment="center"):
        st.warning(
            f"Indexing was stopped; {articles:,} articles can be asked about.",
            icon=":material/pause_circle:",
        )
        st.button("Go on", on_click=engine.start, key="go-on")
