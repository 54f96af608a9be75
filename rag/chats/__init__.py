"""Conversations kept on disk.

Owns turns and their order. Knows nothing of how a question is answered.
"""

from rag.chats.chat import Chat
from rag.chats.standing import Standing, State, standings
from rag.chats.store import ChatInfo, ChatStore, Turn

__all__ = [
    "Chat",
    "ChatInfo",
    "ChatStore",
    "Standing",
    "State",
    "Turn",
    "standings",
]
