"""`eval`: a question set to figures, a table and a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rag.commands.options import AsJson
from rag.commands.terminal import Bar, print_json, questions, stderr, stdout
from rag.settings import Settings

REPORTS = Path("reports")
_PIPE_WIDTH = 120  # a table in a file has no terminal to fit


def evaluate(
    folder: Annotated[Path, typer.Argument(help="A folder with documents/ and questions.jsonl.")],
    *,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Ask so many answerable and so many unanswerable questions."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which questions the limit draws.")] = 0,
    index: Annotated[
        Path | None,
        typer.Option(help="Keep the index here.", show_default="a temporary folder"),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Where the picture of confidence against correctness goes.",
            show_default="reports/<set>-reliability.png",
        ),
    ] = None,
    support: Annotated[
        bool,
        typer.Option("--support", help="Have the judge say whether quotes entail their claims."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how well questions are answered, cited and refused.

    The figures and the shape of a question set are described in docs/evaluation.md.
    """
    settings = Settings.from_environment()
    with Bar() as bar:
        from rag import evaluation

        entails = evaluation.bundled_judge() if support else None
        report = evaluation.evaluate(
            folder,
            limit=limit,
            seed=seed,
            settings=settings,
            index=index,
            progress=questions(bar),
            indexing=bar.sync,
            entails=entails,
        )
    if support and entails is None:
        stderr().print("No judge is installed, so nothing is said of whether quotes entail claims.")
    if as_json:
        print_json(report.to_json())
    else:
        console = stdout()
        wide = console if console.is_terminal else Console(width=_PIPE_WIDTH)
        wide.print(evaluation.table(report))
    picture = plot or REPORTS / f"{folder.resolve().name}-reliability.png"
    evaluation.plot(report, picture)
    stderr().print(f"Confidence against correctness is drawn in {picture}.")
