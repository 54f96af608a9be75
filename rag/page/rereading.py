"""Articles are embedded anew for another embedder or passage length while questions go on.

Owns the thread that does it and where it stands. Knows nothing of how that is drawn.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from rag.assistant import Assistant
from rag.errors import Cancelled, RagError
from rag.listing import Progress

_log = logging.getLogger(__name__)
_PAUSE = 2.0  # seconds until it is tried again what another program is doing
_UNFORESEEN = "There was a fault in the program. The terminal that runs this page has the details."


@dataclass(frozen=True, slots=True)
class Standing:
    """How far it is.

    Attributes:
        busy: Whether it goes on now.
        progress: `None` before the first passages.
        by_words: Whether articles are searched by their words alone until it is done.
        error: Why it was given up, for a person.
    """

    busy: bool = False
    progress: Progress | None = None
    by_words: bool = False
    error: str = ""


class Rereading:
    """Brings an assistant's library to its settings in the background; safe to share.

    Attributes:
        state: Where it stands now.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._anew = threading.Event()
        self._thread: threading.Thread | None = None
        self.state = Standing()

    def start(self, assistant: Assistant, *, by_words: bool = False) -> None:
        """Begin, or begin anew with other settings; nothing where all is as they say.

        Args:
            assistant: Whose library.
            by_words: The present embedder is not there any more: nothing could be synced, so that
                is done afterwards.
        """
        with self._lock:
            if self._thread is not None:
                self._anew.set()
            elif assistant.outdated:
                self.state = Standing(busy=True, by_words=by_words)
                work = (assistant, by_words)
                self._thread = threading.Thread(target=self._work, args=work, daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do; whether that came in time."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return not self.state.busy

    def _work(self, assistant: Assistant, by_words: bool) -> None:
        error = ""
        try:
            while assistant.outdated:
                self._anew.clear()
                try:
                    assistant.reembed(progress=self._note, cancelled=self._anew.is_set)
                except Cancelled:
                    continue
                if assistant.outdated:  # another program does it
                    self._anew.wait(_PAUSE)
            if by_words:
                assistant.sync()
        except Exception as fault:  # a thread has no caller that could hear of it
            error = str(fault) if isinstance(fault, RagError) else _UNFORESEEN
            _log.exception("embedding anew failed")
        with self._lock:
            self._thread = None
            self.state = Standing(error=error)

    def _note(self, progress: Progress) -> None:
        self.state = Standing(busy=True, progress=progress, by_words=self.state.by_words)
