"""The page: `streamlit run app.py`, or `python -m rag page`."""

from rag.page.main import draw

draw()
