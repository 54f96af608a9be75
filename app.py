"""The page: `streamlit run app.py`, or `python -m rag page`."""

import streamlit as st

from rag.page.gate import SCRIPT, gates, keep_script_folder
from rag.page.trouble import show_trouble

keep_script_folder()
app = st.App(SCRIPT, middleware=gates(), on_script_error=show_trouble)
