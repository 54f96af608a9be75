"""Conversations kept on disk, and from a follow-up to a question that stands alone.

Owns turns and their order. Knows nothing of how a question is answered.
"""

from rag.chats.chat import Chat
from rag.chats.standalone import standalone
from rag.chats.turns import Turn, TurnStore

__all__ = ["Chat", "Turn", "TurnStore", "standalone"]
