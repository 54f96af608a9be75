"""From a folder of articles to an open assistant: checks the folder, opens the index, syncs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rag.assistant import Assistant
from rag.errors import FolderError, RagError
from rag.library import no_articles
from rag.listing import Progress
from rag.settings import Settings, place_of


def prepare(
    folder: str | Path, *, index: str | Path | None = None, settings: Settings | None = None
) -> Assistant:
    """As `open`, but not synced yet: for callers that stop and go on with `Assistant.sync`."""
    folder = Path(folder)
    if not folder.is_dir():  # before any model is loaded
        raise _no_folder(folder)
    place = Path(index) if index is not None else place_of(folder)
    return Assistant(folder, place, settings=settings)


def open(
    folder: str | Path,
    *,
    index: str | Path | None = None,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Assistant:
    """Open a folder of articles: sync it into its index, ready to answer.

    An index of another embedder or passage length is first brought to that of the settings, which
    takes as long as indexing; stopped in between, it goes on there the next time.

    Args:
        folder: The articles, in it and its subfolders.
        index: Where the library is kept; `index/<folder's name>` by default.
        settings: What a person may change; read from the environment and from `settings.json` in
            the index by default.
        progress: Called as that and the sync go on.

    Raises:
        FolderError: The folder is missing or holds no articles.
        LibraryError: The index cannot be opened or written.
        ModelError: The embedding model cannot be loaded.
        SettingsError: A setting makes no sense.
    """
    assistant = prepare(folder, index=index, settings=settings)
    try:
        assistant.reembed(progress=progress)
        assistant.sync(progress=progress)
        if not assistant.counts()[0]:
            raise no_articles(Path(folder))
    except BaseException:
        assistant.close()
        raise
    return assistant


def _no_folder(folder: Path) -> RagError:
    what = "is a file, not a folder" if folder.exists() else "does not exist"
    return FolderError(f"The folder {folder} {what}. Check the path.")
