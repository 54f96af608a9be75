from __future__ import annotations

import json
from datetime import date
from pathlib import PurePosixPath

import numpy as np
import pytest

from rag.jsonable import to_json
from rag.schema import (
    Answer,
    Citation,
    Claim,
    Evidence,
    Origin,
    Searched,
    Span,
    Timings,
    Verdict,
)


def _answer() -> Answer:
    citation = Citation(1, "a.md", "A", 3, 8, "words", date(2025, 1, 2))
    claim = Claim("Words.", (citation,), Verdict(True, "fine"), Origin.COMPOSED)
    evidence = Evidence("a.md", "A", None, 3, 8, "words", 0.5, True)
    searched = Searched(1, 2, 3, 4)
    timings = Timings(0.1, None, 0.2)
    return Answer("q", "q", False, 0.8, (claim,), (evidence,), "", (), searched, timings)


def test_answer_has_the_promised_names() -> None:
    plain = json.loads(json.dumps(to_json(_answer())))
    assert plain["text"] == "Words. [1]"
    assert plain["question"] == "q"
    assert (plain["refused"], plain["confidence"], plain["reason"]) == (False, 0.8, "")
    assert plain["citations"] == [
        {
            "number": 1,
            "document": "a.md",
            "title": "A",
            "start": 3,
            "end": 8,
            "quote": "words",
            "date": "2025-01-02",
            "page": None,
        }
    ]
    (claim,) = plain["claims"]
    assert (claim["text"], claim["origin"], claim["verdict"]["supported"]) == (
        "Words.",
        "composed",
        True,
    )
    assert claim["citations"] == plain["citations"]
    assert plain["evidence"][0]["quote"] == "words"
    assert plain["rejected"] == []
    assert plain["searched"]["passages"] == 2
    assert plain["timings"]["first_claim"] is None


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Span(1, 2), [1, 2]),
        (PurePosixPath("a/b"), "a/b"),
        ({"a": (1, 2.5, True, None)}, {"a": [1, 2.5, True, None]}),
        (float("inf"), None),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
    ],
)
def test_plain_values(value: object, plain: object) -> None:
    assert to_json(value) == plain
    json.dumps(to_json(value))


def test_unknown_kinds_are_a_programming_mistake() -> None:
    with pytest.raises(TypeError, match="object"):
        to_json(object())
    with pytest.raises(TypeError):
        to_json(Answer)
