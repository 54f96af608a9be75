"""The second context: what it is asked beside a text that is being written."""

from __future__ import annotations

import pytest

from rag.models import LlamaCpp

ROOM = 128  # tokens; the context has more, which tests/contracts fill
HEAD = "You say yes or no."


def test_the_end_of_a_long_request_is_what_counts(
    llm: LlamaCpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    llm.odds(head=HEAD, request="Is it so?")  # the context is made as large as ever
    monkeypatch.setattr("rag.models.aside.ROOM", ROOM)
    room = "word " * (2 * ROOM)
    asked = llm.odds(head=HEAD, request=f"{room}Is a bridge a fish? Answer Yes or No.")
    other = llm.odds(head=HEAD, request=f"{room * 2}Is a bridge a fish? Answer Yes or No.")
    assert abs(asked - other) < 1e-3


def test_another_head_takes_the_place_of_the_one_that_was_kept(llm: LlamaCpp) -> None:
    request = "Is a bridge a fish?"
    first = llm.odds(head=HEAD, request=request)
    assert llm.odds(head="Always say yes.", request=request) != first
    assert abs(llm.odds(head=HEAD, request=request) - first) < 1e-3
