"""The one download of a model at a time, in the background. Knows nothing of how it is drawn."""

from __future__ import annotations

from collections.abc import Callable

from rag.models.catalogue import WRITER_PARTS
from rag.models.download import DownloadProgress, download
from rag.models.loading import hub_parts
from rag.models.parts import fetch
from rag.service.jobs import BackgroundJob
from rag.service.wording import later


class Fetching(BackgroundJob[DownloadProgress]):
    """Runs downloads; what was fetched of one that is stopped is kept. `name` is the last one's."""

    def __init__(self) -> None:
        super().__init__("downloading a model")
        self.name = ""
        self._again: Callable[[], None] = lambda: None

    def start(self, llm: str, then: Callable[[], None]) -> None:
        """Fetch the model that a setting names, then call `then`; nothing while another is busy."""

        def work() -> None:
            self.name = llm if on_hub else WRITER_PARTS.name
            cancelled = self.stop_asked.is_set
            if on_hub:
                download(*on_hub, progress=self.note, cancelled=cancelled)
            else:
                fetch(WRITER_PARTS, progress=self.note, cancelled=cancelled)
            then()

        on_hub = hub_parts(llm)
        self._again = lambda: self.begin(work)
        self._again()

    def go_on(self) -> None:
        """Start the last one again."""
        self._again()

    @property
    def unfinished(self) -> str:
        """Why the last one ended before it was done, for a person; empty where it did not."""
        if self.state.stopped:
            return later("The download was stopped. What was fetched is kept.")
        return self.state.error
