"""The chat page: `streamlit run app.py`. Draws, and holds no logic."""

from __future__ import annotations

import streamlit as st

from rag.page.articles import library_shown
from rag.page.chat import begin_anew, draw_chat, draw_question_box
from rag.page.engine import engine
from rag.page.look import ICON, draw_style
from rag.page.models import draw_models
from rag.page.opening import ready
from rag.page.source import draw_articles, draw_source, opened

st.set_page_config("Quoth", page_icon=ICON, layout="wide")
source = opened()
draw_style()
state = ready(engine())
assert state.assistant is not None  # `ready` ends the run otherwise

with st.sidebar:
    st.title("Quoth", anchor=False)
    st.button("New chat", on_click=begin_anew, key="new", icon=":material/add:", width="stretch")
    draw_articles(state.assistant)
    with st.expander("Model and settings", icon=":material/tune:"):
        draw_models(engine())
if library_shown(engine(), state.assistant):
    st.stop()
with st.bottom, st.container(key="ask"):
    draw_question_box()
with st.container(horizontal=True, wrap=False, gap="medium", key="page"):
    conversation = st.container(key="conversation")
    beside = st.container(key="source")
if source is not None:
    with beside:
        draw_source(state.assistant, source)
with conversation:
    draw_chat(state.assistant, state.questions)
