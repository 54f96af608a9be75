"""The page: `streamlit run app.py`. Draws, and holds no logic."""

from __future__ import annotations

import streamlit as st

from rag.errors import RagError
from rag.page import address
from rag.page.articles import draw_library
from rag.page.chat import draw_chat
from rag.page.conversations import draw_conversations
from rag.page.elements import ICON, draw_style, plain
from rag.page.engine import engine
from rag.page.models import draw_models
from rag.page.opening import ready


def chat() -> None:
    """Questions and answers; the library where there is nothing to ask yet."""
    assistant = ready(engine())
    if not assistant.counts()[0] and address.chat() is None:
        st.switch_page(views[1])
    draw_chat(engine(), assistant)


def articles() -> None:
    """The library."""
    draw_library(engine(), ready(engine()), to_chat=lambda: st.switch_page(views[0]))


def models() -> None:
    """The model that answers, and the settings."""
    ready(engine())
    with st.container(key="models"):
        st.title("Models and settings", anchor=False)
        draw_models(engine())


st.set_page_config("Quoth", page_icon=ICON, layout="wide")
draw_style()
views = [
    st.Page(chat, title="Chat", icon=":material/forum:", default=True),
    st.Page(articles, title="Articles", icon=":material/library_books:", url_path="articles"),
    st.Page(models, title="Models and settings", icon=":material/tune:", url_path="models"),
]
view = st.navigation(views)
try:
    if (assistant := engine().state.assistant) is not None:
        with st.sidebar:
            draw_conversations(assistant.chats, views[0])
    view.run()
except RagError as error:  # the conversations cannot be read, for example
    st.error(plain(str(error)), icon=":material/error:")
