"""The mark of a text that whoever draws it puts into another language; it is kept in English."""

from __future__ import annotations


def later(text: str) -> str:
    """Mark a text that is kept in English, and given to `rag.page.wording._` when it is drawn."""
    return text
