"""A Milvus server as its own process on loopback, for tests and benchmarks.

It is milvus-lite, which speaks Milvus' protocol; docs/scale.md says where it differs from a
cluster.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

_STARTS_IN = 30.0  # seconds


class MilvusProcess:
    """A server over a folder; runs while the `with` lasts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @property
    def pid(self) -> int:
        return self._process.pid

    def library(self, name: str) -> str:
        """The address of a library on it."""
        return f"milvus+http://127.0.0.1:{self.port}/{name}"

    def __enter__(self) -> MilvusProcess:
        self.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, again too, and wait until it listens."""
        words = ["server", "--data-dir", self._folder, "--host", "127.0.0.1", "--port", self.port]
        log = (self._folder.parent / f"{self._folder.name}.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "milvus_lite", *map(str, words)],
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + _STARTS_IN
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"the Milvus server did not start: {Path(log.name).read_text()[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        self._process.send_signal(how)
        self.go_on()
        self._process.wait(timeout=30)

    def pause(self) -> None:
        """Let it stand still: it keeps its connections and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        self._process.send_signal(signal.SIGCONT)
