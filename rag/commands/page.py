"""`page`: the chat page in the browser, and the model that writes on its way meanwhile.

Owns the two that run beside each other and how both end. Knows nothing of what the page draws.
"""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from rag.commands.model import WITHOUT, would_be_used
from rag.commands.options import Articles, Folder, Index, places
from rag.commands.terminal import on_signal, stderr
from rag.errors import FolderError, RagError
from rag.service.jobs import BackgroundJob
from rag.settings import Settings, exported

if TYPE_CHECKING:
    from rag.models.download import DownloadProgress

_PACKAGE = Path(__file__).parents[1]
_CARRIED = _PACKAGE / "page" / "start"  # in an installed package; else at the repository's top
_TENTHS = 10  # how often it is said how far the download is
_ENDING = 10.0  # seconds for the page to end by itself
_EVERY = ("", "0.0.0.0", "::")  # to listen on every address of this computer
_TERMINATED = 128 + signal.SIGTERM


def page(
    articles: Articles = None,
    *,
    folder: Folder = None,
    index: Index = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="Its port.", show_default="8501, or near"),
    ] = None,
    address: Annotated[
        str, typer.Option("--address", help="Where it listens; others reach it if you change this.")
    ] = "localhost",
    open_to_all: Annotated[
        bool,
        typer.Option(
            "--open-to-all",
            help="Whoever reaches that address need not sign in, and sees every chat.",
        ),
    ] = False,
    known_as: Annotated[
        list[str] | None,
        typer.Option(
            "--known-as", help="A name that people open it by; under no other is it answered."
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")
    ] = True,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch the model that writes meanwhile, if it is due.")
    ] = False,
    pip_options: Annotated[
        str, typer.Option("--pip-options", help="Options of pip for that, in one text.")
    ] = "",
) -> None:
    """Open the chat page, until Ctrl-C.

    Articles are added there too, so that the folder may be empty.
    """
    source, place = places(Settings.from_environment(), articles or folder, index)
    if not source.is_dir():
        raise FolderError(
            f"The folder {source} does not exist. Name one, which may be empty: "
            "python -m rag page FOLDER"
        )
    options = [f"--server.address={address}", f"--server.headless={str(not browser).lower()}"]
    options += [f"--server.port={port}"] if port else []
    # else Streamlit asks a computer of others which address this one has outside, to print it
    options += ["--browser.serverAddress=localhost"] if address in _EVERY else []
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(_script()), *options]
    fetching: BackgroundJob[None] = BackgroundJob("fetching the model that writes")
    said: dict[str, object] = {"open_to_all": 1} if open_to_all else {}
    said |= {"page_names": ",".join(known_as)} if known_as else {}
    environment = exported(folder=source, index=place, **said)
    with _terminable(), subprocess.Popen(command, env=environment) as run:
        try:
            if fetch and would_be_used(source, place):
                fetching.begin(partial(_fetch, shlex.split(pip_options), fetching.stop_asked))
            code = run.wait()
        except KeyboardInterrupt:  # the way to end it
            code = 0
        finally:
            fetching.stop()
            _end(run)
    raise typer.Exit(code)


def _script() -> Path:
    """What Streamlit runs, with the page's options in the folder `.streamlit` beside it."""
    return (_CARRIED if _CARRIED.is_dir() else _PACKAGE.parent) / "app.py"


def _terminable() -> AbstractContextManager[None]:
    """A request to terminate ends the page too."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(_TERMINATED)

    return on_signal(signal.SIGTERM, leave)


def _end(run: subprocess.Popen[bytes]) -> None:
    if run.poll() is not None:
        return
    run.terminate()
    try:
        run.wait(_ENDING)
    except subprocess.TimeoutExpired:
        run.kill()


def _fetch(options: list[str], ended: Event) -> None:
    """Fetch the model, saying how far it is now and then, until it is here or the page ends."""
    from rag.models.catalogue import FETCH, WRITER_PARTS
    from rag.models.parts import fetch

    console, said = stderr(), 0
    if WRITER_PARTS.found is not None:
        return

    def told(fetched: DownloadProgress) -> None:
        nonlocal said
        tenth = _TENTHS * fetched.done // fetched.total
        if tenth > said:
            said = tenth
            mb = f"{fetched.done >> 20:,} of {fetched.total >> 20:,} MB"
            console.print(f"The model that writes: {mb}.")

    console.print(
        f"The model that writes, {WRITER_PARTS.bytes / 1e9:.1f} GB, is fetched while the page is "
        "open. Until it is here answers are quotes. Ctrl-C ends both and keeps what has come."
    )
    try:
        fetch(WRITER_PARTS, options=options, progress=told, cancelled=ended.is_set)
    except RagError as error:
        if not ended.is_set():
            console.print(f"{error} {WITHOUT}{FETCH}")
        return
    console.print("The model that writes is here. The page takes it with your next click there.")
