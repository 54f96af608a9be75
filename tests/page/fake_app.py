"""The page over fakes, for the browser tests: `streamlit run tests/page/fake_app.py`.

The model writes nothing while the file `hold` lies beside the index.
"""

from __future__ import annotations

import runpy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rag.modelset
from rag.assistant import Assistant
from rag.page import opening
from rag.settings import Settings
from rag.testing import FakeEmbedder, FakeJudge, FakeLLM, FakeReader
from tests.world import weights

HOLD = "hold"


class HeldLLM(FakeLLM):
    """As `FakeLLM`, but waits while a file is there."""

    def __init__(self, hold: Path) -> None:
        super().__init__()
        self._hold = hold

    def stream(self, **asked: Any) -> Iterator[str]:
        while self._hold.exists():
            yield ""  # as a piece of a draft: whoever reads can stop here
            time.sleep(0.02)
        yield from super().stream(**asked)


def prepare() -> Assistant:
    """As the page's own, with fakes in place of every model."""
    settings = Settings.from_environment()
    index = Path(settings.index or "")
    rag.modelset.bundled_weights = weights  # type: ignore[assignment]
    fakes = {
        "embedder": FakeEmbedder(dimension=256),
        "reader": FakeReader(),
        "judge": FakeJudge(),
    }
    llm = HeldLLM(index.parent / HOLD)
    return Assistant(Path(settings.folder), index, settings=settings, llm=llm, **fakes)  # type: ignore[arg-type]


opening.from_settings = prepare
runpy.run_path(str(Path(__file__).parents[2] / "rag/page/main.py"), run_name="__main__")
