"""`ask` and `search`: one question, one result."""

from __future__ import annotations

import sys
from datetime import date
from typing import Annotated

import typer

from rag.commands.options import (
    After,
    AsJson,
    Author,
    Before,
    Folder,
    Index,
    Language,
    Only,
    Source,
    Write,
    chosen,
    dates,
    open_assistant,
)
from rag.commands.show import hits_rows, hits_table, show_stream
from rag.commands.terminal import print_json, print_rows, stderr, stdout
from rag.errors import QuestionError
from rag.escaping import encodable
from rag.events import Finished

REFUSED = 2


def ask(
    question: Annotated[
        list[str] | None,
        typer.Argument(help="The question; read from standard input when absent or '-'."),
    ] = None,
    *,
    folder: Folder = None,
    index: Index = None,
    only: Only = None,
    author: Author = "",
    source: Source = "",
    language: Language = "",
    after: After = None,
    before: Before = None,
    all_dates: Annotated[
        bool, typer.Option("--all-dates", help="Do not keep to days such as 'last month'.")
    ] = False,
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the articles, every sentence with its proof.

    The exit code is 0 when it was answered, 2 when the articles do not tell, 1 on an error.
    """
    first, last = dates(after, before)
    text = _question(question)
    with open_assistant(folder, index, warm=True) as assistant:
        documents = chosen(assistant, only, author=author, source=source, language=language)
        today = None if all_dates else date.today()
        events = assistant.stream(
            text,
            documents=documents,
            after=first,
            before=last,
            today=today,
            write=write or None,
        )
        if as_json:
            answer = [event.answer for event in events if isinstance(event, Finished)][-1]
            print_json(answer)
        else:
            answer = show_stream(events, stdout())
    if answer.refused:
        raise typer.Exit(REFUSED)


def search(
    query: Annotated[list[str], typer.Argument(help="A question or some words.")],
    *,
    folder: Folder = None,
    index: Index = None,
    limit: Annotated[int, typer.Option(help="Most passages to show.", min=1, max=1000)] = 10,
    only: Only = None,
    author: Author = "",
    source: Source = "",
    language: Language = "",
    after: After = None,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages nearest to a question or some words.

    Into a pipe go lines of score, article, start, end, date, title and text, tabs between.
    """
    first, last = dates(after, before)
    text = encodable(" ".join(query))
    with open_assistant(folder, index) as assistant:
        documents = chosen(assistant, only, author=author, source=source, language=language)
        hits = assistant.search(text, limit=limit, documents=documents, after=first, before=last)
    console = stdout()
    if as_json:
        print_json(hits)
    elif not hits:
        stderr().print("Nothing was found.")
    elif console.is_terminal:
        console.print(hits_table(hits))
    else:
        print_rows(hits_rows(hits))


def _question(words: list[str] | None) -> str:
    """The question as typed, or from standard input. Raises `QuestionError`: there is none."""
    typed = " ".join(words or ())
    if typed and typed != "-":
        return encodable(typed)
    if sys.stdin.isatty():
        stderr().print("Type the question and end it with Ctrl-D (on Windows Ctrl-Z, Enter).")
    text = sys.stdin.buffer.read().decode("utf-8-sig", "replace").strip()
    if not text:
        raise QuestionError("The question is empty. Ask something about the articles.")
    return text
