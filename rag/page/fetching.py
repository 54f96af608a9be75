"""The one download of a model at a time, in the background, seen by all tabs.

Owns its thread and where it stands. Knows nothing of how that is drawn, or what a model is for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from rag.errors import Cancelled, RagError
from rag.models.catalogue import WRITER_PARTS
from rag.models.download import Fetched, download
from rag.models.loading import hub_parts
from rag.models.parts import fetch

_log = logging.getLogger(__name__)
_UNFORESEEN = (
    "The model could not be downloaded because of a fault in the program. "
    "The terminal that runs this page has the details."
)


@dataclass(frozen=True, slots=True)
class Fetch:
    """Where the download stands.

    Attributes:
        name: What is fetched, `repo/name:file.gguf` or the writer's file; empty before the first.
        busy: Whether it goes on now.
        stopping: Whether a stop was asked for and is on its way.
        stopped: Whether it was stopped; it can go on.
        fetched: How far it is; `None` until that is known.
        error: Why it failed, for a person; empty if it did not.
    """

    name: str = ""
    busy: bool = False
    stopping: bool = False
    stopped: bool = False
    fetched: Fetched | None = None
    error: str = ""

    @property
    def unfinished(self) -> str:
        """Why it ended before it was done, for a person; empty where it did not."""
        if self.stopped:
            return "The download was stopped. What was fetched is kept."
        return self.error


class Fetching:
    """Runs downloads; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._again: tuple[str, Callable[[], None]] | None = None
        self.state = Fetch()

    def start(self, llm: str, then: Callable[[], None]) -> None:
        """Fetch the model that a setting names, then call `then`; nothing while another is busy."""
        with self._lock:
            if self.state.busy:
                return
            self._stop.clear()
            self._again = llm, then
            self.state = Fetch(llm if hub_parts(llm) else WRITER_PARTS.name, busy=True)
            self._thread = threading.Thread(
                target=self._work, args=self._again, name="quoth-fetch", daemon=True
            )
            self._thread.start()

    def go_on(self) -> None:
        """Start the last one again; what it had fetched is kept."""
        if self._again is not None:
            self.start(*self._again)

    def stop(self) -> None:
        """Stop it soon; what was fetched is kept."""
        with self._lock:
            if self.state.busy:
                self._stop.set()
                self.state = replace(self.state, stopping=True)

    def forget(self) -> None:
        """Let go of how the last one ended."""
        with self._lock:
            if not self.state.busy:
                self.state = Fetch()

    def wait(self, seconds: float) -> bool:
        """Wait until it is not busy; whether that came in time."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.state.busy

    def _work(self, llm: str, then: Callable[[], None]) -> None:
        ended: dict[str, object] = {}
        try:
            if on_hub := hub_parts(llm):
                download(*on_hub, progress=self._note, cancelled=self._stop.is_set)
            else:
                fetch(WRITER_PARTS, progress=self._note, cancelled=self._stop.is_set)
            then()
        except Cancelled:
            ended["stopped"] = True
        except RagError as error:
            ended["error"] = str(error)
        except Exception:  # a thread has no caller that could hear of it
            _log.exception("downloading failed")
            ended["error"] = _UNFORESEEN
        with self._lock:
            self.state = replace(self.state, busy=False, stopping=False, **ended)  # type: ignore[arg-type]

    def _note(self, fetched: Fetched) -> None:
        with self._lock:
            self.state = replace(self.state, fetched=fetched)


@st.cache_resource(show_spinner=False)
def fetching() -> Fetching:
    """The process's downloads."""
    return Fetching()
