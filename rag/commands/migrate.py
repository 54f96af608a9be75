"""`migrate`: the library copied from the index folder to a server, or back."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.commands.options import AsJson, Folder, Index, places
from rag.commands.terminal import Bar, print_json, stdout, stoppable
from rag.errors import LibraryError
from rag.schema import many
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.library import LibraryStore
    from rag.library.migrate import Migration


def migrate(
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS", help="The server's, as in milvus+http://localhost:19530/articles."
        ),
    ],
    *,
    back: Annotated[
        bool, typer.Option("--back", help="From the server into the index folder.")
    ] = False,
    folder: Folder = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Copy the library to a Milvus server, or back; nothing is embedded again.

    It can be stopped with Ctrl-C and goes on the next time. In the end both are read and compared,
    document by document. What is copied from stays as it is.
    """
    place = places(Settings.from_environment(), folder, index)[1]
    with Bar() as bar, ExitStack() as opened, stoppable() as stop:
        from rag.library.migrate import migrate as copied  # here, so that the bar shows meanwhile

        source, target = _both(address, place, back, opened)
        done = copied(source, target, progress=bar.sync, cancelled=stop.is_set)
    if as_json:
        print_json(done)
    else:
        stdout().print(_summary(done, str(place) if back else address))
    if not back and not as_json:
        stdout().print(f"To use it from now on, set QUOTH_LIBRARY={address}")


def _both(
    address: str, place: Path, back: bool, opened: ExitStack
) -> tuple[LibraryStore, LibraryStore]:
    """What is copied, and where to; closed with the stack."""
    from rag.library.library import Library
    from rag.library.milvus import MilvusLibrary
    from rag.library.repair import FILE
    from rag.library.store import Store

    if back:
        there = opened.enter_context(closing(MilvusLibrary(address, place)))
        longest = int(there.fact("passage_characters") or 0)
        here = opened.enter_context(
            closing(Library(place, identity=there.identity, longest=longest))
        )
        return there, here
    if not (place / FILE).is_file():
        raise LibraryError(f"Nothing is indexed in {place}. Run python -m rag index FOLDER first.")
    with closing(Store(place / FILE)) as store:
        identity, limit = store.identity(), store.fact("passage_characters")
    if identity is None:
        raise LibraryError(f"The index {place} is damaged. Run python -m rag doctor --repair.")
    here = opened.enter_context(closing(Library(place, identity=identity, longest=int(limit or 0))))
    library = MilvusLibrary(address, place, identity=identity, longest=int(limit or 0))
    return here, opened.enter_context(closing(library))


def _summary(done: Migration, where: str) -> str:
    held = f"{many(done.documents, 'article')} in {many(done.passages, 'passage')}"
    return f"{where} holds the same now: {held}; {done.copied:,} copied. SHA-256 {done.digest}."
