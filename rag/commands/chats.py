"""`chats` and `export`: the conversations of an index folder, and one of them as a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from rag.chats.export import Format, export, format_of
from rag.chats.saved import saved_chat
from rag.chats.store import FILE, ChatInfo, ChatStore
from rag.commands.options import AsJson, Folder, Index, places
from rag.commands.terminal import one_line, print_json, print_rows, stderr, stdout
from rag.errors import ExportError, LibraryError
from rag.settings import Settings, write_whole


def chats(
    query: Annotated[
        list[str] | None,
        typer.Argument(help="List only chats with these words in titles, questions, answers."),
    ] = None,
    *,
    folder: Folder = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """List the chats that were kept, newest first.

    Into a pipe go lines of id, time of the last question or answer, questions and title, tabs
    between.
    """
    with _store(folder, index) as store:
        listed = store.chats(" ".join(query or ())) if store is not None else ()
    console = stdout()
    if as_json:
        print_json(listed)
    elif not listed:
        stderr().print("No chat was found." if query else "There are no chats yet.")
    elif console.is_terminal:
        console.print(_table(listed))
    else:
        print_rows([[i.id, i.updated.isoformat(), str(i.turns), i.title] for i in listed])


def export_chat(
    chat: Annotated[str, typer.Argument(help="The chat's id, as the command chats lists it.")],
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="A new file; its ending says the format: .md, .html or .json.",
            show_default="Markdown on standard output",
        ),
    ] = None,
    folder: Folder = None,
    index: Index = None,
) -> None:
    """Write a chat to a file for somebody else, with every quotation and where it stands.

    The file can be checked against the articles later: verify FILE.
    """
    form = Format.MARKDOWN if to is None else format_of(to)
    with _store(folder, index) as store:
        if store is None:
            raise LibraryError(f"There is no chat {chat}, as there are no chats yet.")
        content = export(saved_chat(store, chat), form)
    if to is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    if os.path.lexists(to):
        raise ExportError(f"{to} is there already. Give another name, or remove that file.")
    try:
        write_whole(to, content)
    except OSError as error:
        raise ExportError(
            f"The chat cannot be written to {to}: {error.strerror or error}. Choose another place, "
            "or free some space."
        ) from error
    stderr().print(f"The chat is in {to}. It can be checked again: verify {to}")


@contextmanager
def _store(folder: Path | None, index: Path | None) -> Iterator[ChatStore | None]:
    """The conversations of an index folder, with no model loaded; `None` where none was kept."""
    _, place = places(Settings.from_environment(), folder, index)
    if not (place / FILE).is_file():
        yield None
        return
    store = ChatStore(place)
    try:
        yield store
    finally:
        store.close()


def _table(listed: Sequence[ChatInfo]) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for name in ("chat", "last used", "questions", "title"):
        table.add_column(name, justify="right" if name == "questions" else "left")
    for info in listed:
        used = f"{info.updated.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(Text(one_line(info.id)), used, f"{info.turns:,}", Text(one_line(info.title)))
    return table
