"""Logs as JSON, a line each, without the text of questions and articles.

Owns what a line holds. An error is told by its kind and where it came up; what it says may quote a
question, and is left out unless that is wanted.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, TextIO

_FRAMES = 12  # of a traceback, the innermost


class JsonLines(logging.Formatter):
    """A record as one line of JSON, with what stands in its `fields`; errors with `texts` alone."""

    def __init__(self, *, texts: bool = False) -> None:
        super().__init__()
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {"time": when, "level": record.levelname.lower()}
        told |= {"logger": record.name, "message": record.getMessage().strip()}
        told |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
            told["error"] = type(error).__name__
            told["where"] = [f"{PurePath(f.filename).name}:{f.lineno} {f.name}" for f in frames]
            if self._texts:
                told["said"] = str(error)
        return json.dumps(told, ensure_ascii=False, default=str)


def log_as_json(*, texts: bool = False, stream: TextIO | None = None) -> None:
    """Have this process log as JSON, to standard output unless told otherwise."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines(texts=texts))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("rag.server").setLevel(logging.INFO)
