"""What a tool takes: as a schema for who calls it, and checked when it is called.

Every mistake becomes one sentence that says what is wrong and what to give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from rag.errors import QuestionError

Kind = Literal["text", "texts", "day", "number", "flag", "turns"]
_TURN = {
    "type": "object",
    "properties": {
        "role": {"type": "string", "enum": ["user", "assistant"]},
        "content": {"type": "string"},
    },
    "required": ["role", "content"],
}
_SCHEMAS: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "day": {"type": "string", "format": "date"},
    "number": {"type": "integer"},
    "flag": {"type": "boolean"},
    "turns": {"type": "array", "items": _TURN},
}
_WANTED = {
    "text": "a text",
    "texts": "a list of texts",
    "number": "a whole number",
    "flag": "true or false",
    "turns": 'a list of turns, written like {"role": "user", "content": "…"}',
}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool.

    Attributes:
        about: What it means, for who calls.
        kind: What it is.
        needed: Whether it must be given.
        ends: The least and the most that a number may be.
    """

    about: str
    kind: Kind = "text"
    needed: bool = False
    ends: tuple[int, int] = (0, 2**31)


def schema(arguments: Mapping[str, Argument]) -> dict[str, Any]:
    """The JSON schema of some arguments.

    >>> schema({"limit": Argument("Most to show.", "number", ends=(1, 9))})["properties"]["limit"]
    {'type': 'integer', 'description': 'Most to show.', 'minimum': 1, 'maximum': 9}
    """
    told: dict[str, Any] = {
        name: {**_SCHEMAS[one.kind], "description": one.about} for name, one in arguments.items()
    }
    for name, one in arguments.items():
        if one.kind == "number":
            told[name] |= {"minimum": one.ends[0], "maximum": one.ends[1]}
    needed = [name for name, one in arguments.items() if one.needed]
    return {"type": "object", "properties": told, "required": needed, "additionalProperties": False}


def checked(arguments: Mapping[str, Argument], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, days read; what is absent or null is left out.

    Raises:
        QuestionError: Something is missing, unknown or of another kind.

    >>> checked({"after": Argument("Of this day or later.", "day")}, {"after": "2026-08-01"})
    {'after': datetime.date(2026, 8, 1)}
    """
    for name in given:
        if name not in arguments:
            raise QuestionError(
                f"There is no argument {name[:40]!r}. Possible are: {', '.join(arguments)}."
            )
    there = {name: value for name, value in given.items() if value is not None}
    for name, one in arguments.items():
        if one.needed and name not in there:
            raise QuestionError(f"The argument {name} is missing. Give {_WANTED[one.kind]}.")
    return {name: _read(name, arguments[name], value) for name, value in there.items()}


def _read(name: str, argument: Argument, value: Any) -> Any:
    least, most = argument.ends
    if argument.kind == "day":
        return _day(name, value)
    wanted = _WANTED[argument.kind]
    if argument.kind == "number":
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        wanted += f" from {least} to {most}"
    elif argument.kind == "texts":
        fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
    elif argument.kind == "flag":
        fits = isinstance(value, bool)
    elif argument.kind == "turns":
        fits = isinstance(value, list) and all(map(_is_turn, value))
        value = [(one["role"], one["content"]) for one in value] if fits else value
    else:
        fits = isinstance(value, str)
    if not fits:
        raise QuestionError(f"The argument {name} is {_shown(value)}; it must be {wanted}.")
    return value


def _is_turn(value: Any) -> bool:
    """Whether it is somebody's earlier word, as OpenAI's messages have it."""
    return (
        isinstance(value, dict)
        and value.get("role") in ("user", "assistant")
        and isinstance(value.get("content"), str)
    )


def _day(name: str, value: Any) -> date:
    try:
        return date.fromisoformat(value.strip())
    except (AttributeError, ValueError):
        raise QuestionError(
            f"The argument {name} is {_shown(value)}; it must be a day, written like 2025-08-31."
        ) from None


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
