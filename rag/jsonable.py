"""Values of the design back from what `rag.plain.to_json` makes of them.

Used by kept conversations, exports, the refusal line and the reading of files. Knows nothing of
where the JSON comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from rag.schema import Span

_Value = TypeVar("_Value")
_Make = Callable[[Any], Any]


def from_json(kind: type[_Value], plain: Any) -> _Value:
    """A dataclass's value from what `to_json` made of it, exactly.

    What is derived, such as an answer's `text`, and names that this version does not know are
    left aside; a field with a default may be missing.

    Raises:
        ValueError: The JSON does not hold such a value.

    >>> from rag.listing import Failure
    >>> from_json(Failure, {"path": "a.txt", "reason": "empty"})
    Failure(path='a.txt', reason='empty')
    >>> from_json(Failure, {"path": "a.txt"})
    Traceback (most recent call last):
    ValueError: Failure.reason is missing
    """
    make: _Make = _maker(kind)  # type: ignore[arg-type]  # a type has a hash
    value: _Value = make(plain)
    return value


@cache
def _maker(kind: Any) -> _Make:
    """What makes a value of a type of the schema; types are looked at once."""
    inner = get_args(kind)
    if isinstance(kind, UnionType):
        (some,) = (part for part in inner if part is not NoneType)
        make = _maker(some)
        return lambda plain: None if plain is None else make(plain)
    if get_origin(kind) is tuple:
        item = _maker(inner[0])
        return lambda plain: tuple([item(part) for part in _of(list, plain)])
    if get_origin(kind) is Mapping:
        item = _maker(inner[1])
        return lambda plain: {name: item(part) for name, part in _of(dict, plain).items()}
    if is_dataclass(kind):
        return _dataclass_maker(kind)
    if kind is float:
        return _number
    if kind is Span:
        return lambda plain: Span(*(_of(int, end) for end in _pair(plain)))
    if issubclass(kind, Enum):
        return lambda plain: kind(plain)
    if issubclass(kind, date):  # a datetime is a date too; each reads its own form
        iso: Callable[[str], date] = kind.fromisoformat
        return lambda plain: iso(_of(str, plain))
    return lambda plain: _of(kind, plain)


def _dataclass_maker(kind: Any) -> _Make:
    hints = get_type_hints(kind)
    parts = [(f.name, _maker(hints[f.name]), _has_default(f)) for f in fields(kind)]

    def make(plain: Any) -> Any:
        given, values = _of(dict, plain), {}
        for name, part, optional in parts:
            if name in given:
                try:
                    values[name] = part(given[name])
                except ValueError as error:
                    raise ValueError(f"{kind.__name__}.{name}: {error}") from None
            elif not optional:
                raise ValueError(f"{kind.__name__}.{name} is missing")
        return kind(**values)

    return make


def _has_default(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _pair(plain: Any) -> list[Any]:
    if len(_of(list, plain)) != len(Span._fields):
        raise ValueError("not a start and an end")
    pair: list[Any] = plain
    return pair


def _number(plain: Any) -> float:
    try:
        return float(plain if type(plain) is int else _of(float, plain))
    except OverflowError:
        raise ValueError("too large a number") from None


def _of(kind: type, plain: Any) -> Any:
    """The value, where it is just of this type: a bool is no whole number here."""
    if type(plain) is not kind:
        raise ValueError(f"not of type {kind.__name__}")
    return plain
