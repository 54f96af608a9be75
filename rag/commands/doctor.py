"""`doctor`: what is installed, what this machine is like, what is wrong, what would be better."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag import __version__
from rag.commands.checkup import CHECKS, OF_ONE, checked, look
from rag.commands.options import AsJson, Folder, Index, places
from rag.commands.terminal import one_line, print_json, stdout
from rag.errors import RagError, SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assistant import Assistant


def doctor(
    *,
    folder: Folder = None,
    index: Index = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Mend a damaged index; nothing that you made is deleted."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is installed, what would be slow here, and how to better it.

    The index is checked: every article's text and passages, what was computed for them, and the
    conversations. The exit code is 1 when something keeps questions from being answered.
    """
    settings, lists = Settings(), dict[str, list[str]](mended=[], problems=[], advice=[])
    try:
        settings = Settings.read(places(Settings.from_environment(), folder, index)[1])
    except SettingsError as error:  # all else is checked with the defaults
        lists["problems"].append(str(error))
    source, place = places(settings, folder, index)
    if repair:
        lists["mended"] = _mended(settings, source, place)
    found = {name: checked(check, settings, place) for name, check in CHECKS.items()}
    for one in found.values():
        lists["problems"] += one.problems
        lists["advice"] += one.advice
    facts = {name: one.facts for name, one in found.items()}
    if as_json:
        print_json({"version": __version__, **facts, **lists})
    else:
        _show(facts, lists)
    if lists["problems"]:
        raise typer.Exit(1)


def _mended(settings: Settings, folder: Path, place: Path) -> list[str]:
    """Mend an index folder and read again what was lost; what was done, in words.

    Raises:
        LibraryError: Another program is writing it, or there is no room; nothing was changed.
    """
    from rag.chats.salvage import mend_chats
    from rag.library.repair import FILE, mend
    from rag.opening import prepare
    from rag.service.private import INDEX, places

    if not any(look(place)):
        return ["Nothing had to be mended."]
    done = [line for line in (mend_chats(place), *mend(place)) if line]
    for own in places(place):
        done += _told_of(own, partial(mend, own / INDEX))
    if not (place / FILE).is_file():
        return done
    try:
        with prepare(folder, index=place, settings=settings) as assistant:  # builds what is missing
            report = assistant.sync()
            again, whole = len(report.added) + len(report.changed), report.unchanged
            told = f"Of the articles in {folder}, {again:,} were read again; {whole:,} were whole."
            done.append(told)
            for own in places(place):
                done += _told_of(own, partial(_read_again, assistant, own))
    except RagError as error:
        done.append(f"The articles in {folder} could not be read again: {error}")
    return done


def _read_again(shared: Assistant, place: Path) -> list[str]:
    """Read again what was lost of one person's own articles; what was, in words."""
    from rag.service.private import made

    with made(shared, place) as own:
        report = own.sync()
    again = len(report.added) + len(report.changed)
    return [f"{again:,} were read again; {report.unchanged:,} were whole."] if again else []


def _told_of(place: Path, work: Callable[[], list[str]]) -> list[str]:
    """What was done for one person's own articles; what fails keeps nobody else's from it."""
    try:
        lines = work()
    except RagError as error:
        lines = [str(error)]
    return [f"{OF_ONE.format(place)} {line}" for line in lines]


def _show(facts: dict[str, dict[str, str]], lists: dict[str, list[str]]) -> None:
    console = stdout()
    shown = {
        **{
            name: [f"{one_line(fact):<24} {one_line(text)}" for fact, text in section.items()]
            for name, section in facts.items()
        },
        **{
            name: [one_line(line) for line in lines] or ["none"]
            for name, lines in lists.items()
            if lines or name != "mended"
        },
    }
    for name, lines in shown.items():
        title = f"Quoth {__version__}" if name == "machine" else name.capitalize()
        console.print(f"\n{title}", style="bold")
        for line in lines:
            console.print(f"  {line}")
