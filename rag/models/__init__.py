"""The model seams, `Embedder`, `Reader`, `Judge` and `LLM`, and their adapters.

Owns loading and running models. Knows nothing of documents, questions or the library.
"""

from rag.models.called import Called, llm_of
from rag.models.embedder import Embedder, EmbedderIdentity, SentenceTransformerEmbedder
from rag.models.llamacpp import LlamaCpp
from rag.models.llm import LLM, Speed
from rag.models.loading import load, load_judge, load_llm, load_reader
from rag.models.server import OpenAICompatible
from rag.settings import prefer

# Threads that wait for each other sleep: spinning, they keep the cores from whoever they wait for.
# OpenMP reads it when torch or llama.cpp is loaded, whichever comes first, and that is later.
prefer("OMP_WAIT_POLICY", "passive")

__all__ = [
    "LLM",
    "Called",
    "Embedder",
    "EmbedderIdentity",
    "LlamaCpp",
    "OpenAICompatible",
    "SentenceTransformerEmbedder",
    "Speed",
    "llm_of",
    "load",
    "load_judge",
    "load_llm",
    "load_reader",
]
