"""What a tool takes: as a schema for who calls it, and checked when it is called.

Every mistake becomes one sentence that says what is wrong and what to give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
# of each kind: what is wanted in words, its schema, and whether a value is one
_KINDS: dict[Kind, tuple[str, dict[str, Any], Callable[[Any], bool]]] = {
    "text": ("a text", {"type": "string"}, lambda given: isinstance(given, str)),
    "texts": (
        "a list of texts",
        {"type": "array", "items": {"type": "string"}},
        lambda given: isinstance(given, list) and all(isinstance(one, str) for one in given),
    ),
    "day": (
        "a day, written like 2025-08-31",
        {"type": "string", "format": "date"},
        lambda given: _day(given) is not None,
    ),
    "number": ("a whole number", {"type": "integer"}, lambda given: type(given) is int),
    "flag": ("true or false", {"type": "boolean"}, lambda given: isinstance(given, bool)),
    "turns": (
        'a list of turns, written like {"role": "user", "content": "…"}',
        {"type": "array", "items": _TURN},
        lambda given: isinstance(given, list) and all(map(_is_turn, given)),
    ),
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
        name: {**_KINDS[one.kind][1], "description": one.about} for name, one in arguments.items()
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
            raise QuestionError(f"The argument {name} is missing. Give {_KINDS[one.kind][0]}.")
    return {name: _read(name, arguments[name], value) for name, value in there.items()}


def _read(name: str, argument: Argument, given: Any) -> Any:
    wanted, _, fits = _KINDS[argument.kind]
    fitting = fits(given)
    if argument.kind == "number":
        least, most = argument.ends
        wanted += f" from {least} to {most}"
        fitting = fitting and least <= given <= most
    if not fitting:
        shown = repr(given)
        shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
        raise QuestionError(f"The argument {name} is {shown}; it must be {wanted}.")
    if argument.kind == "turns":
        return [(one["role"], one["content"]) for one in given]
    return _day(given) if argument.kind == "day" else given


def _is_turn(value: Any) -> bool:
    """Whether it is somebody's earlier word, as OpenAI's messages have it."""
    return (
        isinstance(value, dict)
        and value.get("role") in ("user", "assistant")
        and isinstance(value.get("content"), str)
    )


def _day(given: Any) -> date | None:
    try:
        return date.fromisoformat(given.strip())
    except (AttributeError, TypeError, ValueError):
        return None
