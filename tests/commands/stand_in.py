"""A stand-in for the assistant, which answers as it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from typer.testing import CliRunner, Result

import rag
import rag.evaluation
import rag.opening
from rag.cli import app
from rag.events import ClaimRejected, ClaimVerified, Draft, Event, EvidenceFound, Finished
from rag.listing import DocumentInfo, Failure
from rag.schema import (
    Answer,
    Citation,
    Claim,
    Evidence,
    Hit,
    Origin,
    Searched,
    Span,
    Timings,
    Verdict,
)
from tests.models.packages import content

ROOT = Path(__file__).parents[2]
RAW = content(2)  # of a stand-in for the writer
FINE = Verdict(True, "fine")
CITATION = Citation(1, "lund.md", "The bridge", 10, 34, "It opened in June 2020.", date(2020, 7, 1))
SECOND = Citation(2, "b.md", "Other", 0, 9, "It\nclosed.", None, 4, place="p. 4")
CLAIMS = (
    Claim("The bridge opened in June 2020.", (CITATION,), FINE, Origin.COMPOSED),
    Claim("It closed.", (CITATION, SECOND), FINE),
)


EVIDENCE = (
    Evidence("lund.md", "The bridge", date(2020, 7, 1), 10, 34, "It opened in June 2020.", 0.9),
    Evidence("b.md", "Other", None, 0, 9, "It\nclosed.", 0.4),
)


ANSWER = Answer(
    question="When did it open?",
    query="When did it open?",
    refused=False,
    confidence=0.81,
    claims=CLAIMS,
    evidence=EVIDENCE,
    reason="",
    rejected=(),
    searched=Searched(2, 9, 4, 2, used_passages=3),
    timings=Timings(0.1, 0.2, 0.3),
)


HIT = Hit(
    "lund.md", "The bridge", date(2020, 7, 1), 10, 34, "It\topened.", (Span(10, 34),), 0.9, 0.8, 3.0
)


@dataclass
class FakeChat:
    assistant: FakeAssistant
    id: str

    @property
    def turns(self) -> Sequence[str]:
        return () if self.id == "unknown" else self.assistant.questions

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        yield from self.assistant.stream(question, **filters)


@dataclass
class FakeAssistant:
    """Gives one answer to everything, or raises; notes what it was asked."""

    answer: Answer = ANSWER
    error: BaseException | None = None
    folder: Path = Path("articles")
    index: Path = Path("index/articles")
    hits: list[Hit] = field(default_factory=lambda: [HIT])
    questions: list[str] = field(default_factory=list)
    filters: dict[str, Any] = field(default_factory=dict)
    warmed: bool = False
    closed: bool = False

    def __enter__(self) -> FakeAssistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.closed = True

    def warm(self) -> None:
        self.warmed = True

    def ask(self, question: str, **filters: Any) -> Answer:
        events = list(self.stream(question, **filters))
        assert isinstance(events[-1], Finished)
        return events[-1].answer

    def stream(self, question: str, **filters: Any) -> Iterator[Event]:
        self.questions.append(question)
        self.filters = filters
        if self.error:
            raise self.error
        yield EvidenceFound(self.answer.evidence, 0.1)
        yield Draft("unchecked words")
        yield ClaimRejected(Claim("A wrong claim.", (), Verdict(False, "no")))
        for claim in self.answer.claims:
            yield ClaimVerified(claim, 0.2)
        yield Finished(self.answer)

    def search(self, query: str, **filters: Any) -> list[Hit]:
        self.questions.append(query)
        self.filters = filters
        return self.hits

    def chat(self, id_: str | None = None) -> FakeChat:
        return FakeChat(self, id_ or "new")

    def document(self, id_: str) -> SimpleNamespace:
        if id_ != "lund.md":
            raise rag.RagError(f"There is no article {id_} in the library.")
        return SimpleNamespace(id=id_)

    def named(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(names)

    def documents(self, **which: object) -> list[DocumentInfo]:
        self.which = which
        return [DocumentInfo("lund.md", "The bridge", date(2020, 7, 1), 1234, 5)]

    def failures(self) -> list[Failure]:
        return [Failure("bad.md", "bad.md is empty.")]

    def counts(self) -> tuple[int, int]:
        return 1, 5


def run(*args: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(args), input=given)


def failed(result: Result, code: int = 1) -> str:
    """The one line that a failure is."""
    assert result.exit_code == code
    assert result.stdout == ""
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    assert line.startswith("quoth: ")
    return line.removeprefix("quoth: ")
