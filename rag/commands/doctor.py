"""`doctor`: what is installed, what this machine is like, and what would make it quicker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console

from rag import __version__
from rag.commands import advice as rules
from rag.commands import checkup, mending
from rag.commands.advice import size
from rag.commands.measure import Speeds
from rag.commands.options import AsJson, Folder, Index, places
from rag.commands.terminal import Waiting, one_line, print_json, stdout
from rag.errors import ModelError
from rag.languages import NAMES
from rag.settings import Settings

_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Report:
    """All that `doctor` found."""

    version: str
    packages: tuple[checkup.Package, ...]
    models: tuple[checkup.Model, ...]
    settings: tuple[checkup.Setting, ...]
    machine: checkup.Machine
    index: checkup.Index
    speeds: Speeds | None
    problems: tuple[str, ...]
    advice: tuple[str, ...]
    mended: tuple[str, ...] = ()


def doctor(
    *,
    folder: Folder = None,
    index: Index = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Load the models and time them; some seconds.")
    ] = False,
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
    settings, listed, trouble = checkup.settings_in_force(folder, index)
    source, place = places(settings, folder, index)
    done = mending.mended(settings, source, place) if repair else ()
    packages, models = checkup.packages(), checkup.models(settings)
    machine, state = checkup.machine(place), checkup.index_state(place)
    problems = list(rules.problems(packages, models, state, trouble))
    speeds = None
    if measure:
        speeds, failed = _measured(settings)
        problems += [failed] if failed and failed not in problems else []
    found = Report(
        version=__version__,
        packages=packages,
        models=models,
        settings=listed,
        machine=machine,
        index=state,
        speeds=speeds,
        problems=tuple(problems),
        advice=tuple(rules.advice(packages, models, machine, state, settings, speeds)),
        mended=done,
    )
    if as_json:
        print_json(found)
    else:
        _show(found, stdout())
    if problems:
        raise typer.Exit(1)


def _measured(settings: Settings) -> tuple[Speeds | None, str | None]:
    from rag.commands.measure import measure

    with Waiting() as waiting:
        waiting.say("Measuring")
        try:
            return measure(settings), None
        except ModelError as error:
            return None, str(error)
        except ImportError as error:
            return None, f"The package {error.name} is not installed."


def _show(found: Report, console: Console) -> None:
    machine = found.machine
    _head(f"Quoth {found.version}", console)
    _line("system", machine.system, console)
    _line("Python", machine.python, console)
    _line("cores", str(machine.cores), console)
    memory = f"{size(machine.memory)}, {size(machine.memory_free)} free"
    _line("memory", memory, console)
    _line("disk", f"{size(machine.disk_free)} free", console)
    _line("graphics card", machine.graphics or "none found", console)
    _head("Packages", console)
    for package in found.packages:
        _line(package.name, package.installed or "not installed", console)
    _head("Models", console)
    for model in found.models:
        _line(model.role, _about(model), console)
        if model.why:
            _line("", model.why, console)
    _head("Settings", console)
    for setting in found.settings:
        note = "" if setting.default else "  (changed)"
        _line(setting.variable, f"{setting.value or 'not set'}{note}", console)
    _head("Index", console)
    _show_index(found.index, console)
    if found.speeds:
        _head("Measured", console)
        _show_speeds(found.speeds, console)
    if found.mended:
        _list("Mended", found.mended, "", console)
    _list("Problems", found.problems, "none", console)
    _list("Advice", found.advice, "none", console)


def _about(model: checkup.Model) -> str:
    facts = [model.name]
    if model.bytes is not None:
        facts.append(size(model.bytes))
    elif not model.on_server:
        facts.append("not on this disk")
    return ", ".join([*facts, f"on {model.where}"] if model.where else facts)


def _show_index(index: checkup.Index, console: Console) -> None:
    _line("folder", index.folder, console)
    if not index.found:
        _line("articles", "nothing is indexed yet", console)
    elif not index.problem:
        _line("articles", f"{index.documents:,} in {index.passages:,} passages", console)
        _line("languages", _in_words(index.languages), console)
        _line("files not read", str(index.unread), console)
        _line("size", size(index.bytes), console)
        _line("refusal line", index.refusal_line, console)


def _in_words(languages: dict[str, int]) -> str:
    """How many articles are in which language."""
    told = [f"{NAMES.get(code, code)} {count:,}" for code, count in languages.items() if code]
    unknown = [f"not told {languages['']:,}"] if languages.get("") else []
    return ", ".join([*told, *unknown]) or "none"


def _show_speeds(speeds: Speeds, console: Console) -> None:
    _line("loading", f"{speeds.loading:.1f} seconds", console)
    _line("indexing", f"{speeds.passages_per_second:.0f} passages a second", console)
    if speeds.tokens_per_second is not None and speeds.first_token is not None:
        writing = f"{speeds.tokens_per_second:.0f} tokens a second"
        _line("writing", f"{writing}, the first after {speeds.first_token:.2f} seconds", console)


def _head(title: str, console: Console) -> None:
    console.print(f"\n{title}", style="bold")


def _line(name: str, value: str, console: Console) -> None:
    console.print(f"  {one_line(name):<{_WIDTH}} {one_line(value)}")


def _list(title: str, items: tuple[str, ...], nothing: str, console: Console) -> None:
    _head(title, console)
    for item in items or (nothing,):
        console.print(f"  {one_line(item)}")
