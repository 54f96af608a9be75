"""Where the commands print: results on standard output, everything else on standard error.

Owns consoles, plain text for them, bars, and how signals such as Ctrl-C are handled. A document's
text is data: control characters are taken out, so that it cannot steer the terminal. Knows nothing
of answers.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING, Self

from rich.console import Console

from rag import listing
from rag.escaping import showable
from rag.invisible import told_in_json
from rag.plain import to_json
from rag.schema import many

if TYPE_CHECKING:  # loaded when first drawn, so that --help answers at once
    from rich.progress import Progress

EVERY_SECONDS = 10.0  # between lines of progress where there is no terminal to draw a bar on
_UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def stdout() -> Console:
    """Results. Lines are wrapped for a terminal only, so that a pipe gets them whole."""
    console = Console(markup=False, highlight=False, emoji=False)
    console.soft_wrap = not console.is_terminal
    return console


def stderr() -> Console:
    """Progress, notes and errors."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def one_line(text: str, longest: int | None = None) -> str:
    r"""Text for one line: blanks run together, control characters out, cut with an ellipsis.

    >>> one_line("two\n lines\x1b[2J", longest=8)
    'two lin…'
    """
    line = showable(_CONTROL.sub("", " ".join(text.split())))
    return line if longest is None or len(line) <= longest else line[: longest - 1].rstrip() + "…"


def print_json(value: object) -> None:
    """Print a value as indented JSON, as UTF-8 or else in ASCII only."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    told = json.dumps(to_json(value), indent=2, ensure_ascii=not utf8, allow_nan=False)
    print(told_in_json(told), flush=True)  # a folder that is followed is told of bit by bit


def print_rows(rows: list[list[str]]) -> None:
    """Print rows as lines of fields with tabs between, for other programs to read."""
    for row in rows:
        print("\t".join(one_line(field) for field in row))


def duration(seconds: float) -> str:
    """Seconds in words.

    >>> duration(0.25), duration(95), duration(7300)
    ('less than a second', '2 minutes', '2 hours')
    """
    if seconds < 1:
        return "less than a second"
    size, word = next(unit for unit in _UNITS if seconds >= unit[0])
    return many(round(seconds / size), word)


@contextmanager
def on_signal(number: int, handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have a signal handled so meanwhile, where it can be: in the main thread alone."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(number, handle)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def stoppable(
    said: str = "Stopping after this batch. Press Ctrl-C again to stop at once.",
) -> Iterator[Event]:
    """An event that the first Ctrl-C sets; the second stops at once."""
    stop = Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        stderr().print(said)

    with on_signal(signal.SIGINT, ask_to_stop):
        yield stop


class Bar:
    """A bar of what is done, on a terminal; elsewhere a line now and then."""

    def __init__(self, label: str = "Loading") -> None:
        self._console = stderr()
        self._said = time.monotonic()
        self._bar = _bar(self._console)
        self._task = self._bar.add_task(label, total=None, note="")

    def show(self, done: int, total: int, *, of: str, note: str) -> None:
        """Draw that `done` of `total` things, named by `of`, are done."""
        label = f"{done:,} of {total:,} {of}"
        self._bar.update(self._task, description=label, completed=done, total=total, note=note)
        if self._bar.disable and time.monotonic() - self._said >= EVERY_SECONDS:
            self._said = time.monotonic()
            self._console.print(f"{label}, {note}")

    def sync(self, progress: listing.Progress) -> None:
        """Draw where a sync stands."""
        pace = f"{progress.passages_per_second:,.0f} passages a second"
        left = progress.seconds_left
        note = pace if left is None else f"{pace}, {duration(left)} left"
        if progress.passages_total:
            of = "passages embedded anew"
            self.show(progress.passages, progress.passages_total, of=of, note=note)
        else:
            self.show(progress.documents, progress.documents_total, of="articles", note=note)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _bar(console: Console) -> Progress:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[note]}", markup=False),
    )
    disable = not console.is_terminal
    return Progress(*columns, console=console, transient=True, disable=disable)


def questions(bar: Bar) -> Callable[[int, int], None]:
    """Draws the questions asked and the time left."""
    began: float | None = None

    def show(done: int, total: int) -> None:
        nonlocal began
        began = began or time.monotonic()
        spent = time.monotonic() - began
        left = f"{duration(spent / done * (total - done))} left" if done else "first question"
        bar.show(done, total, of="questions", note=left)

    return show
