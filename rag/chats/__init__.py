"""Conversations kept on disk, and from a follow-up to a question that stands alone.

Owns turns and their order. Knows nothing of how a question is answered.
"""

from rag.chats.chat import Chat
from rag.chats.standalone import sought, standalone
from rag.chats.standing import Standing, State, standing, standings
from rag.chats.store import ChatInfo, ChatStore, Turn
from rag.chats.vague import asked_back

__all__ = [
    "Chat",
    "ChatInfo",
    "ChatStore",
    "Standing",
    "State",
    "Turn",
    "asked_back",
    "sought",
    "standalone",
    "standing",
    "standings",
]
