"""Values to what `json.dumps` takes, with the promised names: dicts, lists, texts and numbers.

Owns that shape, and the two methods by which a value gives it of itself. `rag.jsonable` reads it
back. Knows nothing of what the values mean.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from numbers import Integral, Real
from pathlib import PurePath
from typing import Any, ClassVar

from rag.invisible import told_in_json


class Plain:
    """A dataclass that gives itself as a dict, and as JSON, as `--json` prints it.

    Attributes:
        derived: Properties that are told too, before the fields.
    """

    __slots__ = ()
    derived: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """Itself as a dict of plain values, the values inside it too."""
        plain: dict[str, Any] = to_json(self)
        return plain

    def to_json(self, *, indent: int | None = None) -> str:
        """Itself as JSON text; `indent` as for `json.dumps`."""
        told = json.dumps(to_json(self), indent=indent, ensure_ascii=False, allow_nan=False)
        return told_in_json(told)


def to_json(value: object) -> Any:
    """Turn dataclasses, enums, dates, paths and tuples into dicts, lists and plain values.

    What a dataclass names in `derived` is told too: an answer's `text` and `citations`. A number
    that JSON does not know, such as infinity, becomes `None`. A field marked as secret is left out.

    Raises:
        TypeError: The value, or one inside it, is of another kind.

    >>> to_json((date(2026, 8, 1), float("inf"), {"a": 1}))
    ['2026-08-01', None, {'a': 1}]
    """
    if isinstance(value, Enum):
        return to_json(value.value)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Integral):  # NumPy's numbers too, which json itself refuses
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in fields(value) if not field.metadata.get("secret")]
        told = (*getattr(value, "derived", ()), *shown)
        return {name: to_json(getattr(value, name)) for name in told}
    raise TypeError(f"A {type(value).__name__} has no form in JSON.")
