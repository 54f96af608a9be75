"""The one measuring of the refusal line at a time, in the background.

Questions that people ask go first. Knows nothing of how it is drawn, or of what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rag.assistant import Assistant
from rag.service.jobs import BackgroundJob
from rag.service.wording import later

_PAUSE = 0.1  # seconds between two looks at whether a person's question is done


@dataclass(frozen=True, slots=True)
class Measured:
    """Questions asked of how many; `seconds_left` is `None` until it can be told."""

    done: int
    total: int
    seconds_left: float | None


class Measuring(BackgroundJob[Measured]):
    """Measures; the refusal line stays as it was where that is stopped."""

    def __init__(self) -> None:
        super().__init__("measuring")

    def start(self, assistant: Assistant, others: Callable[[], bool]) -> None:
        """Begin; nothing while it is busy. Questions of people, as `others` tells, go first."""
        began = time.monotonic()

        def note(done: int, total: int) -> None:
            left = (time.monotonic() - began) / done * (total - done) if done else None
            self.note(Measured(done, total, left))
            while others() and not self.stop_asked.is_set():
                time.sleep(_PAUSE)

        self.begin(lambda: assistant.calibrate(progress=note, cancelled=self.stop_asked.is_set))

    @property
    def ended(self) -> str:
        """Why the last one ended without a result, for a person; empty if it did not."""
        stopped = later("Measuring was stopped. All is as it was.")
        return stopped if self.state.stopped else self.state.error
