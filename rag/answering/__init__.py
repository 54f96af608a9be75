"""From hits to an answer: evidence, refusal, composition, verification.

Owns what the product exists for. Knows nothing of files, folders or pages.
"""

from rag.answering.answer import Parts, answer
from rag.answering.evidence import Finding, find
from rag.answering.looking import Sources, look

__all__ = ["Finding", "Parts", "Sources", "answer", "find", "look"]
