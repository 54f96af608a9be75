"""What every test shares: no network, a fixed Hypothesis profile, the bundled models once."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two beside others' wait by computing, for seconds
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="quoth-models-")  # no models but the bundled ones
atexit.register(shutil.rmtree, os.environ["HF_HOME"], ignore_errors=True)
for name in [name for name in os.environ if name.startswith("QUOTH_")]:
    del os.environ[name]  # what the person at this machine has set must not change the results

from collections.abc import Iterator  # noqa: E402
from functools import cache  # noqa: E402
from unittest.mock import patch  # noqa: E402

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from rag.assistant import Assistant  # noqa: E402
from rag.models import Embedder, LlamaCpp, load_judge, load_llm, load_reader  # noqa: E402
from rag.models.embedder import bundled_embedder  # noqa: E402
from rag.service.engine import Engine  # noqa: E402
from tests.milvus_process import MilvusProcess  # noqa: E402

OPENING = 60  # seconds

settings.register_profile(
    "quoth",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("quoth")


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The embedder that comes with the install, loaded once."""
    return bundled_embedder()


@pytest.fixture(scope="session", autouse=True)
def networks() -> Iterator[None]:
    """The bundled reader and judge, loaded once for all assistants: that takes seconds."""
    with (
        patch("rag.modelset.load_reader", cache(load_reader)),
        patch("rag.modelset.load_judge", cache(load_judge)),
    ):
        yield


@pytest.fixture(scope="session")
def llm() -> Iterator[LlamaCpp]:
    """The language model that comes with the install, loaded once."""
    model = load_llm(threads=1)  # more would spin on a busy machine
    yield model
    model.close()


@pytest.fixture(scope="session")
def milvus_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusProcess]:
    """A Milvus server in a process of its own."""
    pytest.importorskip("milvus_lite", reason="no milvus-lite is installed; see docs/scale.md")
    with MilvusProcess(tmp_path_factory.mktemp("milvus")) as process:
        yield process


@pytest.fixture
def engine(assistant: Assistant) -> Engine:
    """The engine of page and server, opened, over the assistant of the tests beside."""
    engine = Engine(lambda: assistant)
    engine.start()
    assert engine.wait(OPENING)
    return engine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The page comes last: Playwright's event loop runs until the end, and none runs beside it."""
    items.sort(key=lambda item: item.path.parent.name == "page")


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: no collection of garbage looks at it again."""
    gc.collect()
    gc.freeze()
