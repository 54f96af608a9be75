from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.service.jobs import Run
from rag.service.measuring import Measuring
from tests.calibration.world import lives
from tests.slow import SECONDS


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with lives(tmp_path) as assistant:
        yield assistant


class Held(Measuring):
    """Measuring that a test lets go on, question by question."""

    def __init__(self) -> None:
        super().__init__()
        self.free, self.looked = threading.Event(), threading.Event()

    def others(self) -> bool:
        self.looked.set()
        return not self.free.is_set()


def test_it_waits_while_people_ask(assistant: Assistant) -> None:
    held = Held()
    held.start(assistant, held.others)
    assert held.looked.wait(SECONDS)
    assert held.state.busy
    assert held.state.progress.done == 0
    held.free.set()
    assert held.wait(SECONDS)
    assert held.state == Run()
    assert assistant.line.calibration is not None


def test_it_can_be_stopped_even_while_people_ask(assistant: Assistant) -> None:
    held = Held()
    held.start(assistant, held.others)
    held.start(assistant, held.others)  # one at a time
    assert held.looked.wait(SECONDS)
    held.stop()
    assert held.state.stopping
    assert held.wait(SECONDS)
    assert "All is as it was" in held.ended
    assert assistant.line.calibration is None
    held.stop()  # of nothing
    assert not held.state.stopping
