"""Questions and answers in the shape of OpenAI's chat completions.

The last message is the question, earlier ones of user and assistant are the turns before it; other
messages and options are passed over, since nothing but the articles decides what is answered. Each
marker in the text has an annotation with the quote and where it stands. Knows nothing of HTTP.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from rag.errors import QuestionError
from rag.plain import to_json
from rag.schema import Answer, Citation, Claim

MODEL = "quoth"
EXAMPLE = '{"model": "quoth", "messages": [{"role": "user", "content": "…"}]}'
_TURNS = ("user", "assistant")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "model": {"type": "string", "description": f"{MODEL}, the only one."},
        "messages": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"role": {"type": "string"}, "content": {}},
                "required": ["role"],
            },
            "description": "The last one is the question; only texts are read.",
        },
        "stream": {"type": "boolean"},
    },
    "required": ["messages"],
}

Turns = list[tuple[str, str]]


def asked(given: Mapping[str, Any]) -> tuple[str, Turns]:
    """The question of a request, and the turns before it.

    Raises:
        QuestionError: The messages are of another shape, or the last one is not the user's.

    >>> asked({"messages": [{"role": "user", "content": "When did it open?"}]})
    ('When did it open?', [])
    """
    messages = given.get("messages")
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise QuestionError(f"The messages are missing or no list of messages. Send {EXAMPLE}")
    turns = [(one["role"], _text(one)) for one in messages if one.get("role") in _TURNS]
    if not turns or turns[-1][0] != "user":
        raise QuestionError("The last message must be the user's question. Add it at the end.")
    return turns[-1][1], turns[:-1]


def _text(message: Mapping[str, Any]) -> str:
    """The text of a message, given as one or in parts."""
    content = message.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    texts = [one.get("text") if isinstance(one, dict) else None for one in parts]
    if not all(isinstance(text, str) for text in texts):
        raise QuestionError("A message holds something else than text. Send text alone.")
    return "\n".join(text for text in texts if isinstance(text, str))


def models() -> dict[str, Any]:
    """The list of models: there is one."""
    return {"object": "list", "data": [model()]}


def model() -> dict[str, Any]:
    """The one model."""
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "quoth"}


def completion(answer: Answer, base: str) -> dict[str, Any]:
    """A whole answer; `base` is the address of this service, with a slash at its end."""
    content = ""
    annotations: list[dict[str, Any]] = []
    for claim in answer.claims:
        piece, noted = _told(claim, len(content), base)
        content, annotations = content + piece, annotations + noted
    message = {"role": "assistant", "content": content or _refused(answer), "refusal": None}
    choice = {"index": 0, "message": message | {"annotations": annotations}, "logprobs": None}
    head = _head("chat.completion", _new_id(), int(time.time()))
    return head | {"choices": [choice | {"finish_reason": "stop"}]}


class Chunks:
    """The pieces of one streamed answer: a claim each, as soon as it is proven.

    The claims come with the numbers that they were proven under, in the order of their proofs; a
    whole answer may have them in the order of the articles.
    """

    def __init__(self, base: str) -> None:
        self._base, self._length = base, 0
        self._id, self._created = _new_id(), int(time.time())

    def begin(self) -> dict[str, Any]:
        """The first piece."""
        return self._piece({"role": "assistant", "content": ""})

    def claim(self, claim: Claim) -> dict[str, Any]:
        """A proven claim."""
        piece, annotations = _told(claim, self._length, self._base)
        self._length += len(piece)
        return self._piece({"content": piece, "annotations": annotations})

    def end(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """The last pieces."""
        if not self._length:
            yield self._piece({"content": _refused(answer)})
        yield self._piece({}, "stop")

    def _piece(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        head = _head("chat.completion.chunk", self._id, self._created)
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return head | {"choices": [choice]}


def _told(claim: Claim, start: int, base: str) -> tuple[str, list[dict[str, Any]]]:
    """A claim with its markers, and an annotation for each, in a text that is so long before it."""
    text, annotations = f"{' ' if start else ''}{claim.text} ", []
    for citation in claim.citations:
        marker = f"[{citation.number}]"
        first = start + len(text)
        annotations.append(_annotation(citation, first, first + len(marker), base))
        text += marker
    return text, annotations


def _annotation(citation: Citation, start: int, end: int, base: str) -> dict[str, Any]:
    place = f"{base}v1/documents/{quote(citation.document)}#char={citation.start},{citation.end}"
    named = {"url": place, "title": citation.title, "start_index": start, "end_index": end}
    return {"type": "url_citation", "url_citation": named, "quoth": to_json(citation)}


def _refused(answer: Answer) -> str:
    """Why there is no answer, with what could be asked instead."""
    return "\n".join([answer.reason, *(f"- {choice}" for choice in answer.choices)])


def _head(kind: str, id_: str, created: int) -> dict[str, Any]:
    return {"id": id_, "object": kind, "created": created, "model": MODEL}


def _new_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"
