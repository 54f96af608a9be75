"""What was said of answers, in one file."""

from __future__ import annotations

import json
from pathlib import Path

from rag.chats.feedback import feedback
from rag.testing import FakeLLM
from tests.world import opened

BUILT = "When was the ferry Hanna built?"


def test_only_judged_answers_of_all_chats_are_told(tmp_path: Path) -> None:
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        first, other = assistant.chat(), assistant.chat()
        first.ask(BUILT)
        first.ask("Where do barnacle geese breed?")
        other.ask("Which wine goes with blue cheese?")
        assert feedback(assistant.chats) == b""
        turns = assistant.chats.turns(first.id)
        assistant.chats.rate(turns[0].id, 1, "Right, “1962”\nit was.")
        assistant.chats.rate(assistant.chats.turns(other.id)[0].id, -1)
        told = [json.loads(line) for line in feedback(assistant.chats).decode().splitlines()]
    assert {one["question"]: (one["rating"], one["comment"], one["refused"]) for one in told} == {
        BUILT: (1, "Right, “1962”\nit was.", False),
        "Which wine goes with blue cheese?": (-1, "", True),
    }
    cited = next(one for one in told if one["rating"] == 1)["citations"]
    assert cited[0]["document"] == "ferry.md"
    assert "1962" in cited[0]["quote"]
