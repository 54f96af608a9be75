"""Who writes a Milvus library: one program at a time, on whatever machine.

Milvus has no locks, so a row says who writes, until when. A lease that ran out, or whose program
is seen to be gone, is taken over. Clocks of machines may differ by less than `LEASE`.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from rag.errors import LibraryError
from rag.library.gate import Writer
from rag.library.milvus_server import MilvusServer, Row

LEASE = 600.0  # seconds that it lasts, and is renewed in
_PATIENCE, _STEP = 2.0, 0.2  # seconds to wait for another one
_SETTLE = 0.1  # seconds in which who wrote at the same time has written
_KEY = "lease/writer"


class Lease:
    """Lets one thread of one program write a library at a time.

    Programs that share an index folder are told apart by a lock in it.
    """

    def __init__(self, server: MilvusServer, folder: Path, called: str) -> None:
        self._server, self._called = server, called
        self._writer = Writer(folder, "milvus.lock")
        self._me = {"id": uuid4().hex, "host": platform.node(), "pid": os.getpid()}
        self._depth, self._until = 0, 0.0

    @contextmanager
    def held(self, waiting: Callable[[], object] | None) -> Iterator[bool]:
        """Be the only one that writes; whether it was not already; may be nested.

        Raises:
            LibraryError: Another one is writing; where `waiting` is given, that is called instead.
        """
        with self._writer.alone(_PATIENCE, waiting):
            if not self._depth:
                self._take(waiting)
            self._depth += 1
            try:
                yield self._depth == 1
            finally:
                self._depth -= 1
                if not self._depth:
                    self._note(0.0)

    def renew(self) -> None:
        """Say that the work goes on; before each change.

        Raises:
            LibraryError: It took so long that another one may be writing by now.
        """
        left = self._until - time.time()
        if left < 0:
            raise LibraryError(
                f"{self._called} was not written for so long that another program may have begun "
                "to. What was indexed is kept; index again to go on."
            )
        if left < LEASE / 2:
            self._note(time.time() + LEASE)

    def _take(self, waiting: Callable[[], object] | None) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            holder = self._holder()
            if holder is None:
                self._note(time.time() + LEASE)
                time.sleep(_SETTLE)
                holder = self._holder()
                if holder is None:
                    return
            if waiting is not None:
                waiting()
            elif time.monotonic() > end:
                raise LibraryError(
                    f"Another program is writing: {self._called[0].lower()}{self._called[1:]} is "
                    f"held by process {holder['pid']} on {holder['host']}. Wait until it is done."
                )
            time.sleep(_STEP)

    def _holder(self) -> dict[str, Any] | None:
        """Another one that writes; `None` where none does."""
        held = self._server.values([_KEY], sure=True).get(_KEY)
        found: dict[str, Any] = json.loads(held) if held else self._me
        mine = found["id"] == self._me["id"]
        if mine or found["until"] < time.time():
            return None
        here = found["host"] == self._me["host"]
        return None if here and not psutil.pid_exists(found["pid"]) else found

    def _note(self, until: float) -> None:
        self._until = until
        row: Row = (_KEY, "lease", 0, json.dumps(self._me | {"until": until}))
        self._server.put([row])
