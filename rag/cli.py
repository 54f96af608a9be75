"""The command line: which commands there are, and what happens when one fails.

Owns exit codes and the one line that every error becomes. What the commands do is in
`rag.commands`; nothing heavy is imported until one of them needs it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rag import __version__
from rag.commands import (
    articles,
    ask,
    calibrate,
    chat,
    chats,
    doctor,
    evaluate,
    migrate,
    model,
    page,
    serve,
    verify,
)
from rag.commands.terminal import one_line, stderr
from rag.errors import Cancelled, RagError

FAILED = 1
INTERRUPTED = 130
BROKEN_PIPE = 1


class _Group(TyperGroup):
    """Turns every failure that a person can cause into one line and an exit code."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run and exit. A wrong option exits with 1, as 2 says that a question was refused."""
        _tolerate_any_character()
        try:
            code = super().main(*args, **options | {"standalone_mode": False})
        except typer.TyperException as error:
            code = _fail(f"{error.format_message().rstrip('.')}. --help shows what is possible.")
        except typer.Abort:
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command that was named."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except RagError as error:
            code = INTERRUPTED if isinstance(error, Cancelled) else FAILED
            raise typer.Exit(_fail(str(error), code)) from None
        except KeyboardInterrupt:
            raise typer.Exit(_fail("Stopped.", INTERRUPTED)) from None
        except BrokenPipeError:
            _forget_stdout()
            raise typer.Exit(BROKEN_PIPE) from None
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise typer.Exit(_fail(f"{place}{error.strerror or error}.")) from None
        return result


app = typer.Typer(
    cls=_Group,
    add_completion=False,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=articles.MayBeBare)(articles.index)
app.command()(ask.ask)
app.command()(page.page)
app.command()(chat.chat)
app.command()(chats.chats)
app.command("export")(chats.export_chat)
app.command()(verify.verify)
app.command()(ask.search)
app.command()(articles.documents)
app.command()(articles.correct)
app.command("eval")(evaluate.evaluate)
app.command()(calibrate.calibrate)
app.command()(doctor.doctor)
app.command()(migrate.migrate)
app.command(context_settings=model.FURTHER)(model.model)
app.command()(serve.mcp)
app.command()(serve.serve)


@app.callback()
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Ask a folder of articles; every sentence of the answer is proven by an exact quotation.

    Settings are read from environment variables named QUOTH_…; `doctor` shows them.
    """
    if version:
        print(f"quoth {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def _fail(message: str, code: int = FAILED) -> int:
    stderr().print(f"quoth: {one_line(message)}")
    return code


def _tolerate_any_character() -> None:
    """A character that the terminal's encoding lacks is printed as another, not as an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _forget_stdout() -> None:
    """Nobody reads any more: send what is still buffered nowhere, so that exiting is quiet."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
