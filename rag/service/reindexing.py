"""Articles are embedded anew for another embedder or passage length while questions go on."""

from __future__ import annotations

from functools import partial

from rag.assistant import Assistant
from rag.errors import Cancelled
from rag.listing import Progress
from rag.service.jobs import BackgroundJob

_PAUSE = 2.0  # seconds until it is tried again what another program is doing


class Reindexing(BackgroundJob[Progress]):
    """Brings an assistant's library to its settings in the background.

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
                self.stop_asked.wait(_PAUSE)
        if self.by_words:
            assistant.sync()
