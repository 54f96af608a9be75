from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given

from rag.jsonable import from_json
from rag.listing import Failure
from rag.plain import to_json
from rag.schema import Answer, Citation, Claim, Evidence, Origin, Searched, Span, Timings, Verdict
from tests.chats.made import answers


def _answer() -> Answer:
    citation = Citation(1, "a.md", "A", 3, 8, "words", date(2025, 1, 2), words=Span(4, 6))
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
            "words": [4, 6],
            "place": "",
            "instructs": False,
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


def repeated(answer: Answer) -> Answer:
    return from_json(Answer, json.loads(json.dumps(to_json(answer))))


@given(answers)
def test_an_answer_comes_back_exactly(answer: Answer) -> None:
    again = repeated(answer)
    assert again == answer
    assert again.timings == answer.timings
    assert to_json(again) == to_json(answer)
    assert repr(again) == repr(answer)  # types too: 1 is no 1.0 here


def test_whole_numbers_for_figures_and_names_of_another_version_are_taken() -> None:
    plain = to_json(_answer())
    plain["confidence"], plain["new"] = 1, [1]
    del plain["evidence"][0]["used"], plain["claims"][0]["origin"], plain["text"]
    answer = from_json(Answer, plain)
    assert (answer.confidence, type(answer.confidence)) == (1.0, float)
    assert answer.evidence[0].used is False
    assert answer.claims[0].origin is Origin.VERBATIM


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("question",), None, "Answer.question: not of type str"),
        (("refused",), 0, "Answer.refused: not of type bool"),
        (("confidence",), True, "Answer.confidence: not of type float"),
        (("confidence",), 10**400, "Answer.confidence: too large"),
        (("claims",), {}, "Answer.claims: not of type list"),
        (("claims", 0, "origin"), "guessed", "Claim.origin: 'guessed' is not"),
        (("claims", 0, "citations", 0, "start"), True, "Citation.start: not of type int"),
        (("claims", 0, "citations", 0, "start"), 1.0, "Citation.start: not of type int"),
        (("claims", 0, "citations", 0, "date"), "yesterday", "Citation.date: Invalid"),
        (("claims", 0, "citations", 0, "date"), 5, "Citation.date: not of type str"),
        (("evidence", 0), None, "Answer.evidence: not of type dict"),
    ],
)
def test_what_is_no_answer_says_where(
    path: tuple[str | int, ...], value: object, told: str
) -> None:
    plain = place = deepcopy(to_json(_answer()))
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ValueError, match=told):
        from_json(Answer, plain)


@pytest.mark.parametrize("plain", [None, [], "", 5, {"path": 5, "reason": ""}, {"path": ""}])
def test_what_is_no_value_is_a_value_error(plain: object) -> None:
    with pytest.raises(ValueError, match=r"not of type|is missing"):
        from_json(Failure, plain)
