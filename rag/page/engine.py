"""The one engine of the process that draws the page, whatever tab asks for it."""

from __future__ import annotations

import streamlit as st

from rag.service.engine import Engine, from_settings


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The process's engine."""
    return Engine(from_settings, follow=True)
