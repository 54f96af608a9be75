"""Follows folders: has the library brought in step whenever something in one changes.

Owns when that is done, not how. Changes are gathered until none comes for a moment, so that a
file is rarely read half-written; where one is, its next change has it read again. Whatever fails
is said once and tried again: another program that is writing, a folder that is not there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

from rag.errors import Cancelled, RagError

_QUIET = 500  # milliseconds without a change after which a burst is over
_GATHER = 30_000  # milliseconds after which changes that never cease are looked at
_LOOK = 1000  # milliseconds between two looks at the folder itself
_POLL = 5000  # milliseconds between two looks at all files, where the system does not tell
_PAUSES = (1.0, 10.0)  # seconds until something that failed is tried again: at first, at most

Changes = set[tuple[Change, str]]


def follow(
    folder: Path | Sequence[Path],
    bring_in_step: Callable[[], object],
    *,
    leave_out: Path,
    stop: Event,
    tell: Callable[[str], None],
) -> None:
    """Bring the library in step once, and after every change of the folder until `stop` is set.

    Args:
        folder: What is followed, or several; they may vanish and come back.
        bring_in_step: Does it. What it raises as `RagError` is told, and it is tried again later;
            `Cancelled` ends it all.
        leave_out: A folder whose changes count for nothing: the index.
        stop: Ends it, within about a second.
        tell: Told in words what hinders it, each time that this changes; "" for nothing.
    """
    folders = (folder,) if isinstance(folder, Path) else tuple(folder)
    _Follower(folders, bring_in_step, leave_out.resolve(), stop, tell).run()


@dataclass
class _Follower:
    folders: tuple[Path, ...]
    bring_in_step: Callable[[], object]
    left_out: Path
    stop: Event
    tell: Callable[[str], None]

    hindered: str = ""
    polling: bool = False
    due: bool = True  # whether the library is to be brought in step
    tries: int = 0
    not_before: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        while not self.stop.is_set():
            if (away := next((f for f in self.folders if not f.is_dir()), None)) is not None:
                self.due = True
                self._say(
                    f"The folder {away} is not there. What is indexed stays, and it is "
                    "looked for until it is back."
                )
                self.stop.wait(_LOOK / 1000)
                continue
            try:
                self._follow()
            except Cancelled:
                return
            except FileNotFoundError:  # it went just now
                continue
            except (OSError, RuntimeError):
                if self.polling:
                    raise
                self.polling = True  # the system follows no more folders

    def _follow(self) -> None:
        """Follow the folders until one is another one, or gone."""
        roots = [folder.resolve() for folder in self.folders]
        places = [_place(root) for root in roots]
        for changes in self._changes(roots):
            if changes:
                self.due, self.tries, self.not_before = True, 0, time.monotonic()
            if self.due and time.monotonic() >= self.not_before:
                self._bring_in_step()
            went = any((Change.deleted, str(root)) in changes for root in roots)
            if went or [_place(root) for root in roots] != places:
                self.due = True
                return

    def _changes(self, roots: Sequence[Path]) -> Iterator[Changes]:
        """Bursts of changes, and nothing about once a second in between."""
        return watch(
            *roots,
            watch_filter=lambda _, path: self._counts(roots, path),
            debounce=_GATHER,
            step=_QUIET,
            stop_event=self.stop,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            force_polling=True if self.polling else None,
            poll_delay_ms=_POLL,
            ignore_permission_denied=True,
        )

    def _counts(self, roots: Sequence[Path], path: str) -> bool:
        """Whether a change is of a file that may be an article."""
        changed = Path(path)
        if self.left_out not in roots and changed.is_relative_to(self.left_out):
            return False
        inside = [changed.relative_to(root) for root in roots if changed.is_relative_to(root)]
        return not inside or any(
            not any(part.startswith(".") for part in place.parts) for place in inside
        )

    def _bring_in_step(self) -> None:
        try:
            self.bring_in_step()
        except Cancelled:
            raise
        except RagError as error:
            first, most = _PAUSES
            self.not_before = time.monotonic() + min(most, first * 2**self.tries)
            self.tries += 1
            self._say(str(error))
        else:
            self.due, self.tries = False, 0
            self._say("")

    def _say(self, hindered: str) -> None:
        if hindered != self.hindered:
            self.hindered = hindered
            self.tell(hindered)


def _place(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another one of its name."""
    try:
        facts = os.stat(folder)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
