"""Tasks handed out in pieces to workers that may die, and taken back in order, each once.

Bounds what is out at any time. Knows nothing of who the workers are, nor of what they make.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rag.errors import ClusterError, ReadError
from rag.library.reading import ToRead, WasRead, read_here

PIECE_BYTES = 32 << 10  # of articles handed out together; a second or two of embedding
PIECE_TASKS = 32
ROOM = 64 << 20  # bytes of articles that are out or wait for their turn; one more may be larger
HELD = 2_000  # tasks that are out or wait for their turn
EACH = 2  # pieces that are out for each worker, so that none waits for this process
DEATHS = 3  # of workers at one article, after which it is left out
PATIENCE = 60.0  # seconds without any worker
_LOOK = 0.2  # seconds between two looks whether to stop

Ref = TypeVar("Ref", bound=Hashable)


class Hands(Protocol[Ref]):
    """Workers that take pieces and give back what they made."""

    def count(self) -> int:
        """How many work now."""
        ...

    def hand_out(self, tasks: Sequence[ToRead]) -> Ref:
        """Have a worker do some tasks."""
        ...

    def finished(self, out: Collection[Ref], seconds: float) -> Collection[Ref]:
        """Those of the pieces that are back, or lost, after waiting for one at most so long."""
        ...

    def taken(self, piece: Ref) -> Sequence[WasRead] | None:
        """What a finished piece brought; `None` where its worker died."""
        ...


@dataclass(frozen=True, slots=True)
class _Piece:
    numbers: Sequence[int]
    deaths: int = 0


def spread(
    tasks: Iterable[ToRead], hands: Hands[Ref], check: Callable[[], None]
) -> Iterator[tuple[ToRead, WasRead]]:
    """What becomes of each task, in their order, each once; see `Workers.make`.

    A piece whose worker died is done again, article by article, so that the one which kills
    workers is known and harms no other.
    """
    return _Spread(iter(tasks), hands, check).run()


class _Spread(Generic[Ref]):
    """One run. Tasks are numbered as they come."""

    def __init__(
        self, tasks: Iterator[ToRead], hands: Hands[Ref], check: Callable[[], None]
    ) -> None:
        self._source, self._hands, self._check = tasks, hands, check
        self._held: dict[int, ToRead] = {}  # not given back yet
        self._bytes = 0  # of these
        self._made: dict[int, WasRead] = {}
        self._again: deque[_Piece] = deque()
        self._out: dict[Ref, _Piece] = {}
        self._taken = self._given = 0  # tasks so far
        self._more = True
        self._seen = time.monotonic()  # when there was a worker

    def run(self) -> Iterator[tuple[ToRead, WasRead]]:
        """See `spread`."""
        while self._more or self._held:
            self._check()
            self._hand_out()
            while (made := self._made.pop(self._given, None)) is not None:
                task = self._held.pop(self._given)
                self._given += 1
                self._bytes -= _size(task)
                yield task, made
            if self._out:
                for ref in self._hands.finished(list(self._out), _LOOK):
                    self._take(ref)
            elif self._again or self._room():  # nobody is there to take more
                time.sleep(0 if self._hands.count() else _LOOK)

    def _hand_out(self) -> None:
        count = self._hands.count()
        now = time.monotonic()
        if count:
            self._seen = now
        elif now - self._seen > PATIENCE:
            raise ClusterError(
                "No worker of the Ray cluster is left. What was indexed so far is kept; start its "
                "machines again and index again to go on."
            )
        while len(self._out) < EACH * count and (piece := self._next()) is not None:
            tasks = [self._held[number] for number in piece.numbers]
            self._out[self._hands.hand_out(tasks)] = piece

    def _next(self) -> _Piece | None:
        if self._again:
            return self._again.popleft()
        numbers: list[int] = []
        much = 0
        while len(numbers) < PIECE_TASKS and much < PIECE_BYTES and self._room():
            task = next(self._source, None)
            if task is None:
                self._more = False
                break
            number = self._taken
            self._taken += 1
            self._held[number] = task
            self._bytes += _size(task)
            if isinstance(task.content, ReadError):
                self._made[number] = read_here(task)
            else:
                numbers.append(number)
                much += _size(task)
        return _Piece(numbers) if numbers else None

    def _room(self) -> bool:
        return self._more and self._bytes < ROOM and len(self._held) < HELD

    def _take(self, ref: Ref) -> None:
        piece, made = self._out.pop(ref), self._hands.taken(ref)
        if made is not None:
            self._made.update(zip(piece.numbers, made, strict=True))
            return
        deaths = piece.deaths + 1
        for number in piece.numbers:
            if deaths < DEATHS:
                self._again.append(_Piece([number], deaths))
            else:
                self._made[number] = _given_up(self._held[number])


def _size(task: ToRead) -> int:
    return len(task.content) if isinstance(task.content, bytes) else 0


def _given_up(task: ToRead) -> WasRead:
    why = (
        f"{task.id} was not read: {DEATHS} workers died at it, one after the other. Index again to "
        "try once more, or index it without --ray."
    )
    return WasRead(None, error=why, left=task.seconds, again=True)
