"""One assistant for all tabs, opened once with its progress shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import streamlit as st

import rag.assistant
from rag.assistant import Assistant
from rag.schema import Progress
from rag.settings import Settings


class Engine:
    """Holds the one assistant of this process; the first tab opens it, others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._assistant: Assistant | None = None

    def get(self, progress: Callable[[Progress], None]) -> Assistant:
        """The assistant, opened and warm. Raises as `rag.open` does."""
        with self._lock:
            if self._assistant is None:
                settings = Settings.from_environment()
                index = Path(settings.index) if settings.index else None
                assistant = rag.assistant.open(
                    settings.folder, index=index, settings=settings, progress=progress
                )
                assistant.warm()
                self._assistant = assistant
            return self._assistant


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The process's engine."""
    return Engine()


def ready() -> Assistant:
    """Open the assistant, with a progress bar while articles are indexed."""
    place = st.empty()

    def show(progress: Progress) -> None:
        left = f", about {progress.seconds_left:.0f} s left" if progress.seconds_left else ""
        place.progress(
            progress.documents / max(1, progress.documents_total),
            f"Indexing articles: {progress.documents} of {progress.documents_total}, "
            f"{progress.passages_per_second:.0f} passages a second{left}",
        )

    with place, st.spinner("Opening the articles and loading the models …"):
        assistant = engine().get(show)
    place.empty()
    return assistant
