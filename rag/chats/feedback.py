"""What people said of answers, of all chats in one file, for who wants to learn from it.

Knows nothing of how it is asked for.
"""

from __future__ import annotations

import json

from rag.chats.store import ChatInfo, ChatStore, Turn
from rag.invisible import told_in_json

FILE = "quoth-judged-answers.jsonl"


def feedback(store: ChatStore) -> bytes:
    """Each turn that was rated or commented, as a line of JSON in UTF-8, the newest chat first.

    `rating` is 1, -1, or 0 where there is a comment alone.

    Raises:
        LibraryError: The chats cannot be read.
    """
    judged = (
        _line(chat, turn)
        for chat in store.chats()
        for turn in store.turns(chat.id)
        if turn.rating or turn.comment
    )
    return "".join(judged).encode("utf-8", "backslashreplace")


def _line(chat: ChatInfo, turn: Turn) -> str:
    answer = turn.answer
    told = {
        "chat": chat.id,
        "title": chat.title,
        "at": turn.at.isoformat(),
        "question": turn.question,
        "answer": answer.text if answer else "",
        "refused": answer.refused if answer else None,
        "confidence": answer.confidence if answer else None,
        "rating": turn.rating,
        "comment": turn.comment,
        "citations": [
            {"number": c.number, "document": c.document, "start": c.start, "quote": c.quote}
            for c in (answer.citations if answer else ())
        ],
    }
    return told_in_json(json.dumps(told, ensure_ascii=False)) + "\n"
