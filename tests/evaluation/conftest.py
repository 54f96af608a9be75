"""A small question set on disk, and an assistant that answers it from a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rag.documents import read
from rag.errors import QuestionError
from rag.events import ClaimVerified, Event, EvidenceFound, Finished
from rag.listing import DocumentInfo, Failure
from rag.schema import (
    Answer,
    Citation,
    Claim,
    Document,
    Evidence,
    Hit,
    Origin,
    Searched,
    Timings,
    Verdict,
)

TEXTS = {
    "geese.txt": "Geese\n\nBarnacle geese breed in Greenland. They fly 3,000 kilometres each year.",
    "boats.txt": "Boats\n\nThe ferry Hanna was built in 1962. She carries 120 passengers.",
}


def span(document: str, part: str) -> list[int]:
    start = TEXTS[document].index(part)
    return [start, start + len(part)]


def lines() -> list[dict[str, Any]]:
    """Five questions: three answerable, one of them a follow-up, one not, one undecided."""
    greenland = span("geese.txt", "Greenland")
    return [
        {"id": "breed", "question": "Where do barnacle geese breed?", "answerable": True,
         "answers": ["Greenland"], "document": "geese.txt", "evidence": [greenland]},
        {"id": "built", "question": "When was the Hanna built?", "answerable": True,
         "answers": ["1962", "in 1962"], "document": "boats.txt",
         "evidence": [span("boats.txt", "1962")]},
        {"id": "follow", "question": "And how far?", "answerable": True,
         "answers": ["3,000 kilometres"], "document": None, "evidence": [],
         "documents": ["geese.txt"],
         "history": [{"role": "user", "content": "Do geese fly?"},
                     {"role": "assistant", "content": "They do."}]},
        {"id": "captain", "question": "Who was the captain of the Hanna?", "answerable": False,
         "answers": [], "document": "boats.txt", "evidence": []},
        {"id": "vague", "question": "What about it?", "answerable": None,
         "answers": [], "document": "boats.txt", "evidence": []},
    ]  # fmt: skip


@pytest.fixture
def write_set(tmp_path: Path) -> Callable[..., Path]:
    """Writes a set from lines, given as values or as raw text."""

    def write(rows: Sequence[dict[str, Any] | str] | None = None) -> Path:
        documents = tmp_path / "set" / "documents"
        documents.mkdir(parents=True, exist_ok=True)
        for name, text in TEXTS.items():
            (documents / name).write_text(text, encoding="utf-8")
        raw = [row if isinstance(row, str) else json.dumps(row) for row in rows or lines()]
        path = documents.parent / "questions.jsonl"
        path.write_text("\n".join(raw) + "\n", encoding="utf-8")
        return documents.parent

    return write


@dataclass
class Script:
    """What the stub does with a question: quote parts of documents, refuse, or raise."""

    quotes: tuple[tuple[str, str], ...] = ()
    claim: str = ""
    written: bool = False
    confidence: float = 0.9
    error: str = ""


@dataclass
class StubAssistant:
    """Answers from `scripts` by question; searches by rank in `found`."""

    folder: Path
    scripts: dict[str, Script]
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    histories: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    searched_after: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    warmed: bool = False

    def __enter__(self) -> StubAssistant:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def warm(self) -> None:
        self.warmed = True

    def stream(
        self, question: str, /, *, history: Sequence[tuple[str, str]] = ()
    ) -> Iterator[Event]:
        self.histories.append(tuple(history))
        script = self.scripts.get(question, Script(confidence=0.2))
        if script.error:
            raise QuestionError(script.error)
        answer = answered(question, script)
        yield EvidenceFound(answer.evidence, 0.0)
        for claim in answer.claims:
            yield ClaimVerified(claim, 0.0)
        yield Finished(answer)

    def search(
        self, query: str, /, *, history: Sequence[tuple[str, str]] = (), limit: int
    ) -> list[Hit]:
        self.queries.append(query)
        self.searched_after.append(tuple(history))
        names = self.found.get(query, tuple(TEXTS))
        return [whole_hit(name) for name in names][:limit]

    def documents(self) -> list[DocumentInfo]:
        return [DocumentInfo(name, name, None, len(text), 1) for name, text in TEXTS.items()]

    def document(self, id_: str, /) -> Document:
        return read(self.folder / "documents" / id_, folder=self.folder / "documents")

    def counts(self) -> tuple[int, int]:
        return len(TEXTS), len(TEXTS)

    def failures(self) -> list[Failure]:
        return []


def whole_hit(name: str) -> Hit:
    text = TEXTS[name]
    return Hit(name, name, None, 0, len(text), text, (), 0.5, 0.5, 1.0)


def answered(question: str, script: Script) -> Answer:
    """The answer that quotes what the script says; without quotes, a refusal."""
    citations = []
    for number, (name, part) in enumerate(script.quotes, 1):
        start, end = span(name, part)
        citations.append(Citation(number, name, name, start, end, part))
    text = script.claim or " ".join(part for _, part in script.quotes)
    origin = Origin.COMPOSED if script.written else Origin.VERBATIM
    claims = (Claim(text, tuple(citations), Verdict(True, ""), origin),) if citations else ()
    evidence = tuple(
        Evidence(c.document, c.title, None, c.start, c.end, c.quote, 0.9, used=True)
        for c in citations
    )
    return Answer(
        question=question,
        query=f"{question} geese" if question.startswith("And") else question,
        refused=not claims,
        confidence=script.confidence,
        claims=claims,
        evidence=evidence,
        reason="" if claims else "The articles do not say.",
        rejected=(),
        searched=Searched(2, 2, 2, 2),
        timings=Timings(0.0, None, 0.0),
    )
