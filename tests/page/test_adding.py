"""What came of a task, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.listing import Addition, Outcome, SyncReport
from rag.page.adding import task_in_words
from rag.service.tasks import Removed, Result, Task, Unpacked


@pytest.mark.parametrize(
    ("did", "told"),
    [
        (Addition("tea.md", Outcome.ADDED, "Tea", 1), "Added as “Tea”, 1 passage."),
        (Addition("t.md", Outcome.ALREADY_THERE, "Tea", 1), "Was there already, as “Tea” (t.md)."),
        (Addition("tea.md", Outcome.REPLACED, "Tea", 2), "Replaced by “Tea”, 2 passages."),
        (Unpacked(2), "Added 2 articles from it."),
        (Unpacked(1, ("A.", "B.")), "Added 1 article from it. 2 could not be added: A. B."),
        (Removed(Path("removed/tea.md")), "Removed. Its file is kept as removed/tea.md."),
        (Removed(None), "Removed; its file was gone."),
        (SyncReport(added=("a.md",), unchanged=4), "1 added, 4 unchanged."),
        (SyncReport(), "There is nothing to sync."),
    ],
)
def test_what_a_task_did(did: Result, told: str) -> None:
    assert task_in_words(Task("x", None, result=did)) == told


def test_a_task_that_goes_on_and_one_that_failed() -> None:
    assert task_in_words(Task("x", None)) == ""
    assert task_in_words(Task("x", None, error="It is {broken}.")) == "It is {broken}."
