"""From a query to hits: dense and lexical, fused and filtered.

Owns the fusing. Knows nothing of answers.
"""

from rag.retrieval.search import Filters, SearchResult, rescored, search

__all__ = ["Filters", "SearchResult", "rescored", "search"]
