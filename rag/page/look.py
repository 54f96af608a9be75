"""The page's own style and icon, over the theme in `.streamlit/config.toml`.

Everything comes from files beside this module: a named icon would be fetched from the network.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
ICON = str(_HERE / "icon.svg")


def draw_style() -> None:
    """Put `page.css` on the page."""
    st.html(_HERE / "page.css")
