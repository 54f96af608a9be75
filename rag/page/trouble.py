"""What is shown where a click, or a piece of the page, fails: what went wrong, and the way on.

Streamlit draws nothing else of the page then, and says itself only that there was an error.
"""

from __future__ import annotations

import streamlit as st

from rag.errors import RagError
from rag.page.elements import draw_style, plain
from rag.page.wording import _
from rag.service.jobs import FAULT


def show_trouble(error: Exception) -> bool:
    """Tell an error that nothing on the page has told; `True`, which says that it is told.

    One that is a fault of the program stands in the log, and only that there is one on the page.
    """
    draw_style()
    told = str(error) if isinstance(error, RagError) else FAULT
    st.error(plain(_(told)), icon=":material/error:")
    st.button(_("Go on"), key="trouble")  # any click has the page drawn anew
    return True
