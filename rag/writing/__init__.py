"""From evidence to the sentences of an answer: written by a model, or the quotes themselves.

Owns the prompts and what a model is shown. Knows nothing of proof.
"""

from rag.writing.generative import Wish, write
from rag.writing.quotes import unmarked
from rag.writing.sheet import Sheet

__all__ = ["Sheet", "Wish", "unmarked", "write"]
