"""From an engine that may not be ready to one that answers: progress, stop, errors, going on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from rag.assistant import Assistant
from rag.listing import Progress
from rag.page.elements import draw_stop, plain, share, time_left
from rag.page.models import draw_models
from rag.page.people import administers, changing, seen
from rag.page.wording import _, n_, number
from rag.service.engine import Engine, from_settings
from rag.service.jobs import Run

_STARTED = "started"
_EVERY = 0.5  # seconds between two looks at the engine


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The one engine of the process that draws the page, whatever tab asks for it."""
    return Engine(from_settings, follow=True)


def ready(engine: Engine) -> Assistant:
    """The assistant once it can answer; until then draw how it goes and end the run."""
    if _STARTED not in st.session_state:
        st.session_state[_STARTED] = True
        if engine.assistant is None:
            engine.start()
    state, assistant = engine.state, seen(engine)
    if state.busy:
        _wait(engine)
        st.stop()
    if state.error:
        _draw_error(engine, state.error)
    if assistant is None:
        st.stop()
    if state.stopped:
        _offer_going_on(engine, assistant)
    if engine.reindexing.state != Run():
        _draw_rereading(engine)
    return assistant


@st.fragment(run_every=_EVERY)
def _wait(engine: Engine) -> None:
    """Show how it goes, looking again and again; the page is drawn anew when it is over."""
    state = engine.state
    if not state.busy:
        st.rerun()
    progress = state.progress
    with st.container(key="opening"):
        st.subheader(_("Opening the articles"), anchor=False)
        done = share(progress.documents, progress.documents_total) if progress else 0.0
        st.progress(done, progress_line(progress))
        if state.stopping or (progress is not None and administers()):
            told = _("Stopping after this batch. What is done is kept.")
            stop = partial(_changed, engine, Engine.stop)
            draw_stop(stop, "stop", stopping=state.stopping, told=told)


def _draw_error(engine: Engine, message: str) -> None:
    with st.container(key="failed"):
        st.subheader(_("The articles cannot be opened"), anchor=False)
        st.error(plain(_(message)), icon=":material/error:")
        if not administers():
            return
        st.button(_("Try again"), on_click=partial(_changed, engine, Engine.start), key="again")
        with st.expander(_("Model and settings")):
            draw_models(engine)


def progress_line(progress: Progress | None) -> str:
    """How a sync goes, in words.

    >>> progress_line(Progress(1200, 5000, 9000, 41.7, 130.2, "a.txt"))
    '1,200 of 5,000 articles, 42 passages a second, about 2 minutes left'
    """
    if progress is None:
        return _("Loading the models and looking for new articles …")
    done, total = number(progress.documents), number(progress.documents_total)
    if progress.documents >= progress.documents_total:
        return _("{done} of {total} articles; getting ready …", done=done, total=total)
    told = _(
        "{done} of {total} articles, {rate} passages a second",
        done=done,
        total=total,
        rate=number(progress.passages_per_second),
    )
    return told + time_left(progress.seconds_left)


def rereading_line(done: Progress | None, *, by_words: bool) -> str:
    """How far embedding anew is, in words.

    >>> done = Progress(9, 9, 300, 42.0, 110.0, "", passages_total=5000)
    >>> rereading_line(done, by_words=False)
    'Re-reading for the new model: 300 of 5,000 passages, about 2 minutes left'
    """
    words = _("Re-reading for the new model")
    if done is not None:
        words = _(
            "Re-reading for the new model: {done} of {total} passages",
            done=number(done.passages),
            total=number(done.passages_total),
        )
        words += time_left(done.seconds_left)
    meanwhile = _(". Until then articles are searched by their words alone.")
    return words + meanwhile if by_words else words


@st.fragment(run_every=_EVERY)
def _draw_rereading(engine: Engine) -> None:
    """A line about it while questions go on; nothing once it is over."""
    state = engine.reindexing.state
    with st.container(key="rereading"):
        if state.busy:
            st.caption(rereading_line(state.progress, by_words=engine.reindexing.by_words))
        elif state.error:
            st.warning(
                _(
                    "The articles could not be re-read for the new model, and the earlier one goes "
                    "on: {why}",
                    why=plain(_(state.error)),
                ),
                icon=":material/warning:",
            )


def _offer_going_on(engine: Engine, assistant: Assistant) -> None:
    articles = assistant.counts()[0]
    with st.container(key="stopped", horizontal=True, vertical_alignment="center"):
        st.warning(
            n_(
                "Indexing was stopped; {count} article can be asked about.",
                "Indexing was stopped; {count} articles can be asked about.",
                articles,
            ),
            icon=":material/pause_circle:",
        )
        if administers():
            st.button(_("Go on"), on_click=partial(_changed, engine, Engine.start), key="go-on")


def _changed(engine: Engine, how: Callable[[Engine], None]) -> None:
    how(changing(engine))
