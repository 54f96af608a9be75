"""Follows the folder: one watcher for all, whose syncs the engine does in turn.

Owns what hinders it and what its last sync did. Knows nothing of how that is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rag.errors import RagError
from rag.listing import SyncReport
from rag.service.jobs import BackgroundJob, Run
from rag.service.tasks import Task, TaskStage, syncing
from rag.service.wording import later

_EVERY = 0.2  # seconds between two looks at a task
_ENDED = later(
    "Changes in the folder are not noticed, because of a fault in the program; the terminal that "
    "runs this page has the details. Press “Sync again” after a change."
)


class Following:
    """Follows one folder from `begin` on, for as long as the program runs or until `end`.

    `task` is the sync that is being done or was done last. `changes` counts how often something new
    was found; tabs draw themselves anew when it grows.
    """

    def __init__(self, submit: Callable[[Sequence[Task]], None]) -> None:
        self._submit = submit
        self._watching: BackgroundJob[None] = BackgroundJob("following the folder")
        self._hindered = ""
        self.task: Task | None = None
        self.changes = 0
        self._last = SyncReport()

    @property
    def active(self) -> bool:
        """Whether it has begun."""
        return self._watching.state != Run()

    @property
    def hindered(self) -> str:
        """Why changes are not taken up now, in words; empty if they are."""
        return _ENDED if self._watching.state.error else self._hindered

    def begin(self, folder: Path, index: Path) -> None:
        """Follow a folder; nothing where it does already."""
        self._watching.begin(partial(self._follow, folder, index))

    def end(self, seconds: float = 10.0) -> None:
        """Follow no more, and wait for it a while."""
        self._watching.stop()
        self._watching.wait(seconds)

    def _follow(self, folder: Path, index: Path) -> None:
        from rag.library.watch import follow  # when it is first needed

        stop = self._watching.stop_asked
        follow(folder, self._sync, leave_out=index, stop=stop, tell=self._tell)

    def _tell(self, hindered: str) -> None:
        self._hindered = hindered

    def _sync(self) -> None:
        """Have the folder synced; what went wrong is raised. Raises `RagError`: the sync failed."""
        task = self.task = syncing()
        self._submit([task])
        while not task.over:
            if self._watching.stop_asked.wait(_EVERY):
                task.stop()
                return
        if task.stage is TaskStage.FAILED:
            raise RagError(task.error)
        if isinstance(task.result, SyncReport):
            self.changes += task.result.tells_more_than(self._last)
            self._last = task.result
