"""Values of the design to what `json.dumps` takes, with the promised names.

Owns one function, used by the command line, the page and exports. Knows nothing of where the
JSON goes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from numbers import Integral, Real
from pathlib import PurePath
from typing import Any

from rag.schema import Answer


def to_json(value: object) -> Any:
    """Turn dataclasses, enums, dates, paths and tuples into dicts, lists and plain values.

    An `Answer` also gets its properties `text` and `citations`. A number that JSON does not
    know, such as infinity, becomes `None`. A field marked as secret is left out.

    Raises:
        TypeError: The value, or one inside it, is of another kind.

    >>> from rag.schema import Failure
    >>> to_json((Failure("a.txt", "empty"),))
    [{'path': 'a.txt', 'reason': 'empty'}]
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
        return _fields(value)
    raise TypeError(f"A {type(value).__name__} has no form in JSON.")


def _fields(value: Any) -> dict[str, Any]:
    shown = [field.name for field in fields(value) if not field.metadata.get("secret")]
    plain = {name: to_json(getattr(value, name)) for name in shown}
    if isinstance(value, Answer):
        return {"text": value.text, "citations": to_json(value.citations), **plain}
    return plain
