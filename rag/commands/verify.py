"""`verify`: an exported chat against the articles as they are now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from rag.chats.check import Check, check, check_to_json
from rag.chats.export import LARGEST, read_export
from rag.chats.saved import SavedChat
from rag.chats.standing import Standing, State
from rag.commands.options import AsJson, Folder, Index, open_assistant
from rag.commands.terminal import one_line, print_json, print_rows, stderr, stdout
from rag.errors import ExportError
from rag.schema import many

NOT_ALL = 2
_COUNTED = {
    State.STANDS: "where they stood",
    State.MOVED: "at another place",
    State.GONE: "no longer said by their article",
    State.VANISHED: "of articles that are no longer there",
}


def verify(
    file: Annotated[str, typer.Argument(help="An exported chat, or '-' for standard input.")],
    *,
    folder: Folder = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Check an exported chat against the articles: which quotes still stand.

    The exit code is 0 when all stand, 2 when some do not, 1 on an error. Into a pipe go lines of
    question, citation, state, article, start and end now, and quote, tabs between.
    """
    saved = _read(file)
    with open_assistant(folder, index) as assistant:
        checked = check(saved, assistant.find_document)
    console = stdout()
    if as_json:
        print_json(check_to_json(checked))
    elif console.is_terminal:
        _show(checked, console)
    else:
        print_rows(_rows(checked))
    if not as_json:
        stderr().print(_summary(checked))
    if not checked.all_stand:
        raise typer.Exit(NOT_ALL)


def _read(name: str) -> SavedChat:
    """The chat in a file. Raises `ExportError`: it is none, or was changed."""
    try:
        if name == "-":
            return read_export(sys.stdin.buffer.read(LARGEST + 1))
        with Path(name).open("rb") as file:
            return read_export(file.read(LARGEST + 1))
    except ExportError as error:
        shown = "The file" if name == "-" else name
        raise ExportError(f"{shown} cannot be checked. {error}") from None


def _show(checked: Check, console: Console) -> None:
    console.print(Text(one_line(checked.saved.chat.title), style="bold"))
    for number, turn, found in checked.turns:
        console.print(f"\n{number}. {one_line(turn.question)}")
        if not found:
            refused = turn.answer is not None
            console.print(Text("   Refused; no quote to check." if refused else "   No answer."))
        for standing in found:
            _show_standing(standing, console)
    console.print()


def _show_standing(standing: Standing, console: Console) -> None:
    citation = standing.citation
    place = f"{one_line(citation.title)}, {one_line(citation.document)}"
    if standing.start is not None:
        place += f":{standing.start}-{standing.end}"
    line = Text(f"   [{citation.number}]", style="bold cyan")
    line.append(f" {place}", style="not bold default")
    console.print(line)
    console.print(f"       “{one_line(citation.quote)}”")
    console.print(Text(f"       {standing.words}", style="green" if standing.stands else "red"))


def _rows(checked: Check) -> list[list[str]]:
    return [
        [
            str(number),
            str(standing.citation.number),
            standing.state.value,
            standing.citation.document,
            "" if standing.start is None else str(standing.start),
            "" if standing.end is None else str(standing.end),
            standing.citation.quote,
        ]
        for number, _, found in checked.turns
        for standing in found
    ]


def _summary(checked: Check) -> str:
    counts = checked.counts
    total = sum(counts.values())
    if not total:
        return "There is no quote to check."
    parts = ", ".join(f"{number:,} {_COUNTED[state]}" for state, number in counts.items())
    verdict = "All stand" if checked.all_stand else "Not all stand"
    return f"{many(total, 'quote')} checked. {verdict}: {parts}."
