from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.testing import FakeLLM
from tests.world import opened


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with opened(tmp_path, llm=FakeLLM()) as assistant:
        yield assistant
