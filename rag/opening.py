"""From articles to an open assistant: checks where they are, opens the index, syncs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from rag.assistant import Assistant
from rag.documents.given import GivenDocuments, documents_of
from rag.errors import FolderError, RagError
from rag.library import Given, Roots
from rag.listing import Progress
from rag.models import LLM, llm_of
from rag.settings import Settings, place_of

Folders = str | Path | Iterable[str | Path]
_LONGEST_NAME = 80  # characters of the name of several folders' index


def prepare(
    folder: Folders | None = None,
    *,
    documents: GivenDocuments | None = None,
    index: str | Path | None = None,
    settings: Settings | None = None,
    llm: LLM | Callable[[str], str] | None = None,
) -> Assistant:
    """As `open`, but not synced yet: for callers that stop and go on with `Assistant.sync`."""
    if (folder is None) == (documents is None):
        raise TypeError("open takes a folder or documents: the one or the other")
    model = None if llm is None else llm_of(llm)
    if documents is not None:
        given = Given(*documents_of(documents))
        place = Path(index if index is not None else tempfile.mkdtemp(prefix="quoth-"))
        return Assistant(given, place, settings=settings, llm=model, temporary=index is None)
    roots = _roots(folder if folder is not None else ())
    return Assistant(
        roots,
        Path(index) if index is not None else _place(roots),
        settings=settings,
        llm=model,
    )


def open(
    folder: Folders | None = None,
    *,
    documents: GivenDocuments | None = None,
    index: str | Path | None = None,
    settings: Settings | None = None,
    llm: LLM | Callable[[str], str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Assistant:
    """Open a folder of articles, or articles of a program: index them, ready to answer.

    An index of another embedder or passage length is first brought to that of the settings, which
    takes as long as indexing; stopped in between, it goes on there the next time.

    Args:
        folder: The articles, in it and its subfolders; or several folders, whose names the ids of
            their documents then begin with. An empty one is answered from by refusals.
        documents: Articles instead of a folder: names with their texts, or any of them as dicts
            with `text`, `name`, `title`, `author`, `date`, `source`; pairs; texts; documents of
            LangChain or LlamaIndex. Text is taken as it is; bytes are read as a file of that name.
        index: Where the library is kept; `index/<folder's name>` by default, and of documents a
            temporary place that goes when the assistant is closed, conversations included. One
            that may only be read is asked as it is.
        settings: What a person may change; read from the environment and from `settings.json` in
            the index by default.
        llm: The language model instead of the one in the settings: an `LLM`, or any function from
            prompt to text. It stays its giver's to close.
        progress: Called as that and the sync go on.

    Raises:
        FolderError: A folder is missing, or empty where its index is not.
        LibraryError: The index cannot be opened or written.
        ModelError: The embedding model cannot be loaded.
        SettingsError: A setting makes no sense.
        TypeError: Neither or both of folder and documents are given, or something of no shape.
        ValueError: Two documents have one name, or a date is none.
    """
    assistant = prepare(folder, documents=documents, index=index, settings=settings, llm=llm)
    try:
        if os.access(assistant.index, os.W_OK):  # else it is asked as it is
            assistant.reembed(progress=progress)
            assistant.sync(progress=progress)
    except BaseException:
        assistant.close()
        raise
    return assistant


def _roots(folder: Folders) -> Roots:
    """The folders, each there: told before any model is loaded."""
    folders = [Path(folder)] if isinstance(folder, str | Path) else [Path(one) for one in folder]
    if not folders:
        raise ValueError("the list of folders is empty; name one")
    for one in folders:
        if not one.is_dir():
            raise _no_folder(one)
    return Roots.of(folders)


def _place(roots: Roots) -> Path:
    """Where the index is kept where no place is named."""
    first, *others = (place_of(folder) for folder in roots.folders)
    names = "+".join([first.name, *(other.name for other in others)])
    return first.with_name(names[:_LONGEST_NAME]) if others else first


def _no_folder(folder: Path) -> RagError:
    what = "is a file, not a folder" if folder.exists() else "does not exist"
    return FolderError(f"The folder {folder} {what}. Check the path.")
