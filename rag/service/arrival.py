"""The model that writes, taken up by a page that was opened before it was here.

Owns when that happens. Knows nothing of how it is fetched.
"""

from __future__ import annotations

from dataclasses import replace

from rag.assistant import Assistant
from rag.models import catalogue
from rag.service.jobs import BackgroundJob, Run
from rag.settings import AUTO, WRITER


class Arrival(BackgroundJob[None]):
    """One change of model at a time; the small one answers until it is made."""

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
