"""`index` and `documents`: the library and what is in it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, current_thread, main_thread
from types import FrameType
from typing import Annotated

import typer

from rag.commands.options import AsJson, Folder, Index, open_assistant, places
from rag.commands.show import documents_rows, documents_table, show_failures
from rag.commands.terminal import Bar, count, duration, print_json, print_rows, stderr, stdout
from rag.errors import Cancelled
from rag.listing import SyncReport
from rag.settings import Settings

INTERRUPTED = 130


def index(
    articles: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="The same as --folder.")
    ] = None,
    *,
    folder: Folder = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Bring the index in step with a folder of articles.

    New and changed files are read, vanished ones removed. It can be stopped with Ctrl-C and goes
    on the next time.
    """
    source, place = places(Settings.from_environment(), articles or folder, index)
    settings = Settings.read(place)
    try:
        report = _sync(source, place, settings)
    except Cancelled as stopped:
        stderr().print(f"quoth: {stopped}")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(report)
        return
    console = stdout()
    if not (report.added or report.changed or report.unchanged):
        console.print(f"{source} holds no articles yet. Put some there, or add them on the page.")
    else:
        console.print(_summary(source, place, report))
    show_failures(report.failed, console)


def documents(*, folder: Folder = None, index: Index = None, as_json: AsJson = False) -> None:
    """List the articles in the index, and the files that could not be read.

    Into a pipe go lines of article, date, characters, passages and title, tabs between.
    """
    with open_assistant(folder, index) as assistant:
        listed, failures = assistant.documents(), assistant.failures()
    console = stdout()
    if as_json:
        print_json({"documents": listed, "failures": failures})
    elif console.is_terminal:
        console.print(documents_table(listed))
        show_failures(failures, console)
    else:
        print_rows(documents_rows(listed))
        show_failures(failures, stderr())


def _sync(folder: Path, place: Path, settings: Settings) -> SyncReport:
    with Bar() as bar:
        from rag.opening import prepare  # here, so that the bar shows while it is loaded

        assistant = prepare(folder, index=place, settings=settings)
        with assistant, _stoppable() as stop:
            assistant.reembed(progress=bar.sync, cancelled=stop.is_set)
            return assistant.sync(progress=bar.sync, cancelled=stop.is_set)


@contextmanager
def _stoppable() -> Iterator[Event]:
    """An event that the first Ctrl-C sets; the second stops at once."""
    stop = Event()
    if current_thread() is not main_thread():  # only there can signals be handled
        yield stop
        return

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        stderr().print("Stopping after this batch. Press Ctrl-C again to stop at once.")

    before = signal.signal(signal.SIGINT, ask_to_stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _summary(folder: Path, place: Path, report: SyncReport) -> str:
    counts = (
        (len(report.added), "added"),
        (len(report.changed), "changed"),
        (len(report.removed), "removed"),
        (report.unchanged, "unchanged"),
    )
    done = ", ".join(f"{count:,} {word}" for count, word in counts)
    new = ""
    if report.passages:
        new = f" {count(report.passages, 'passage')} indexed in {duration(report.seconds)}."
    return f"{folder} is indexed in {place}. Articles: {done}.{new}"
