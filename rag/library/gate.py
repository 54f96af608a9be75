"""Who may look and who may write: among threads, and among programs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import LibraryError


class Gate:
    """Lets any number of threads look at once, and one change something when none does."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._inside = 0

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Nothing changes inside; may be nested."""
        with self._free:
            self._inside += 1
        try:
            yield
        finally:
            with self._free:
                self._inside -= 1
                self._free.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody looks inside; never from within `looking`."""
        with self._free:
            self._free.wait_for(lambda: not self._inside)
            yield


class Writer:
    """Lets one thread of one program write an index folder at a time, by a lock file there."""

    def __init__(self, folder: Path, name: str = "writer.lock") -> None:
        self._folder = folder
        self._lock = FileLock(folder / name)

    @contextmanager
    def alone(self, seconds: float, waiting: Callable[[], object] | None = None) -> Iterator[None]:
        """Be the only one that writes; may be nested.

        Args:
            seconds: How long to wait for another one.
            waiting: Called each time that was in vain, before waiting again.

        Raises:
            LibraryError: Another one is writing, or the folder cannot be written.
        """
        while not self.taken(seconds):
            if waiting is None:
                raise LibraryError(
                    f"Another program is writing the index {self._folder}. Wait until it is done."
                )
            waiting()
        with self.given_back():
            yield

    def taken(self, seconds: float = 0.2) -> bool:
        """Become the one that writes, if no other is; then `given_back` must follow."""
        try:
            self._lock.acquire(timeout=seconds)
        except Timeout:
            return False
        except OSError as error:
            raise LibraryError(
                f"The index {self._folder} cannot be written: {error.strerror}. Check the folder's "
                "permissions."
            ) from error
        return True

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """Let others write afterwards."""
        try:
            yield
        finally:
            self._lock.release()
