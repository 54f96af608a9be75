from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.documents.site import Site


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(running: Site) -> Site:
    running.replies.clear()
    running.asked.clear()
    return running
