"""`calibrate`: fits the refusal line to the articles, and says how often it errs there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from rag.commands.options import AsJson, Folder, Index, open_assistant, places
from rag.commands.terminal import Bar, one_line, print_json, questions, stderr, stdout
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.calibration import Calibration, Rate


def calibrate(
    *,
    folder: Folder = None,
    index: Index = None,
    refuse: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=0.99,
            help="Refuse at most this share of the answerable questions, 0.1 for example.",
            show_default="the best balance",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which questions are drawn.")] = 0,
    reset: Annotated[
        bool, typer.Option("--reset", help="Go back to the line that comes with Quoth.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the refusal line to your articles, and show how often it errs on them.

    Questions are made out of the articles' own sentences, and asked with the answer there and with
    it hidden or changed. The line is kept in the index folder. Ctrl-C leaves everything as it was.
    """
    if reset:
        _reset(folder, index)
        return
    with open_assistant(folder, index, warm=True) as assistant:
        if why := assistant.line.stale(*assistant.counts()):
            stderr().print(why)
        with Bar("Making questions") as bar:
            made = assistant.calibrate(refuse=refuse, seed=seed, progress=questions(bar))
        if as_json:
            print_json(_plain(made, assistant.settings.strictness))
        else:
            _show(made, assistant, stdout())


def _reset(folder: Path | None, index: Path | None) -> None:
    from rag.calibration import RefusalLine
    from rag.evidence.scoring import bundled_weights

    _, place = places(Settings.from_environment(), folder, index)
    found = RefusalLine(place, bundled_weights()).forget()
    before = "The fitted line is gone" if found else "No line was fitted"
    stderr().print(f"{before}; the refusal line is the one that comes with Quoth.")


def _levels(strictness: float) -> dict[str, float]:
    """Some levels of strictness by name, the present one last."""
    from rag.calibration import SETTINGS

    return SETTINGS | {"now": strictness}


def _show(made: Calibration, assistant: Assistant, console: Console) -> None:
    from rag.calibration import line_at
    from rag.calibration.told import answered_in_words, basis_in_words, refused_in_words

    for name, strictness in _levels(assistant.settings.strictness).items():
        line = line_at(strictness, made.line)
        console.print(f"{name}, strictness {strictness:g}", style="bold")
        console.print(f"  {refused_in_words(made, line)}")
        console.print(f"  {answered_in_words(made, line)}")
    console.print(f"\n{basis_in_words(made)}")
    console.print(
        f"The refusal line is now {made.line:.2f} at strictness 0.5 and is kept in "
        f"{one_line(str(assistant.index))}. QUOTH_STRICTNESS or the page moves it; --reset goes "
        "back."
    )


def _plain(made: Calibration, strictness: float) -> dict[str, object]:
    from rag.calibration import line_at

    levels = [
        {
            "name": name,
            "strictness": value,
            "line": (line := line_at(value, made.line)),
            "answerable_refused": _rate(made.refused(line)),
            "unanswerable_answered": _rate(made.answered(line)),
        }
        for name, value in _levels(strictness).items()
    ]
    return {"line": made.line, "levels": levels, "origins": made.origins}


def _rate(rate: Rate) -> dict[str, float]:
    return {"value": rate.share, "low": rate.low, "high": rate.high, "n": rate.n}
