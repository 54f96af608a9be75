"""What `doctor` finds in an index folder, and what `doctor --repair` does about it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from rag.errors import LibraryError, RagError
from rag.settings import Settings

REPAIR = "Run python -m rag doctor --repair."


def look(place: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is damaged, and what mends itself, in words."""
    from rag.chats.salvage import check_chats
    from rag.library.repair import check, shortened

    try:
        found = shortened(check(place))
    except LibraryError as error:  # of a newer version, for example
        return (str(error),), ()
    chats = check_chats(place)
    damaged = [f.what for f in found if f.serious] + ([chats] if chats else [])
    return tuple(damaged), tuple(f.what for f in found if not f.serious)


def mended(settings: Settings, folder: Path, place: Path) -> tuple[str, ...]:
    """Mend an index folder and read again what was lost; what was done, in words.

    Raises:
        LibraryError: Another program is writing it, or there is no room; nothing was changed.
    """
    from rag.chats.salvage import mend_chats
    from rag.library.repair import mend

    damaged, loose = look(place)
    if not damaged and not loose:
        return ("Nothing had to be mended.",)
    done = [line for line in (mend_chats(place), *mend(place)) if line]
    if not (place / "library.sqlite").is_file():
        return tuple(done)
    if damaged:
        done.append(_read_again(settings, folder, place))
    else:
        _opened(settings, place)
        done.append("The index was opened, which built what was missing.")
    return tuple(done)


def _read_again(settings: Settings, folder: Path, place: Path) -> str:
    from rag.opening import prepare

    try:
        with prepare(folder, index=place, settings=settings) as assistant:
            report = assistant.sync()
    except RagError as error:
        return f"The articles in {folder} could not be read again: {error}"
    again = len(report.added) + len(report.changed)
    return (
        f"Of the articles in {folder}, {again:,} were read again; {report.unchanged:,} were whole."
    )


def _opened(settings: Settings, place: Path) -> None:
    """Open and close the library as it is; no model is needed."""
    from rag.library import Library
    from rag.library.store import Store

    with closing(Store(place / "library.sqlite")) as store:
        identity = store.identity()
    if identity is not None:
        longest = settings.passage_characters
        Library(place, identity=identity, longest=longest).close()
