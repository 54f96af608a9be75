from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from rag.server.logs import JsonLines, log_as_json


def line(texts: bool) -> dict[str, object]:
    try:
        raise ValueError("a question of somebody")
    except ValueError:
        record = logging.LogRecord(
            "rag", logging.ERROR, "x.py", 1, "%s failed", ("it",), sys.exc_info()
        )
    record.fields = {"status": 500}
    told = JsonLines(texts=texts).format(record)
    assert "\n" not in told
    read: dict[str, object] = json.loads(told)
    return read


def test_an_error_is_told_by_its_kind_and_place() -> None:
    told = line(False)
    assert (told["message"], told["level"], told["status"]) == ("it failed", "error", 500)
    assert told["error"] == "ValueError"
    assert "somebody" not in json.dumps(told)
    assert str(told["where"]).startswith("['test_logs.py:")
    assert line(True)["said"] == "a question of somebody"


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    root = logging.getLogger()
    others = [logging.getLogger(name) for name in ("rag.server", "uvicorn", "uvicorn.error")]
    before = root.handlers[:], [(logger, logger.level) for logger in (root, *others)]
    for logger in others[1:]:  # which Streamlit, where a test loaded it, keeps apart
        monkeypatch.setattr(logger, "propagate", True)
        monkeypatch.setattr(logger, "handlers", [])
        logger.setLevel(logging.NOTSET)
    yield root
    root.handlers[:], levels = before
    for logger, level in levels:
        logger.setLevel(level)


@pytest.mark.usefixtures("root")
def test_the_process_logs_lines_of_json() -> None:
    told = io.StringIO()
    log_as_json(stream=told)
    logging.getLogger("rag.server.guard").info("request", extra={"fields": {"status": 200}})
    logging.getLogger("uvicorn.error").info("left out")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    lines = map(json.loads, told.getvalue().splitlines())
    own = ("rag.server.guard", "uvicorn.error")  # threads of other tests may warn of something too
    first, second = (line for line in lines if line["logger"] in own)
    assert (first["message"], first["status"]) == ("request", 200)
    assert second["level"] == "warning"
