"""What may be asked next after an answer, found in the background while no question waits.

Owns the thread that tries questions, and what it found for the last answers. Knows nothing of how
suggestions are shown.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice

from rag.assistant import Assistant
from rag.chats import Turn
from rag.page.suggest import answers, following

MOST = 3
_TRIED = 8
_KEPT = 200  # answers whose suggestions are remembered
_PAUSE = 0.2  # seconds between two looks at whether the desk is free
_LAST = 19  # the niceness of work that waits for all other
_log = logging.getLogger(__name__)


class Followups:
    """Suggests what to ask next; safe to share between threads.

    Args:
        assistant: Gives the one that answers now, or `None` while there is none.
        busy: Whether a question waits or is in work; nothing is tried meanwhile.
    """

    def __init__(
        self, assistant: Callable[[], Assistant | None], *, busy: Callable[[], bool]
    ) -> None:
        self._assistant, self._busy = assistant, busy
        self._lock = threading.Lock()
        self._found: OrderedDict[int, tuple[str, ...] | None] = OrderedDict()
        self._wanted: queue.SimpleQueue[tuple[Turn, frozenset[str], tuple[str, ...] | None]]
        self._wanted = queue.SimpleQueue()
        self._begun = False

    def after(
        self, turn: Turn, *, asked: Iterable[str] = (), documents: Sequence[str] | None = None
    ) -> tuple[str, ...] | None:
        """Questions to suggest after an answered turn; `None` while they are being found.

        Args:
            turn: With its answer.
            asked: Questions not to suggest again.
            documents: Ids of the only articles that may answer.
        """
        if turn.answer is None:
            return ()
        with self._lock:
            if turn.id not in self._found:
                self._found[turn.id] = None
                within = tuple(documents) if documents is not None else None
                self._wanted.put((turn, frozenset(map(str.casefold, asked)), within))
                while len(self._found) > _KEPT:
                    self._found.popitem(last=False)
                if not self._begun:
                    self._begun = True
                    threading.Thread(target=self._work, name="quoth-next", daemon=True).start()
            return self._found[turn.id]

    def _work(self) -> None:
        _yield_cores()
        while True:
            turn, asked, documents = self._wanted.get()
            found: tuple[str, ...] = ()
            try:
                found = self._suggest(turn, asked, documents)
            except Exception:  # a thread has no caller that could hear of it
                _log.exception("no further questions could be found")
            with self._lock:
                self._found[turn.id] = found

    def _suggest(
        self, turn: Turn, asked: frozenset[str], documents: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        assistant = self._assistant()
        if assistant is None or turn.answer is None:
            return ()
        tried = (q for q in following(turn.answer, assistant) if q.casefold() not in asked)
        found: list[str] = []
        for question in islice(dict.fromkeys(tried), _TRIED):
            while self._busy():
                time.sleep(_PAUSE)
            if answers(question, assistant, documents):
                found.append(question)
            if len(found) == MOST:
                break
        return tuple(found)


def _yield_cores() -> None:
    """Let this thread, and those that torch starts for it, wait for all others.

    A question that comes while one is tried then need not share the cores. Only Linux has such a
    thing for a thread; elsewhere a trial under way is waited for.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LAST)
