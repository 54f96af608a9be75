"""Quoth: answers from a folder of articles, every sentence proven by an exact quotation.

    import rag

    with rag.open("seeds", index="index/seeds") as assistant:
        answer = assistant.ask("Which chips is China urging companies to avoid?")
        print(answer.text)

Public names are those in `__all__`; everything heavy is loaded when it is first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.errors import (
    AddressError,
    CalibrationError,
    Cancelled,
    ClusterError,
    EmbedderMismatch,
    ExportError,
    FolderError,
    LibraryError,
    ModelError,
    QuestionError,
    QuestionSetError,
    RagError,
    ReadError,
    SettingsError,
)
from rag.events import ClaimRejected, ClaimVerified, Draft, Event, EvidenceFound, Finished
from rag.listing import Addition, DocumentInfo, Failure, Outcome, Progress, Remark, SyncReport
from rag.schema import (
    Answer,
    AnswerOutcome,
    Citation,
    Claim,
    Document,
    Evidence,
    Heading,
    Hit,
    Origin,
    Passage,
    Period,
    Place,
    Searched,
    Span,
    Timings,
    Verdict,
)
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.calibration import Calibration
    from rag.chats import Chat, ChatInfo, ChatStore, Turn
    from rag.models import LLM
    from rag.opening import open

__version__ = "0.1.0"

_LATER = {
    "Assistant": "rag.assistant",
    "Calibration": "rag.calibration",
    "open": "rag.opening",
    "Chat": "rag.chats",
    "ChatInfo": "rag.chats",
    "ChatStore": "rag.chats",
    "Turn": "rag.chats",
    "LLM": "rag.models",
}

__all__ = [
    "LLM",
    "Addition",
    "AddressError",
    "Answer",
    "AnswerOutcome",
    "Assistant",
    "Calibration",
    "CalibrationError",
    "Cancelled",
    "Chat",
    "ChatInfo",
    "ChatStore",
    "Citation",
    "Claim",
    "ClaimRejected",
    "ClaimVerified",
    "ClusterError",
    "Document",
    "DocumentInfo",
    "Draft",
    "EmbedderMismatch",
    "Event",
    "Evidence",
    "EvidenceFound",
    "ExportError",
    "Failure",
    "Finished",
    "FolderError",
    "Heading",
    "Hit",
    "LibraryError",
    "ModelError",
    "Origin",
    "Outcome",
    "Passage",
    "Period",
    "Place",
    "Progress",
    "QuestionError",
    "QuestionSetError",
    "RagError",
    "ReadError",
    "Remark",
    "Searched",
    "Settings",
    "SettingsError",
    "Span",
    "SyncReport",
    "Timings",
    "Turn",
    "Verdict",
    "open",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATER[name]), name)
