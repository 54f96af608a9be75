"""The two model seams, `Embedder` and `LLM`, and their adapters.

Owns loading and running models. Knows nothing of documents, questions or the library.
"""

from rag.models.embedder import Embedder, EmbedderIdentity, SentenceTransformerEmbedder
from rag.models.llm import LLM, LlamaCpp, load_llm

__all__ = [
    "LLM",
    "Embedder",
    "EmbedderIdentity",
    "LlamaCpp",
    "SentenceTransformerEmbedder",
    "load_llm",
]
