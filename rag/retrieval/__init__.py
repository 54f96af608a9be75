"""From a query to hits: dense and lexical, fused and filtered.

Owns the fusing. Knows nothing of answers.
"""

from rag.library import Filters
from rag.retrieval.search import SearchResult, rescored, search

__all__ = ["Filters", "SearchResult", "rescored", "search"]
