"""The page: `streamlit run app.py`, or `python -m rag page`."""

import streamlit as st

from rag.page.gate import SCRIPT, gates

app = st.App(SCRIPT, middleware=gates())
