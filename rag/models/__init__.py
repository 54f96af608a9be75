"""The model seams, `Embedder`, `Reader` and `LLM`, and their adapters.

Owns loading and running models. Knows nothing of documents, questions or the library.
"""

from rag.models.copying import Copying, balanced, may_be_shorter
from rag.models.embedder import Embedder, EmbedderIdentity, SentenceTransformerEmbedder
from rag.models.llamacpp import LlamaCpp
from rag.models.llm import LLM, Speed
from rag.models.loading import load, load_llm, load_reader
from rag.models.server import OpenAICompatible

__all__ = [
    "LLM",
    "Copying",
    "Embedder",
    "EmbedderIdentity",
    "LlamaCpp",
    "OpenAICompatible",
    "SentenceTransformerEmbedder",
    "Speed",
    "balanced",
    "load",
    "load_llm",
    "load_reader",
    "may_be_shorter",
]
