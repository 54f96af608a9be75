"""The chat page: `streamlit run app.py`. Draws, and holds no logic."""

from __future__ import annotations

import streamlit as st

from rag.errors import RagError
from rag.page.chat import draw_chat, source
from rag.page.engine import ready
from rag.page.prose import plain, show_source

st.set_page_config("Quoth", page_icon=":material/format_quote:", layout="wide")
st.title("Quoth")
st.caption("Ask about the articles. Every sentence of an answer is proven by an exact quotation.")
try:
    assistant = ready()
except RagError as error:
    st.error(plain(str(error)))
    st.stop()

conversation, beside = st.columns([3, 2], gap="large")
with conversation:
    draw_chat(assistant)
with beside:
    opened = source()
    if opened is None:
        articles, passages = assistant.counts()
        st.subheader("Source")
        st.caption(
            f"{articles:,} articles, {passages:,} passages. Click a marker to read its source."
        )
        for info in assistant.documents()[:50]:
            day = f" · {info.date:%d %B %Y}" if info.date else ""
            st.markdown(f":small[{plain(info.title)}{day}]")
    else:
        document = assistant.document(opened[0])
        st.subheader(plain(document.title))
        st.caption(
            f"{plain(document.id)}" + (f" · {document.date:%d %B %Y}" if document.date else "")
        )
        show_source(document, opened[1], opened[2], key="source")
