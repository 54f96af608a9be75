"""`doctor`: what is installed, what this machine is like, what is wrong, what would be better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.console import Console

from rag import __version__
from rag.commands import checkup, mending
from rag.commands.options import AsJson, Folder, Index, places
from rag.commands.terminal import one_line, print_json, stdout

_WIDTH = 24


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
    settings, in_force = checkup.settings_in_force(folder, index)
    source, place = places(settings, folder, index)
    mended = mending.mended(settings, source, place) if repair else ()
    found = {
        "machine": checkup.machine(place, settings),
        "packages": checkup.packages(),
        "models": checkup.models(settings),
        "settings": in_force,
        "index": checkup.index(place, settings),
    }
    facts = {name: checked.facts for name, checked in found.items()}
    lists = {
        "mended": mended,
        "problems": [said for checked in found.values() for said in checked.problems],
        "advice": [said for checked in found.values() for said in checked.advice],
    }
    if as_json:
        print_json({"version": __version__, **facts, **lists})
    else:
        _show(facts, lists, stdout())
    if lists["problems"]:
        raise typer.Exit(1)


def _show(
    facts: Mapping[str, Mapping[str, str]], lists: Mapping[str, Sequence[str]], console: Console
) -> None:
    for name, section in facts.items():
        _head(f"Quoth {__version__}" if name == "machine" else name.capitalize(), console)
        for fact, value in section.items():
            console.print(f"  {one_line(fact):<{_WIDTH}} {one_line(value)}")
    for name, lines in lists.items():
        if lines or name != "mended":
            _head(name.capitalize(), console)
            for line in lines or ("none",):
                console.print(f"  {one_line(line)}")


def _head(title: str, console: Console) -> None:
    console.print(f"\n{title}", style="bold")
