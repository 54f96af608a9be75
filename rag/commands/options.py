"""The options that commands share, and opening the assistant they ask for."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.commands.terminal import Bar
from rag.errors import QuestionError, RagError
from rag.listing import is_collection
from rag.settings import Settings, place_of, write_whole

if TYPE_CHECKING:
    from rag.assistant import Assistant

_LAST = Path("index") / "last.json"
Articles = Annotated[Path | None, typer.Argument(metavar="FOLDER", help="The same as --folder.")]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        help="The folder of articles.",
        show_default="QUOTH_FOLDER, seeds, or the last indexed",
    ),
]
Index = Annotated[
    Path | None,
    typer.Option(
        "--index",
        help="Where the index is kept.",
        show_default="QUOTH_INDEX or index/<folder's name>",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Write = Annotated[
    bool,
    typer.Option("--write", help="Let the language model write, however long it takes here."),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--document",
        help="Search only this article, or those of a folder as reports/; may be given several "
        "times.",
    ),
]
Author = Annotated[
    str, typer.Option("--author", help="Only articles by this author; part of the name will do.")
]
Source = Annotated[
    str, typer.Option("--source", help="Only articles from there; part of the address will do.")
]
Language = Annotated[
    str, typer.Option("--language", help="Only articles in this language, as in German or de.")
]
Collection = Annotated[
    str, typer.Option("--collection", help="Only articles in this folder, as in reports/2024/.")
]
After = Annotated[
    str | None,
    typer.Option("--after", metavar="DATE", help="Only articles of this date or later."),
]
Before = Annotated[
    str | None,
    typer.Option("--before", metavar="DATE", help="Only articles of this date or earlier."),
]


def places(settings: Settings, folder: Path | None, index: Path | None) -> tuple[Path, Path]:
    """The folder of articles and where its index is kept: as typed, else as set.

    Where neither is and the default folder is not here, it is the one that was indexed last.
    """
    source = folder if folder is not None else Path(settings.folder)
    if folder is None and _is_nowhere(source) and (last := _last()) is not None:
        return last[0], index or last[1]
    if index is not None:
        return source, index
    return source, Path(settings.index) if settings.index else place_of(source)


def remember(source: Path, place: Path) -> None:
    """Let further commands typed here be about this folder, where the default one is not here."""
    if _is_nowhere(Path(Settings().folder)):
        _LAST.parent.mkdir(parents=True, exist_ok=True)
        write_whole(_LAST, json.dumps([str(source), str(place)]).encode())


def _is_nowhere(folder: Path) -> bool:
    return "folder" not in Settings.decided() and not folder.is_dir()


def _last() -> tuple[Path, Path] | None:
    try:
        source, place = json.loads(_LAST.read_bytes())
        return Path(source), Path(place)
    except (OSError, ValueError, TypeError):  # there is none, or somebody else's file
        return None


def open_assistant(folder: Path | None, index: Path | None, *, warm: bool = False) -> Assistant:
    """Open the assistant with its folder synced, showing progress on standard error.

    `warm` loads the models that answering needs, too.
    """
    source, place = places(Settings.from_environment(), folder, index)
    settings = Settings.read(place)
    with Bar() as bar:
        from rag.opening import open  # here, so that the bar shows while it is loaded

        assistant = open(source, index=place, settings=settings, progress=bar.sync)
        if warm:
            try:
                assistant.warm()
            except BaseException:
                assistant.close()
                raise
    return assistant


def dates(after: str | None, before: str | None) -> tuple[date | None, date | None]:
    """Read `--after` and `--before`.

    Raises:
        QuestionError: One is not a date, or nothing can lie between them.
    """
    first, last = _day("--after", after), _day("--before", before)
    if first and last and first > last:
        raise QuestionError(
            f"No article can be of {first} or later and of {last} or earlier. "
            "Change --after or --before."
        )
    return first, last


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        message = f"{option} {text!r} is not a date. Write it as year-month-day, like 2025-08-31."
        raise QuestionError(message) from None


def chosen(
    assistant: Assistant,
    names: Sequence[str] | None,
    *,
    author: str = "",
    source: str = "",
    language: str = "",
) -> list[str] | None:
    """The ids of the articles that are chosen; `None` for all.

    Raises:
        RagError: There is no such article in the library, or none in such a folder.
    """
    typed = [_id(assistant.folder, name) for name in names or ()]
    known = [one if is_collection(one) else assistant.document(one).id for one in typed]
    ids = list(assistant.named(known))
    if not (author or source or language):
        return ids or None
    such = [i.id for i in assistant.documents(author=author, source=source, language=language)]
    if not such:
        raise RagError(
            "No article is by that author, from there, in that language. See what there is: "
            "python -m rag documents --json"
        )
    return [id_ for id_ in such if id_ in ids] if names else such


def _id(folder: Path, name: str) -> str:
    """A path typed with the help of the shell, made relative to the folder."""
    root, path = folder.resolve(), Path(name)
    end = "/" if name.endswith(("/", os.sep)) else ""
    is_id = not path.is_absolute() and (folder / path).exists()
    if not is_id and path.exists() and path.resolve().is_relative_to(root):
        return path.resolve().relative_to(root).as_posix() + end
    return path.as_posix() + end
