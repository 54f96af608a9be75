"""Which sentences answer, define, explain or frame, and how likely they answer.

Owns the choice of evidence for each intent. Knows nothing of how answers are written and proven.
"""

from rag.evidence.gather import gather
from rag.evidence.sources import EvidenceSet, Sources

__all__ = ["EvidenceSet", "Sources", "gather"]
