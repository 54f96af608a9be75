"""What goes on in the background beside questions and changes of the library, each once at a time.

A model is fetched or taken up, articles are embedded anew, the refusal line is measured. Knows
nothing of how it is drawn.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from rag.assistant import Assistant
from rag.errors import Cancelled
from rag.listing import Progress
from rag.models import catalogue
from rag.models.download import DownloadProgress, download
from rag.models.loading import hub_parts
from rag.models.parts import fetch
from rag.service.jobs import BackgroundJob, Run
from rag.service.wording import later
from rag.settings import AUTO, WRITER

_GIVING_WAY = 0.1  # seconds between two looks at whether a person's question is done
_RETRY = 2.0  # seconds until it is tried again what another program is doing


class Fetching(BackgroundJob[DownloadProgress]):
    """Downloads of models; of one that is stopped is kept what came. `name` is the last one's."""

    def __init__(self) -> None:
        super().__init__("downloading a model")
        self.name = ""
        self._again: Callable[[], None] = lambda: None

    def start(self, llm: str, then: Callable[[], None]) -> None:
        """Fetch the model that a setting names, then call `then`; nothing while another is busy."""

        def work() -> None:
            self.name = llm if on_hub else catalogue.WRITER_PARTS.name
            cancelled = self.stop_asked.is_set
            if on_hub:
                download(*on_hub, progress=self.note, cancelled=cancelled)
            else:
                fetch(catalogue.WRITER_PARTS, progress=self.note, cancelled=cancelled)
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


class Arrival(BackgroundJob[None]):
    """The model that writes, taken up by a page that was opened before it was here.

    The small one answers until it is loaded.
    """

    def __init__(self) -> None:
        super().__init__("taking up the model that writes")

    def look(self, assistant: Assistant) -> None:
        """Begin to load the writer where it has come since; a look at the disk and no more."""
        if self.state == Run() and _has_come(assistant):
            self.begin(lambda: assistant.use(replace(assistant.settings, llm=WRITER)))


def _has_come(assistant: Assistant) -> bool:
    """Whether the settings leave it open, the small one runs, and the writer is here and fits."""
    running, file = assistant.model, catalogue.WRITER_PARTS.found
    return (
        assistant.settings.llm == AUTO
        and file is not None
        and running is not None
        and running.name != file.stem
        and catalogue.chosen(AUTO).llm == WRITER
    )


class Reindexing(BackgroundJob[Progress]):
    """Embeds articles anew for another embedder or passage length while questions go on.

    With `by_words` articles are searched by their words alone until it is done.
    """

    def __init__(self) -> None:
        super().__init__("embedding anew")
        self.by_words = False

    def start(self, assistant: Assistant, *, by_words: bool = False) -> None:
        """Begin, or begin anew with other settings; nothing where all is as they say.

        With `by_words` the present embedder is not there any more: syncing waits for the new one.
        """
        if self.state.busy:
            self.stop_asked.set()
        elif assistant.outdated:
            self.by_words = by_words
            self.begin(partial(self._reindex, assistant))

    def _reindex(self, assistant: Assistant) -> None:
        while assistant.outdated:
            self.stop_asked.clear()
            try:
                assistant.reembed(progress=self.note, cancelled=self.stop_asked.is_set)
            except Cancelled:
                continue
            if assistant.outdated:  # another program does it
                self.stop_asked.wait(_RETRY)
        if self.by_words:
            assistant.sync()


@dataclass(frozen=True, slots=True)
class Measured:
    """Questions asked of how many; `seconds_left` is `None` until it can be told."""

    done: int
    total: int
    seconds_left: float | None


class Measuring(BackgroundJob[Measured]):
    """Measures the refusal line, which stays as it was where that is stopped."""

    def __init__(self) -> None:
        super().__init__("measuring")

    def start(self, assistant: Assistant, others: Callable[[], bool]) -> None:
        """Begin; nothing while it is busy. Questions of people, as `others` tells, go first."""
        began = time.monotonic()

        def note(done: int, total: int) -> None:
            left = (time.monotonic() - began) / done * (total - done) if done else None
            self.note(Measured(done, total, left))
            while others() and not self.stop_asked.is_set():
                time.sleep(_GIVING_WAY)

        self.begin(lambda: assistant.calibrate(progress=note, cancelled=self.stop_asked.is_set))

    @property
    def ended(self) -> str:
        """Why the last one ended without a result, for a person; empty if it did not."""
        stopped = later("Measuring was stopped. All is as it was.")
        return stopped if self.state.stopped else self.state.error
