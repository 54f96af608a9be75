"""The page follows the folder: one watcher for all tabs, whose syncs the engine does in turn.

Owns the watcher's thread, what hinders it, and what its last sync did. Knows nothing of how that
is drawn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import RagError
from rag.listing import SyncReport
from rag.page.tasks import Stage, Task, syncing

_log = logging.getLogger(__name__)
_EVERY = 0.2  # seconds between two looks at a task
_ENDED = (
    "Changes in the folder are not noticed, because of a fault in the program; the terminal that "
    "runs this page has the details. Press “Sync again” after a change."
)


class Following:
    """Follows one folder from `begin` on, for as long as the program runs or until `end`.

    Args:
        submit: Has tasks done, one after another with all others.

    Attributes:
        hindered: Why changes are not taken up now, in words; empty if they are.
        task: The sync that is being done or was done last.
        changes: How often it found something new; tabs draw themselves anew when it grows.
    """

    def __init__(self, submit: Callable[[Sequence[Task]], None]) -> None:
        self._submit = submit
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.hindered = ""
        self.task: Task | None = None
        self.changes = 0
        self._last = SyncReport()

    @property
    def active(self) -> bool:
        """Whether it has begun."""
        return self._thread is not None

    def begin(self, folder: Path, index: Path) -> None:
        """Follow a folder; nothing where it does already."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._follow, args=(folder, index), name="quoth-follow", daemon=True
                )
                self._thread.start()

    def end(self, seconds: float = 10.0) -> None:
        """Follow no more, and wait for it a while."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _follow(self, folder: Path, index: Path) -> None:
        from rag.library.watch import follow  # when it is first needed

        try:
            follow(folder, self._sync, leave_out=index, stop=self._stop, tell=self._tell)
        except Exception:  # a thread has no caller that could hear of it
            _log.exception("following %s failed", folder)
            self.hindered = _ENDED

    def _tell(self, hindered: str) -> None:
        self.hindered = hindered

    def _sync(self) -> None:
        """Have the folder synced; what went wrong is raised.

        Raises:
            RagError: The sync failed.
        """
        task = self.task = syncing()
        self._submit([task])
        while not task.over:
            if self._stop.wait(_EVERY):
                task.stop()
                return
        if task.stage is Stage.FAILED:
            raise RagError(task.told)
        if task.report is not None:
            self.changes += task.report.tells_more_than(self._last)
            self._last = task.report
