"""`serve` and `mcp`: answer other programs, over HTTP and over the Model Context Protocol."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rag.commands.options import Articles, Folder, Index, places
from rag.commands.terminal import stderr
from rag.errors import FolderError, SettingsError
from rag.settings import Settings, serve_keys

_HTTP = {"fastapi": "0.165.0", "uvicorn": "0.54.0", "prometheus_client": "0.26.0"}
_MCP = {"mcp": "2.3.0", "mcp_types": ""}  # the second comes with the first
_PORT = 8600


def serve(
    articles: Articles = None,
    *,
    folder: Folder = None,
    index: Index = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Its port; 0 is any that is free.")
    ] = _PORT,
    address: Annotated[
        str, typer.Option("--address", help="Where it listens; others reach it if you change this.")
    ] = "127.0.0.1",
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="A file of keys, one a line, that callers must show."),
    ] = None,
    open_to_all: Annotated[
        bool,
        typer.Option("--open-to-all", help="Let whoever reaches it ask without a key."),
    ] = False,
    per_minute: Annotated[
        int, typer.Option("--per-minute", min=1, help="Questions that each key may ask a minute.")
    ] = 60,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, max=256, help="Questions worked on at a time.")
    ] = 2,
    waiting: Annotated[
        int, typer.Option("--waiting", min=0, help="Questions that may wait beside those.")
    ] = 50,
    log_questions: Annotated[
        bool, typer.Option("--log-questions", help="Write the questions into the log too.")
    ] = False,
) -> None:
    """Serve the articles to other programs over HTTP, until Ctrl-C.

    POST a question to /v1/ask, or name the address with /v1 to a client of OpenAI's. Keys are read
    from QUOTH_SERVE_KEYS too, with commas between. The folder is followed meanwhile.
    """
    source, place = _ready(_HTTP, articles or folder, index)
    from rag.opening import prepare  # here, since they load much
    from rag.server.http import ServeOptions
    from rag.server.keys import read_keys
    from rag.server.logs import log_as_json
    from rag.server.running import is_loopback, listening, run
    from rag.service.engine import Engine

    known = read_keys(keys, serve_keys())
    if open_to_all and known:
        raise SettingsError("There are keys and --open-to-all is said. Leave one of them out.")
    settings = Settings.read(place)
    engine = Engine(lambda: prepare(source, index=place, settings=settings), follow=True)
    here = is_loopback(address)
    if not here and not known and not open_to_all:
        raise SettingsError(
            f"At {address} others reach the service, so that it needs keys. Name a file of them by "
            "--keys, or say --open-to-all to let anybody ask."
        )
    with listening(address, port) as listener:
        options = ServeOptions(known, per_minute, at_once, waiting, here, log_questions)
        log_as_json(texts=log_questions)
        stderr().print(f"Quoth answers at {_shown(listener.getsockname())}. Ctrl-C ends it.")
        run(engine, listener, options)


def mcp(
    articles: Articles = None,
    *,
    folder: Folder = None,
    index: Index = None,
) -> None:
    """Serve the articles to an MCP client over standard input and output, until it goes.

    Its tools are ask, search, document and documents. The folder is followed meanwhile.
    """
    source, place = _ready(_MCP, articles or folder, index)
    from rag.opening import prepare  # here, since they load much
    from rag.server import mcp as server

    settings = Settings.read(place)
    server.serve(lambda: prepare(source, index=place, settings=settings), _tell)


def _tell(hindered: str) -> None:
    if hindered:
        stderr().print(f"quoth: {hindered}")


def _ready(needed: Mapping[str, str], folder: Path | None, index: Path | None) -> tuple[Path, Path]:
    """The folder and its index, where the packages are here that serving takes."""
    if any(find_spec(name) is None for name in needed):
        pins = (f"{n.replace('_', '-')}=={version}" for n, version in needed.items() if version)
        raise SettingsError(
            f"Serving needs packages that are not here. Run: pip install {' '.join(pins)}"
        )
    source, place = places(Settings.from_environment(), folder, index)
    if not source.is_dir():
        raise FolderError(f"The folder {source} does not exist. Check the path.")
    return source, place


def _shown(place: tuple[str, int]) -> str:
    host = f"[{place[0]}]" if ":" in place[0] else place[0]
    return f"http://{host}:{place[1]}"
