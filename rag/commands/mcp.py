"""`mcp`: serves the articles to other programs over the Model Context Protocol."""

from __future__ import annotations

from importlib.util import find_spec

from rag.commands.options import Articles, Folder, Index, places
from rag.commands.terminal import stderr
from rag.errors import FolderError, SettingsError
from rag.settings import Settings

_INSTALL = "pip install mcp==2.3.0"


def mcp(
    articles: Articles = None,
    *,
    folder: Folder = None,
    index: Index = None,
) -> None:
    """Serve the articles to an MCP client over standard input and output, until it goes.

    Its tools are ask, search, document and documents. The folder is followed meanwhile.
    """
    if find_spec("mcp") is None or find_spec("mcp_types") is None:
        raise SettingsError(f"Serving over MCP needs a package that is not here. Run: {_INSTALL}")
    source, place = places(Settings.from_environment(), articles or folder, index)
    if not source.is_dir():
        raise FolderError(f"The folder {source} does not exist. Check the path.")
    from rag.opening import prepare  # here, since they load much
    from rag.server.mcp import serve

    settings = Settings.read(place)
    serve(lambda: prepare(source, index=place, settings=settings), _tell)


def _tell(hindered: str) -> None:
    if hindered:
        stderr().print(f"quoth: {hindered}")
