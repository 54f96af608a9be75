"""What may be asked first, and next after an answer, found while no question waits.

Owns what tries questions, and what it found. Knows nothing of how suggestions are shown.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from rag.assistant import Assistant
from rag.chats import Turn
from rag.listing import named
from rag.service.jobs import BackgroundJob
from rag.service.suggest import answers, candidates, following

MOST, FIRST = 3, 4  # after an answer, and before any
_TRIED = 10
_KEPT = 200  # what was found so often is remembered
_PAUSE = 0.2  # seconds between two looks at whether the queue is free

_Within = tuple[str, ...] | None  # names of the only articles that may answer
_Key = tuple[int, _Within, str]  # of a turn, 0 where nothing was asked yet; whose it is


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What questions are looked for: those that `turn` leads on to, or the first ones."""

    key: _Key
    turn: Turn | None = None
    asked: frozenset[str] = frozenset()


class Followups:
    """Suggests what to ask, found while no question is `busy`; safe to share between threads."""

    def __init__(
        self, assistant: Callable[[str], Assistant | None], *, busy: Callable[[], bool]
    ) -> None:
        self._assistant, self._busy = assistant, busy
        self._lock = threading.Lock()
        self._found: OrderedDict[_Key, tuple[str, ...] | None] = OrderedDict()
        self._trying: BackgroundJob[None] = BackgroundJob("finding further questions")

    def first(
        self, documents: Sequence[str] | None = None, *, owner: str = ""
    ) -> tuple[str, ...] | None:
        """Questions to begin with, of these articles alone; `None` while they are being found."""
        return self._look(_Wanted((0, _within(documents), owner)))

    def after(
        self,
        turn: Turn,
        *,
        asked: Iterable[str] = (),
        documents: Sequence[str] | None = None,
        owner: str = "",
    ) -> tuple[str, ...] | None:
        """Questions to suggest after a turn, but those `asked`; `None` while they are sought."""
        if turn.answer is None:
            return ()
        done = frozenset(map(str.casefold, asked))
        return self._look(_Wanted((turn.id, _within(documents), owner), turn, done))

    def forget(self) -> None:
        """Find the first questions anew, since there are other articles now."""
        with self._lock:
            for key in [key for key in self._found if key[0] == 0]:
                del self._found[key]

    def _look(self, wanted: _Wanted) -> tuple[str, ...] | None:
        with self._lock:
            if wanted.key not in self._found:
                self._found[wanted.key] = None
                self._trying.add(partial(self._find, wanted))
                while len(self._found) > _KEPT:
                    self._found.popitem(last=False)
            return self._found[wanted.key]

    def _find(self, wanted: _Wanted) -> None:
        found: tuple[str, ...] = ()
        try:
            found = self._suggest(wanted)
        finally:
            with self._lock:
                if wanted.key in self._found:  # otherwise it was forgotten meanwhile
                    self._found[wanted.key] = found

    def _suggest(self, wanted: _Wanted) -> tuple[str, ...]:
        assistant = self._assistant(wanted.key[2])
        if assistant is None:
            return ()
        within = wanted.key[1]
        documents = within if within is None else named(assistant.documents(), within)
        each = _candidates(wanted, assistant, documents)
        tried = (q for q in each if q.casefold() not in wanted.asked)
        found: list[str] = []
        for question in islice(dict.fromkeys(tried), _TRIED):
            while self._busy():
                time.sleep(_PAUSE)
            if answers(question, assistant, documents):
                found.append(question)
            if len(found) == (FIRST if wanted.turn is None else MOST):
                break
        return tuple(found)


def _within(documents: Sequence[str] | None) -> _Within:
    return tuple(documents) if documents is not None else None


def _candidates(wanted: _Wanted, assistant: Assistant, within: _Within) -> Iterator[str]:
    if wanted.turn is not None and wanted.turn.answer is not None:
        return following(wanted.turn.answer, assistant, within)
    infos = assistant.documents()
    return candidates([i for i in infos if within is None or i.id in within])
