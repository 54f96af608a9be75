"""The page whole: its views, and what is drawn when one of them fails.

`app.py` has Streamlit run this module at every run. Draws, and holds no logic.
"""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from rag.errors import RagError
from rag.page import address, opening, signing
from rag.page.articles import draw_library
from rag.page.chat import draw_chat
from rag.page.conversations import draw_conversations
from rag.page.elements import ICON, draw_keys, draw_style, plain
from rag.page.models import draw_models
from rag.page.opening import ready
from rag.page.people import (
    administers,
    changing,
    draw_person,
    draw_sign_in,
    draw_visitors,
    mine,
    owner,
    seen,
    welcome,
)
from rag.page.wording import _

_Views = list[StreamlitPage]


def draw() -> None:
    """The whole page, as it is at this run."""
    st.set_page_config("Quoth", page_icon=ICON, layout="wide")
    draw_style()
    views: _Views = []
    chat, articles = partial(_chat, views), partial(_articles, views)
    views += [
        st.Page(chat, title=_("Chat"), icon=":material/forum:", url_path="chat", default=True),
        st.Page(
            articles, title=_("Articles"), icon=":material/library_books:", url_path="articles"
        ),
    ]
    if owner() is None or administers():
        views += _for_administrators()
    if owner() is None:
        st.navigation(views, position="hidden")  # so that every address of the page is one
        draw_sign_in()
        return
    view = st.navigation(views)
    try:
        if (assistant := seen(engine := opening.engine())) is not None:
            engine.arrival.look(assistant)
            welcome(assistant)
            with st.sidebar:
                draw_conversations(mine(assistant), views[0])
                draw_keys()
                draw_person()
        view.run()
    except RagError as error:  # the conversations cannot be read, for example
        st.error(plain(str(error)), icon=":material/error:")


def _for_administrators() -> _Views:
    """The views of what all share; each of them asks again who is there."""
    models, people = _("Models and settings"), _("People")
    views = [st.Page(_models, title=models, icon=":material/tune:", url_path="models")]
    if signing.required():
        views.append(st.Page(_people, title=people, icon=":material/group:", url_path="people"))
    return views


def _chat(views: _Views) -> None:
    """Questions and answers; the library where there is nothing to ask yet."""
    engine = opening.engine()
    assistant = ready(engine)
    if not assistant.counts()[0] and address.chat() is None:
        st.switch_page(views[1])
    draw_chat(engine, assistant)


def _articles(views: _Views) -> None:
    """The library."""
    engine = opening.engine()
    draw_library(engine, ready(engine), to_chat=lambda: st.switch_page(views[0]))


def _models() -> None:
    """The model that answers, and the settings."""
    engine = changing(opening.engine())
    ready(engine)
    with st.container(key="models"):
        st.title(_("Models and settings"), anchor=False)
        draw_models(engine)


def _people() -> None:
    """Who has been here."""
    draw_visitors(ready(opening.engine()))


if __name__ == "__main__":
    draw()
