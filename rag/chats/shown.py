"""What both formats that a person reads have in common: safe text, times, places, remarks."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from rag.chats.saved import SavedChat
from rag.chats.store import Turn
from rag.schema import Citation, Evidence, many

NEAREST = 3  # passages shown under a refusal; the data has all
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RATED = {1: "Judged helpful", -1: "Judged not helpful"}
UNANSWERED = "This question was not answered: it was broken off."
ABOUT = (
    "Every quotation is an article's own text, at the characters given. With the same articles at "
    "hand, the cited ones can be checked again: python -m rag verify FILE"
)


def showable(text: str) -> str:
    r"""Text without what steers a page: control characters, turns of direction, half characters.

    >>> showable("a\x00b\u202ec")
    'a\ufffdbc'
    """
    return _TURNING.sub("", _UNSHOWABLE.sub("\ufffd", text.replace("\r\n", "\n")))


def time(at: datetime) -> str:
    """A time in UTC, to the minute.

    >>> time(datetime(2026, 5, 1, 9, 30, tzinfo=UTC))
    '2026-05-01 09:30 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def place(item: Citation | Evidence) -> str:
    """Where a quote stands: article, date, page or the like, characters."""
    parts = (
        item.document,
        item.date.isoformat() if item.date else "",
        item.place,
        f"characters {item.start} to {item.end}",
    )
    return ", ".join(part for part in parts if part)


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
