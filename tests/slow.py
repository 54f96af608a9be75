"""A language model that writes only as far as a test lets it, and waiting for what comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from rag.testing import FakeLLM

SECONDS = 60


class GatedLLM(FakeLLM):
    """As `FakeLLM`, but each request waits for `let` before its first word."""

    def __init__(self) -> None:
        super().__init__()
        self._gate = threading.Semaphore(0)
        self.begun = 0

    def let(self, requests: int = 1) -> None:
        """Let so many further requests be answered."""
        self._gate.release(requests)

    def stream(self, **asked: Any) -> Iterator[str]:
        self.begun += 1
        yield ""  # as a piece of a draft: whoever reads can stop here
        while not self._gate.acquire(timeout=0.05):
            yield ""
        yield from super().stream(**asked)


def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
