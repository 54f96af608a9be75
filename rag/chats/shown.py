"""What both formats that a person reads have in common: safe text, times, places, remarks."""

from __future__ import annotations

from datetime import UTC, datetime

from rag.chats.saved import SavedChat
from rag.chats.store import Turn
from rag.schema import many

_RATED = {1: "Judged helpful", -1: "Judged not helpful"}
UNANSWERED = "This question was not answered: it was broken off."
ABOUT = (
    "Every quotation is an article's own text, at the characters given. With the same articles at "
    "hand, the cited ones can be checked again: python -m rag verify FILE"
)


def time(at: datetime) -> str:
    """A time in UTC, to the minute.

    >>> time(datetime(2026, 5, 1, 9, 30, tzinfo=UTC))
    '2026-05-01 09:30 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def head(saved: SavedChat) -> str:
    """The line under the title."""
    return f"{many(len(saved.turns), 'question')}, exported {time(saved.exported)}"


def limits(saved: SavedChat) -> str:
    """Which articles the chat may use, where not all."""
    chosen = saved.chat.documents
    return "" if chosen is None else f"Only these articles may be used: {', '.join(chosen)}"


def remark(turn: Turn) -> str:
    """What a person said of the answer."""
    rated = _RATED.get(turn.rating, "")
    return f"{rated}: {turn.comment}" if rated and turn.comment else rated or turn.comment
