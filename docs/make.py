"""Writes docs/api.md and docs/cli.md from the code: python docs/make.py; --check only looks.

What stands there is the signatures, docstrings and help texts themselves, so that there is one
place to change them.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args

DOCS = Path(__file__).parent
ROOT = DOCS.parent
COMMAND = "python docs/make.py"
MADE = f"<!-- Made from the code by `{COMMAND}`; change the docstrings and help texts instead. -->"
WIDTH = 96  # characters of a signature on one line
NO_DEFAULT = ("None", "False", "True", "''", "[]", "()", "Sentinel.UNSET")

# The order of the sections; a module that is not named comes at the end under its own name.
SECTIONS = {
    "rag.opening": "Opening",
    "rag.assistant": "Assistant",
    "rag.chats.chat": "Conversations",
    "rag.chats.store": "Conversations",
    "rag.events": "Events of a stream",
    "rag.schema": "Answers and what they are made of",
    "rag.listing": "The list of articles",
    "rag.settings": "Settings",
    "rag.calibration.calibration": "Calibration",
    "rag.errors": "Errors",
}
# What an adapter has to be.
PROTOCOLS = (
    "rag.models.embedder.Embedder",
    "rag.models.llm.LLM",
    "rag.models.reader.Reader",
    "rag.models.judge.Judge",
)
_FUNCTION = re.compile(r"`(rag(?:\.[a-z_]+){2,})`")
_KIND = re.compile(r"<([^<>]+)>$")
_PART = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Example|Examples):$")
_ENTRY = re.compile(r"^    ([*\w]+(?:, [*\w]+)*): (.*)$")


def api() -> str:
    """Everything in `rag.__all__`."""
    import rag

    sections: dict[str, list[str]] = {title: [] for title in SECTIONS.values()}
    for name in rag.__all__:
        home = _home(getattr(rag, name))
        sections.setdefault(SECTIONS.get(home, f"`{home}`"), []).append(name)
    lines = ["# The Python interface", "", MADE, ""]
    lines += ["Everything here is imported from `rag`. Examples run as tests.", ""]
    for title, names in sections.items():
        if names:
            lines.append(f"- {title}: " + ", ".join(f"[{n}](#{n.lower()})" for n in names))
    for title, names in sections.items():
        if names:
            lines += ["", f"## {title}"]
        for name in names:
            lines += ["", f"### {name}", "", *_thing(name, getattr(rag, name))]
    lines += _models()
    lines += ["", "## Also named above"]
    named = {n: found for n in _FUNCTION.findall("\n".join(lines)) if (found := _named(n))}
    for name, found in sorted((named | _types()).items()):
        if inspect.isfunction(found):
            lines += ["", f"### {name}", "", *_function(found, name)]
        elif inspect.isclass(found):
            lines += ["", f"### {name}", "", *_thing(name, found)]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _models() -> Iterator[str]:
    yield from ("", "## What a model must do", "")
    yield "`rag.open` takes an `LLM`, `Assistant` all four. Fakes are in `rag.testing`."
    for name in PROTOCOLS:
        yield from ("", f"### {name.rpartition('.')[2]}", "", f"`{name}`", "")
        yield from _thing(name, _named(name))


def _types() -> dict[str, Any]:
    """The types that public signatures name and `rag` does not export, or another of that name."""
    import rag

    types = {}
    for thing in (getattr(rag, name) for name in rag.__all__):
        for home, sign in _signs(thing):
            for name in re.findall(r"[A-Z]\w+", sign):
                found = getattr(sys.modules[home], name, None)
                whole = f"{getattr(found, '__module__', '')}.{name}"
                known = getattr(rag, name, None) is found or whole in PROTOCOLS
                if inspect.isclass(found) and whole.startswith("rag.") and not known:
                    types[whole] = found
    return types


def _signs(thing: Any) -> Iterator[tuple[str, str]]:
    """The signatures of a public name, its fields among them, each with the module they are of."""
    if inspect.isfunction(thing):
        yield thing.__module__, _signature(thing, "")
    if is_dataclass(thing):
        yield from ((str(thing.__module__), str(field.type)) for field in fields(thing))
    for owner, name, kind, function in _own(thing) if _home(thing) != "rag.errors" else ():
        yield owner.__module__, _signature(function, name, kind)


def _named(dotted: str) -> Any:
    home, _, name = dotted.rpartition(".")
    try:
        return getattr(importlib.import_module(home), name, None)
    except ModuleNotFoundError:  # of a method
        return None


def cli() -> str:
    """Every command with its arguments and options."""
    import typer

    from rag.cli import app

    group: Any = typer.main.get_command(app)
    context = group.make_context("python -m rag", [], resilient_parsing=True)
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}
    lines = ["# The command line", "", MADE, "", *_paragraphs(group.help), ""]
    lines += ["`quoth` is the same as `python -m rag` where Quoth is installed as a package.", ""]
    for name, command in commands.items():
        first = " ".join(command.help.split("\n\n")[0].split())
        lines.append(f"- [{name}](#{name}): {first}")
    lines += ["", "Options of all:", "", *_options(group.get_params(context), context)]
    for name, command in commands.items():
        inner = command.make_context(name, [], parent=context, resilient_parsing=True)
        pieces = " ".join(command.collect_usage_pieces(inner)).replace("[[", "[").replace("]]", "]")
        lines += ["", f"## {name}", "", "```", f"python -m rag {name} {pieces}", "```", ""]
        lines += [*_paragraphs(command.help), "", *_options(command.get_params(inner), inner)]
    return "\n".join([*lines, "", *_variables()]) + "\n"


def _variables() -> Iterator[str]:
    """The settings as they are named in the environment."""
    from rag import Settings
    from rag.settings import variable

    yield from ("## Settings", "")
    yield "From the environment, else from `settings.json` in the index folder, else the default."
    yield from ("", "| | | default |", "|---|---|---|")
    for name, said in Settings.help().items():
        default = getattr(Settings(), name)
        shown = f"`{default}`" if default != "" else ""
        yield f"| `{variable(name)}` | {_plain(said)} | {shown} |"


PAGES: dict[str, Callable[[], str]] = {"api.md": api, "cli.md": cli}


def _home(thing: Any) -> str:
    home = str(getattr(thing, "__module__", ""))
    return home if home.startswith("rag.") else "rag.events"  # a union has no home of its own


def _thing(name: str, thing: Any) -> Iterator[str]:
    if not inspect.isclass(thing):
        if inspect.isfunction(thing):
            yield from _function(thing, f"rag.{name}")
        else:  # a union
            yield "One of " + ", ".join(f"`{one.__name__}`" for one in get_args(thing)) + "."
        return
    if issubclass(thing, Exception):
        of = "".join(f" A `{b.__name__}`." for b in thing.__bases__ if b is not Exception)
        yield " ".join(_paragraphs(inspect.getdoc(thing))) + of
        return
    yield from _doc(inspect.getdoc(thing))
    yield from _inherited(thing)
    if issubclass(thing, Enum):
        yield ""
        yield from (f"- `{one.name}`: {one.value!r}" for one in thing)
    elif is_dataclass(thing):
        yield from _fields(thing)
        yield from _members(thing, _brief)
    else:
        yield from _members(thing, _whole)


def _inherited(thing: Any) -> Iterator[str]:
    """The attributes that a base of the class tells of."""
    for base in thing.__mro__[1:]:
        told = (base.__doc__ or "") if base.__module__.startswith("rag.") else ""
        if "Attributes:" in told and not is_dataclass(thing):
            yield ""
            yield from _doc(inspect.cleandoc(told[told.index("Attributes:") :]))


def _fields(thing: Any) -> Iterator[str]:
    yield from ("", "```python")
    for field in fields(thing):
        default = ""
        if field.default is not MISSING:
            default = f" = {_written(field.default)}"
            if isinstance(field.default, Enum):
                default = f" = {type(field.default).__name__}.{field.default.name}"
        elif field.default_factory is not MISSING:
            default = f" = {getattr(field.default_factory, '__name__', '…')}()"
        yield f"{field.name}: {field.type}{default}"
    yield "```"


Member = tuple[str, str, Any]


def _members(thing: Any, show: Callable[[Member], Iterable[str]]) -> Iterator[str]:
    """The public methods and properties, those of its own bases too, as they stand in the code."""
    seen: dict[str, Member] = {}
    for _, name, kind, function in _own(thing):
        seen.setdefault(name, (f"{thing.__name__}.{name}", kind, function))
    if seen:
        yield ""
    for member in sorted(seen.values(), key=lambda one: one[1] != "property"):
        yield from show(member)


def _own(thing: Any) -> Iterator[tuple[Any, str, str, Any]]:
    """Public methods and properties with the class that has them, and their kind; nearest first."""
    for owner in getattr(thing, "__mro__", ()):
        for name, held in vars(owner).items() if owner.__module__.startswith("rag.") else ():
            kind, function = _kind(held)
            if function is not None and not name.startswith("_"):
                yield owner, name, kind, function


def _kind(held: Any) -> tuple[str, Any]:
    if isinstance(held, property):
        return "property", held.fget
    if type(held).__name__ == "cached_property":
        return "property", held.func
    if isinstance(held, staticmethod | classmethod):
        return type(held).__name__, held.__func__
    return ("", held) if inspect.isfunction(held) else ("", None)


def _brief(member: Member) -> Iterator[str]:
    name, kind, function = member
    sign = _signature(function, name.partition(".")[2], kind)
    said = " ".join(_paragraphs((inspect.getdoc(function) or "").split("\n\n")[0]))
    yield f"- `{' '.join(sign.split())}`" + (f": {said}" if said else "")


def _whole(member: Member) -> Iterator[str]:
    name, kind, function = member
    yield from (f"#### {name}", "")
    yield from _function(function, name.partition(".")[2], kind)
    yield ""


def _function(function: Any, name: str, kind: str = "") -> Iterator[str]:
    above = [f"@{kind}"] if kind not in ("", "property") else []
    yield from ("```python", *above, _signature(function, name, kind), "```", "")
    yield from _doc(inspect.getdoc(function))


def _signature(function: Any, name: str, kind: str = "") -> str:
    """As in the code, one line or one parameter a line; of a property its name and type."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    if kind == "property":
        return f"{name}: {ast.unparse(node.returns)}" if node.returns else name
    given = node.args
    defaults: list[ast.expr | None] = [None] * (len(given.args) - len(given.defaults))
    both = list(zip(given.args, [*defaults, *given.defaults], strict=True))
    parameters = [_parameter(*one) for one in both if one[0].arg not in ("self", "cls")]
    if given.vararg:
        parameters.append(f"*{_parameter(given.vararg, None)}")
    elif given.kwonlyargs:
        parameters.append("*")
    named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    parameters += [_parameter(*one) for one in named]
    if given.kwarg:
        parameters.append(f"**{_parameter(given.kwarg, None)}")
    start = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    end = f") -> {ast.unparse(node.returns)}" if node.returns else ")"
    line = f"{start}{name}({', '.join(parameters)}{end}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{start}{name}(", *(f"    {one}," for one in parameters), end])


def _parameter(given: ast.arg, default: ast.expr | None) -> str:
    kind = f": {ast.unparse(given.annotation)}" if given.annotation else ""
    return f"{given.arg}{kind}" + (f" = {_default_of(default)}" if default else "")


def _default_of(node: ast.expr) -> str:
    return _written(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def _written(value: Any) -> str:
    """A value as the formatter writes it."""
    return json.dumps(value, ensure_ascii=False) if type(value) is str else repr(value)


def _doc(text: str | None) -> Iterator[str]:
    """A docstring in Google's style as Markdown."""
    blocks: list[list[str]] = [[]]
    for line in (text or "").splitlines():
        if line.strip() or (blocks[-1] and blocks[-1][0].startswith(">>>")):
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    for number, block in enumerate(one for one in blocks if one):
        if number:
            yield ""
        if _PART.match(block[0]):
            yield from (f"{block[0].rstrip(':')}:", "", *_entries(block[1:]))
        elif block[0].startswith((">>>", "    ")):
            code = textwrap.dedent("\n".join(block)).rstrip().splitlines()
            yield from ("```python", *(line.rstrip() for line in code), "```")
        else:
            yield from _paragraphs("\n".join(block))


def _entries(lines: list[str]) -> Iterator[str]:
    entries: list[str] = []
    for line in lines:
        found = _ENTRY.match(line)
        if found:
            entries.append(f"- `{found[1]}`: {found[2]}")
        elif entries:
            entries[-1] += f" {line.strip()}"
        else:
            entries.append(line.strip())
    yield from map(_plain, entries)


def _paragraphs(text: str | None) -> list[str]:
    """Each paragraph on one line, a blank line between two."""
    found = [_plain(" ".join(part.split())) for part in (text or "").split("\n\n")]
    return "\n\n".join(one for one in found if one).split("\n")


def _plain(text: str) -> str:
    """Text in which nothing outside of code is taken for markup."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([*<|])", r"\\\1", p) for p in parts)


def _options(parameters: Iterable[Any], context: Any) -> Iterator[str]:
    yield from ("| | | default |", "|---|---|---|")
    for one in parameters:
        if one.name == "help":
            continue
        name = (one.metavar or one.name).upper().strip("[]")
        if one.param_type_name == "option":
            name = _KIND.sub(_of_kind, " ".join(one.get_help_record(context)[0].split()))
        said = " ".join((one.help or "").split())
        yield f"| `{name}` | {_plain(said)} | {_default(one)} |"


def _of_kind(found: re.Match[str]) -> str:
    kind = found[1]
    return "PATH" if kind == "path" else "NUMBER" if re.match("int|float", kind) else "TEXT"


def _default(one: Any) -> str:
    shown = one.show_default
    if one.required:
        return "needed"
    if isinstance(shown, str):
        return _plain(shown)
    value = one.default() if callable(one.default) else one.default
    return "" if repr(value) in NO_DEFAULT or value is None else f"`{value}`"


def main(options: list[str]) -> int:
    """Write the pages, or with --check say which are behind; the exit code."""
    behind = []
    for name, made in PAGES.items():
        page, text = DOCS / name, made()
        if not page.exists() or page.read_text("utf-8") != text:
            behind.append(name)
            if "--check" not in options:
                page.write_text(text, "utf-8")
    said = "Behind" if "--check" in options else "Written"
    print(f"{said}: {', '.join(behind)}." if behind else "All pages are as the code is.")
    return int("--check" in options and bool(behind))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main(sys.argv[1:]))
