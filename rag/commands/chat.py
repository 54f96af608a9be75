"""`chat`: a conversation on the terminal, kept in the index folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from rag.commands.options import Folder, Index, Write, open_assistant
from rag.commands.show import show_stream
from rag.commands.terminal import stderr, stdout
from rag.errors import QuestionError, RagError
from rag.schema import many

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.chats import Chat

_WELCOME = "{articles} ready. Ask about them; /quit or Ctrl-D ends the chat."
_PROMPT = "\n> "


def chat(
    *,
    folder: Folder = None,
    index: Index = None,
    earlier: Annotated[
        str | None, typer.Option("--continue", metavar="ID", help="Go on with an earlier chat.")
    ] = None,
    write: Write = False,
) -> None:
    """Ask one question after another; later ones may lean on those before.

    An answer is stopped with Ctrl-C. The chat is ended by /quit or Ctrl-D.
    """
    with open_assistant(folder, index, warm=True) as assistant:
        talk = _begin(assistant, earlier)
        typed = _is_typed()
        if typed:
            documents, _ = assistant.counts()
            stderr().print(_WELCOME.format(articles=many(documents, "article")))
        for question in _typed() if typed else _piped():
            if question.startswith("/"):
                if question in {"/quit", "/exit"}:
                    break
                stderr().print(f"There is no command {question}. /quit ends the chat.")
            elif question:
                _answer(talk, question, stdout(), stoppable=typed, write=write or None)
        if typed and talk.turns:
            stderr().print(f"This chat is kept. Go on with it: chat --continue {talk.id}")


def _is_typed() -> bool:
    """Whether a person sits at a terminal, rather than a program at a pipe."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _begin(assistant: Assistant, earlier: str | None) -> Chat:
    talk = assistant.chat(earlier)
    if earlier is not None and not talk.turns:
        raise QuestionError(f"There is no chat {earlier} in {assistant.index}. Check its name.")
    return talk


def _answer(
    talk: Chat, question: str, console: Console, *, stoppable: bool, write: bool | None
) -> None:
    """Answer one question; what goes wrong with it does not end the chat."""
    events = talk.stream(question, today=date.today(), write=write)
    try:
        show_stream(events, console)
    except RagError as error:
        stderr().print(f"quoth: {error}")
    except KeyboardInterrupt:
        if not stoppable:
            raise
        stderr().print("\nStopped.")
    finally:
        events.close()  # type: ignore[attr-defined]  # stops the model's work
    if not stoppable:
        console.print()


def _typed() -> Iterator[str]:
    """Lines typed at a prompt, with history and editing where the platform has them."""
    with suppress(ImportError):
        import readline  # noqa: F401  # input() uses it once it is loaded
    while True:
        try:
            yield input(_PROMPT).strip()
        except EOFError:
            stdout().print()
            return
        except KeyboardInterrupt:
            stderr().print("\n/quit or Ctrl-D ends the chat.")


def _piped() -> Iterator[str]:
    """Lines of standard input, as UTF-8."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8-sig", "replace").strip()
