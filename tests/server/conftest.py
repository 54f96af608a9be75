"""What the tests of the service share: an assistant that a fake model writes for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.assistant import Assistant
from rag.testing import FakeLLM
from tests.world import opened


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with opened(tmp_path_factory.mktemp("served"), llm=FakeLLM()) as assistant:
        yield assistant
