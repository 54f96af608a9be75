"""The page: `streamlit run app.py`, or `python -m rag page`."""

import streamlit as st

from rag.page.gate import SCRIPT, gates
from rag.page.trouble import show_trouble

app = st.App(SCRIPT, middleware=gates(), on_script_error=show_trouble)
