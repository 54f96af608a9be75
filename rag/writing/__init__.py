"""From evidence to the sentences of an answer: written by a model, or the quotes themselves.

Owns the prompts and what a model is shown. Knows nothing of proof.
"""

from rag.writing.completing import completed
from rag.writing.generative import Written, asked_of, write
from rag.writing.quotes import in_reading_order, renumbered, unmarked
from rag.writing.sheet import LETTERS, Sheet
from rag.writing.translating import translated
from rag.writing.wish import Wish, wish_for

__all__ = [
    "LETTERS",
    "Sheet",
    "Wish",
    "Written",
    "asked_of",
    "completed",
    "in_reading_order",
    "renumbered",
    "translated",
    "unmarked",
    "wish_for",
    "write",
]
