"""One line of questions for all tabs, answered one at a time in the background.

A question is on disk before it is answered, and its answer or what went wrong after, so that a
reload or a closed tab loses nothing. Owns the line and how far each question in it is. Knows
nothing of tabs, or of how an answer is drawn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum, auto
from functools import partial
from typing import cast

from rag.assistant import Assistant
from rag.chats import ChatStore
from rag.chats.chat import STOPPED, history
from rag.errors import RagError
from rag.events import ClaimRejected, ClaimVerified, Draft, Event, EvidenceFound, Finished
from rag.query import check_question
from rag.schema import Claim, Evidence
from rag.service.jobs import BackgroundJob, in_words
from rag.service.wording import later

WITHDRAWN = later("Withdrawn before it was answered.")
UNFORESEEN = later(
    "The question could not be answered because of a fault in the program. "
    "The terminal that runs this page has the details."
)
_log = logging.getLogger(__name__)


class Stage(Enum):
    """How far a question is."""

    WAITING = auto()  # nobody has looked for evidence yet
    FINDING = auto()
    FOUND = auto()  # evidence is there; its composition may wait for the questions before it
    WRITING = auto()


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a question in work; `drafted` counts the pieces the model has written."""

    stage: Stage = Stage.WAITING
    evidence: tuple[Evidence, ...] = ()
    drafted: int = 0
    claims: tuple[Claim, ...] = ()
    rejected: tuple[Claim, ...] = ()


@dataclass(slots=True, eq=False)
class QueuedQuestion:
    """A question in the line. `seen` is replaced as a whole, so that it can be read any time."""

    chat: str
    turn: int
    question: str
    dates: bool = True  # whether "last month" in it is kept to
    write: bool | None = None  # as of `Assistant.ask`
    owner: str = ""  # of the chat
    seen: Seen = field(default_factory=Seen)
    stopped: bool = False


class QuestionQueue:
    """Takes questions from all tabs; safe to share between threads.

    Evidence is looked for while the question before is still being written: on two cores it then
    came after 1 s rather than 2 to 3, and the prose before it up to 0.4 s later.

    Args:
        assistant: Gives the one that answers an owner now, or `None` while there is none.
    """

    def __init__(self, assistant: Callable[[str], Assistant | None]) -> None:
        self._assistant = assistant
        self._line: list[QueuedQuestion] = []
        self._news = threading.Condition()
        self._finding: BackgroundJob[None] = BackgroundJob("finding")
        self._writing: BackgroundJob[None] = BackgroundJob("answering")

    def ask(
        self,
        chat: str,
        question: str,
        *,
        dates: bool = True,
        write: bool | None = None,
        owner: str = "",
    ) -> QueuedQuestion:
        """Put a question at the end of the line; without `dates` its days are not kept to.

        `write` is as of `Assistant.ask`, `owner` as of `ChatStore`.

        One that its conversation has in the line already is not put there twice: Streamlit may
        run what follows a click or Enter a second time.

        Raises:
            LibraryError: It cannot be kept on disk, or the chat is another's.
        """
        with self._news:
            if (same := self._same(owner, chat, question, dates, write)) is not None:
                return same
            turn = self._chats(owner).begin(chat, question)
            queued = QueuedQuestion(chat, turn, question, dates, write, owner)
            self._line.append(queued)
            self._finding.add(partial(self._find, queued))
        return queued

    def again(
        self,
        chat: str,
        turn: int,
        question: str,
        *,
        dates: bool = True,
        write: bool | None = None,
        owner: str = "",
    ) -> QueuedQuestion:
        """Ask in place of the last turn of a conversation; the rest is as for `ask`.

        Raises:
            QuestionError: It is no question; the turn stays.
            RagError: The conversation went on elsewhere, or cannot be kept on disk.
        """
        check_question(question)
        with self._news:
            same = self._same(owner, chat, question, dates, write)
            if same is not None and same.turn > turn:  # it was asked again a moment ago
                return same
            turns = self._chats(owner).turns(chat)
            if turns and turns[-1].id != turn:
                raise RagError(
                    later("This chat went on in another tab. Look at its end before you ask.")
                )
            for queued in tuple(self._line):
                if (queued.owner, queued.chat) == (owner, chat) and queued.turn >= turn:
                    queued.stopped = True
                    self._leave(queued)
            self._chats(owner).cut(chat, turn)
            return self.ask(chat, question, dates=dates, write=write, owner=owner)

    def queued(self, turn: int) -> QueuedQuestion | None:
        """The question of a turn that waits or is in work."""
        with self._news:
            return next((queued for queued in self._line if queued.turn == turn), None)

    def ahead(self, queued: QueuedQuestion) -> int:
        """How many questions are to be answered before this one."""
        with self._news:
            return self._line.index(queued) if queued in self._line else 0

    def await_evidence(self, queued: QueuedQuestion, seconds: float) -> None:
        """Wait until a question's evidence is there, or it left the line, or so long."""

        def there() -> bool:
            return queued not in self._line or queued.seen.stage in (Stage.FOUND, Stage.WRITING)

        with self._news:
            self._news.wait_for(there, seconds)

    def busy(self) -> bool:
        """Whether any question waits or is in work."""
        return bool(self._line)

    def stop(self, turn: int) -> None:
        """Withdraw a question that waits, or stop it; the question itself stays on disk."""
        with self._news:
            queued = next((queued for queued in self._line if queued.turn == turn), None)
            if queued is not None:
                waits = queued.seen.stage is Stage.WAITING or self._line[0] is not queued
                queued.stopped = True
                self._leave(queued, WITHDRAWN if waits else STOPPED)

    def forget(self, chat: str) -> None:
        """Take all questions of a conversation out of the line."""
        for queued in tuple(self._line):
            if queued.chat == chat:
                self.stop(queued.turn)

    def _same(self, *wanted: object) -> QueuedQuestion | None:
        """The one in line of an owner, a chat, a question, and how it is to be answered."""
        for j in self._line:
            if (j.owner, j.chat, j.question, j.dates, j.write) == wanted:
                return j
        return None

    def _chats(self, owner: str) -> ChatStore:
        return self._open(owner).chats.of(owner)

    def _open(self, owner: str) -> Assistant:
        assistant = self._assistant(owner)
        if assistant is None:
            raise RagError(later("The articles are being opened. Ask again in a moment."))
        return assistant

    def _find(self, queued: QueuedQuestion) -> None:
        """Look for its evidence; the rest comes in the order of the line."""
        if queued.stopped:
            return
        with self._failing(queued):
            queued.seen = replace(queued.seen, stage=Stage.FINDING)
            events = self._events(queued)
            self._note(queued, next(events))
            self._writing.add(partial(self._write, queued, events))

    def _write(self, queued: QueuedQuestion, events: Generator[Event]) -> None:
        """Finish it."""
        with closing(events), self._failing(queued):
            if not queued.stopped:
                queued.seen = replace(queued.seen, stage=Stage.WRITING)
            while not queued.stopped and (event := next(events, None)) is not None:
                self._note(queued, event)

    def _events(self, queued: QueuedQuestion) -> Generator[Event]:
        assistant = self._open(queued.owner)
        store = assistant.chats.of(queued.owner)
        with self._news:  # before the turns are read: what leaves the line meanwhile is on disk
            in_line = {other.turn for other in self._line}
        before = (
            turn
            for turn in store.turns(queued.chat)
            if turn.id < queued.turn and (turn.answer is not None or turn.id in in_line)
        )
        info = store.info(queued.chat)
        documents = info.documents if info else None
        events = assistant.stream(
            queued.question,
            history=history(before),
            documents=documents,
            today=date.today() if queued.dates else None,
            write=queued.write,
        )
        return cast(Generator[Event], events)

    def _note(self, queued: QueuedQuestion, event: Event) -> None:
        """Let everybody see what happened."""
        with self._news:
            if isinstance(event, Finished):
                if not queued.stopped:
                    self._chats(queued.owner).finish(queued.turn, event.answer)
                    self._leave(queued)
                return
            queued.seen = _with(queued.seen, event)
            self._news.notify_all()

    def _leave(self, queued: QueuedQuestion, problem: str = "") -> None:
        """Take one out of the line; what could not be kept on disk is logged."""
        if queued in self._line:
            self._line.remove(queued)
            self._news.notify_all()
            if problem:
                try:
                    self._chats(queued.owner).fail(queued.turn, problem)
                except RagError:
                    _log.exception("a question's end could not be kept")

    @contextmanager
    def _failing(self, queued: QueuedQuestion) -> Iterator[None]:
        """Whatever goes wrong inside becomes the turn's problem, in words."""
        try:
            yield
        except Exception as error:  # a thread has no caller that could hear of it
            told = in_words(error, "answering", UNFORESEEN)
            with self._news:
                self._leave(queued, told)


def _with(seen: Seen, event: Event) -> Seen:
    if isinstance(event, EvidenceFound):
        return replace(seen, stage=Stage.FOUND, evidence=event.evidence)
    if isinstance(event, Draft):
        return replace(seen, drafted=seen.drafted + 1)
    if isinstance(event, ClaimVerified):
        return replace(seen, claims=(*seen.claims, event.claim))
    if isinstance(event, ClaimRejected):
        return replace(seen, rejected=(*seen.rejected, event.claim))
    raise AssertionError(f"an unknown event: {event}")
