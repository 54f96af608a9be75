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
from typing import cast

from rag.assistant import Assistant
from rag.chats.chat import STOPPED, history
from rag.errors import RagError
from rag.events import ClaimRejected, ClaimVerified, Draft, Event, EvidenceFound, Finished
from rag.page.background import in_words
from rag.page.wording import _, later
from rag.query import check_question
from rag.schema import Claim, Evidence

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
class Job:
    """A question in the line. `seen` is replaced as a whole, so that it can be read any time."""

    chat: str
    turn: int
    question: str
    dates: bool = True  # whether "last month" in it is kept to
    write: bool | None = None  # as of `Assistant.ask`
    seen: Seen = field(default_factory=Seen)
    stopped: bool = False
    events: Generator[Event] | None = None


class Desk:
    """Takes questions from all tabs; safe to share between threads.

    Evidence is looked for while the question before is still being written: on two cores it then
    came after 1 s rather than 2 to 3, and the prose before it up to 0.4 s later.

    Args:
        assistant: Gives the one that answers now, or `None` while there is none.
    """

    def __init__(self, assistant: Callable[[], Assistant | None]) -> None:
        self._assistant = assistant
        self._line: list[Job] = []
        self._news = threading.Condition()
        self._begun = False

    def ask(
        self, chat: str, question: str, *, dates: bool = True, write: bool | None = None
    ) -> Job:
        """Put a question at the end of the line; without `dates` its days are not kept to.

        `write` is as of `Assistant.ask`.

        One that its conversation has in the line already is not put there twice: Streamlit may
        run what follows a click or Enter a second time.

        Raises:
            LibraryError: It cannot be kept on disk.
        """
        with self._news:
            if (same := self._same(chat, question, dates, write)) is not None:
                return same
            turn = self._open().chats.begin(chat, question)
            job = Job(chat, turn, question, dates, write)
            self._line.append(job)
            self._start()
            self._news.notify_all()
        return job

    def again(
        self,
        chat: str,
        turn: int,
        question: str,
        *,
        dates: bool = True,
        write: bool | None = None,
    ) -> Job:
        """Ask in place of the last turn of a conversation; `dates` and `write` are as for `ask`.

        Raises:
            QuestionError: It is no question; the turn stays.
            RagError: The conversation went on elsewhere, or cannot be kept on disk.
        """
        check_question(question)
        with self._news:
            same = self._same(chat, question, dates, write)
            if same is not None and same.turn > turn:  # it was asked again a moment ago
                return same
            turns = self._open().chats.turns(chat)
            if turns and turns[-1].id != turn:
                raise RagError(
                    _("This chat went on in another tab. Look at its end before you ask.")
                )
            for job in tuple(self._line):
                if job.chat == chat and job.turn >= turn:
                    job.stopped = True
                    self._leave(job)
            self._open().chats.cut(chat, turn)
            return self.ask(chat, question, dates=dates, write=write)

    def job(self, turn: int) -> Job | None:
        """The question of a turn that waits or is in work."""
        with self._news:
            return next((job for job in self._line if job.turn == turn), None)

    def ahead(self, job: Job) -> int:
        """How many questions are to be answered before this one."""
        with self._news:
            return self._line.index(job) if job in self._line else 0

    def await_evidence(self, job: Job, seconds: float) -> None:
        """Wait until a question's evidence is there, or it left the line, or so long."""

        def there() -> bool:
            return job not in self._line or job.seen.stage in (Stage.FOUND, Stage.WRITING)

        with self._news:
            self._news.wait_for(there, seconds)

    def busy(self) -> bool:
        """Whether any question waits or is in work."""
        return bool(self._line)

    def stop(self, turn: int) -> None:
        """Withdraw a question that waits, or stop it; the question itself stays on disk."""
        with self._news:
            job = next((job for job in self._line if job.turn == turn), None)
            if job is not None:
                waits = job.seen.stage is Stage.WAITING or self._line[0] is not job
                job.stopped = True
                self._leave(job, WITHDRAWN if waits else STOPPED)

    def forget(self, chat: str) -> None:
        """Take all questions of a conversation out of the line."""
        for job in tuple(self._line):
            if job.chat == chat:
                self.stop(job.turn)

    def _same(self, *wanted: object) -> Job | None:
        """The job in line of a chat, a question, and how it is to be answered."""
        line = self._line
        return next((j for j in line if (j.chat, j.question, j.dates, j.write) == wanted), None)

    def _start(self) -> None:
        if not self._begun:
            self._begun = True
            for work in (self._find, self._write):
                threading.Thread(target=work, name=f"quoth{work.__name__}", daemon=True).start()

    def _open(self) -> Assistant:
        assistant = self._assistant()
        if assistant is None:
            raise RagError(_("The articles are being opened. Ask again in a moment."))
        return assistant

    def _find(self) -> None:
        """Look for the evidence of one question after another."""
        while True:
            job = self._next(lambda job: job.seen.stage is Stage.WAITING)
            with self._failing(job):
                job.seen = replace(job.seen, stage=Stage.FINDING)
                events = self._events(job)
                first = next(events)
                job.events = events
                self._note(job, first)

    def _write(self) -> None:
        """Finish one question after another, in the order of the line."""
        while True:
            job = self._next(lambda job: job.seen.stage is Stage.FOUND and job is self._line[0])
            events = job.events
            assert events is not None
            with closing(events), self._failing(job):
                job.seen = replace(job.seen, stage=Stage.WRITING)
                for event in events:
                    if job.stopped:
                        break
                    self._note(job, event)

    def _next(self, ready: Callable[[Job], bool]) -> Job:
        """Wait for the first job in line that is ready."""
        with self._news:
            while (job := next(filter(ready, self._line), None)) is None:
                self._news.wait()
            return job

    def _events(self, job: Job) -> Generator[Event]:
        assistant = self._open()
        store = assistant.chats
        with self._news:  # before the turns are read: what leaves the line meanwhile is on disk
            in_line = {other.turn for other in self._line}
        before = (
            turn
            for turn in store.turns(job.chat)
            if turn.id < job.turn and (turn.answer is not None or turn.id in in_line)
        )
        info = store.info(job.chat)
        documents = info.documents if info else None
        events = assistant.stream(
            job.question,
            history=history(before),
            documents=documents,
            today=date.today() if job.dates else None,
            write=job.write,
        )
        return cast(Generator[Event], events)

    def _note(self, job: Job, event: Event) -> None:
        """Let everybody see what happened."""
        with self._news:
            if isinstance(event, Finished):
                if not job.stopped:
                    self._open().chats.finish(job.turn, event.answer)
                    self._leave(job)
                return
            job.seen = _with(job.seen, event)
            self._news.notify_all()

    def _leave(self, job: Job, problem: str = "") -> None:
        """Take a job out of the line; what could not be kept on disk is logged."""
        if job in self._line:
            self._line.remove(job)
            self._news.notify_all()
            if problem:
                try:
                    self._open().chats.fail(job.turn, problem)
                except RagError:
                    _log.exception("a question's end could not be kept")

    @contextmanager
    def _failing(self, job: Job) -> Iterator[None]:
        """Whatever goes wrong inside becomes the turn's problem, in words."""
        try:
            yield
        except Exception as error:  # a thread has no caller that could hear of it
            told = in_words(error, "answering", UNFORESEEN)
            with self._news:
                self._leave(job, told)


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
