"""A chat as it is handed to somebody else, sealed so that a change to it is noticed.

Owns the data of an export and its seals: a SHA-256 over the data, and one over the text that a
person reads. A seal shows a change by accident or by hand; it is no signature, and who wants to
forge can seal anew, which is why the quotes are checked against the articles. Knows nothing of
how the formats look.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.chats.standing import digest
from rag.chats.store import ChatInfo, ChatStore, Turn
from rag.errors import ExportError, LibraryError
from rag.jsonable import from_json
from rag.plain import to_json
from rag.schema import Answer, Citation, Evidence

FORMAT, VERSION = "quoth-chat", 1
CHANGED = "It was changed after it was exported. Ask for the file anew."


@dataclass(frozen=True, slots=True)
class SavedChat:
    """A chat with all its turns at the time `exported`, in UTC."""

    chat: ChatInfo
    turns: tuple[Turn, ...]
    exported: datetime


def saved_chat(store: ChatStore, chat: str) -> SavedChat:
    """A chat as it is kept now, ready to be exported.

    Raises:
        LibraryError: There is no such chat, or it cannot be read.
    """
    info, turns = store.info(chat), store.turns(chat)
    if info is None:
        raise LibraryError(f"There is no chat {chat}. The command chats lists those there are.")
    return SavedChat(info, turns, datetime.now(UTC))


def sealed(saved: SavedChat, *, shown: str = "") -> dict[str, Any]:
    """The data of an export with its seals, also over the text that is shown beside it."""
    data = {"format": FORMAT, "version": VERSION, **to_json(saved)}
    if shown:
        data["shown"] = _seal_of_text(shown)
    return {**data, "sha256": _seal(data)}


def unsealed(text: str, *, shown: str = "") -> SavedChat:
    """Read the data of an export; the other way round of `sealed`.

    Raises:
        ExportError: It is no export, a newer version's, or was changed.
    """
    data = _loaded(text)
    if data.get("version") != VERSION:
        raise ExportError(
            f"It was exported by another version of Quoth (version {data.get('version')!r}, "
            f"not {VERSION}). Update Quoth."
        )
    rest = {name: value for name, value in data.items() if name != "sha256"}
    if data.get("sha256") != _seal(rest):
        raise ExportError(CHANGED)
    if bool(shown) != ("shown" in data) or (shown and data["shown"] != _seal_of_text(shown)):
        raise ExportError(CHANGED)
    try:
        saved = from_json(SavedChat, data)
    except ValueError as error:
        raise ExportError(f"It lacks what an export has ({error}). Ask for it anew.") from None
    for fault in _faults(saved, data):
        raise ExportError(f"No export of Quoth is like this: {fault}. Ask for the file anew.")
    return saved


def _loaded(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text, parse_float=_figure, parse_constant=_figure)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ExportError("It is no export of a chat. Export one with: python -m rag export CHAT")
    return data


def _figure(text: str) -> float | int:
    """A number in one form, since other programs write 1.0 as 1."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return int(number) if number.is_integer() else number


def _seal(data: dict[str, Any]) -> str:
    plain = json.loads(json.dumps(data), parse_float=_figure)
    return digest(json.dumps(plain, sort_keys=True))


def _seal_of_text(shown: str) -> str:
    """Of what is read; line ends may change on the way."""
    return digest("\n".join(line.rstrip() for line in shown.strip().splitlines()))


def _faults(saved: SavedChat, data: dict[str, Any]) -> Iterator[str]:
    """What no answer of Quoth has, so that forged data that was sealed anew is told."""
    for number, turn in enumerate(saved.turns, start=1):
        if turn.answer is None:
            continue
        if not _derived(turn.answer, data["turns"][number - 1]["answer"]):
            yield f"the answer to question {number} is not made of its claims"
        for fault in _faults_of(turn.answer):
            yield f"in the answer to question {number}, {fault}"


def _derived(answer: Answer, plain: dict[str, Any]) -> bool:
    """Whether text and citations, which an export repeats, are those of the claims."""
    try:
        cited = tuple(from_json(Citation, citation) for citation in plain["citations"])
    except (KeyError, TypeError, ValueError):
        return False
    return plain.get("text") == answer.text and cited == answer.citations


def _faults_of(answer: Answer) -> Iterator[str]:
    if answer.refused == bool(answer.claims):
        yield "there are claims and a refusal, or neither"
    for place, claim in enumerate(answer.claims, start=1):
        if not claim.citations:
            yield f"claim {place} has no citation"
        for citation in claim.citations:
            if citation not in answer.citations:
                yield f"the marker [{citation.number}] stands for two quotes"
    quoted: tuple[Citation | Evidence, ...] = (*answer.citations, *answer.evidence)
    for item in quoted:
        if not item.quote or item.start < 0 or len(item.quote) != item.end - item.start:
            yield (
                f"a quote of {item.document} has {len(item.quote)} characters and says that it "
                f"stands at {item.start} to {item.end}"
            )
        elif item.words and not item.start <= item.words.start < item.words.end <= item.end:
            yield f"the words marked in a quote of {item.document} lie outside it"
