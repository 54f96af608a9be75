"""What a retriever tells of a passage beside its text, in plain values."""

from __future__ import annotations

from typing import Any

from rag.schema import Hit


def metadata_of(hit: Hit) -> dict[str, Any]:
    """Where a passage stands and how well it fits, for the metadata of other frameworks.

    The text of document `document` from `start` to `end` is the passage, always.

    >>> metadata_of(Hit("a.md", "A", None, 0, 5, "words", (), 0.5, 0.4, 3.0))["document"]
    'a.md'
    """
    return {
        "document": hit.document,
        "title": hit.title,
        "start": hit.start,
        "end": hit.end,
        "score": hit.score,
        "date": hit.date.isoformat() if hit.date else None,
        "place": hit.place(hit.start).name,
        "instructs": [list(span) for span in hit.instructs],
    }
