"""The words of the design as frozen values.

Owns the shapes that travel between the rooms, and the one rule that makes them worth
trusting: `document.text[start:end]` is the passage, the sentence, the quote. All offsets
count Unicode code points. Knows nothing of files, models or indexes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters, `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and the character where its section begins."""

    start: int
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """One source file, read to one plain text.

    Attributes:
        id: Path of the file relative to the folder, with forward slashes.
        title: From the file where it tells, else from its first line or name.
        text: The plain text that every offset counts in.
        date: Publication date where the file tells it.
        source: Where the article came from, where the file tells it.
        headings: Section titles in order of `start`.
    """

    id: str
    title: str
    text: str
    date: date | None = None
    source: str = ""
    headings: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is embedded and searched: whole sentences of one document.

    `sentences` are spans into the document's text, in order, inside `[start, end)`.
    `boilerplate` marks bylines, biographies and the like, which never answer.
    """

    document: str
    start: int
    end: int
    sentences: tuple[Span, ...]
    boilerplate: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `score` is the fused score in 0..1, `dense` the cosine, `lexical` the BM25 score.
    """

    document: str
    title: str
    date: date | None
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence found for a question; `score` is the estimate that it answers, 0..1."""

    document: str
    title: str
    date: date | None
    start: int
    end: int
    quote: str
    score: float
    used: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """A claim's link to evidence: `document.text[start:end] == quote`, always."""

    number: int
    document: str
    title: str
    start: int
    end: int
    quote: str
    date: date | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a claim against its evidence said, and why.

    `coverage` is the share of the claim's words, by weight, that its evidence holds.
    """

    supported: bool
    reason: str
    coverage: float = 1.0


class Origin(StrEnum):
    """How a claim came to be: written by the model, or the source's own sentence."""

    COMPOSED = "composed"
    VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, with the citations that prove it."""

    text: str
    citations: tuple[Citation, ...]
    verdict: Verdict
    origin: Origin = Origin.VERBATIM

    @property
    def marked(self) -> str:
        """The claim's text followed by its markers, as in `Rollo led them. [1]`."""
        return f"{self.text} " + "".join(f"[{c.number}]" for c in self.citations)


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds from the question to each point; `None` where it was not reached."""

    evidence: float
    first_claim: float | None
    total: float


@dataclass(frozen=True, slots=True)
class Searched:
    """How much was looked at: what the filters let through, and what came back for the question."""

    documents: int
    passages: int
    matching_passages: int
    matching_documents: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a question. A refusal is an answer with `refused` set and no claims.

    `confidence` estimates the probability that the answer is right; for a refusal it is the
    same estimate for the answer that was not given. `choices` are complete questions to ask
    instead, where the question was too vague: `reason` is then the question back.
    """

    question: str
    query: str
    refused: bool
    confidence: float
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    reason: str
    rejected: tuple[Claim, ...]
    searched: Searched
    timings: Timings = field(compare=False)
    choices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The claims with their markers, or the refusal's sentence."""
        return " ".join(c.marked for c in self.claims) if self.claims else self.reason

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The distinct citations of all claims, in order of their numbers."""
        found = {c.number: c for claim in self.claims for c in claim.citations}
        return tuple(found[number] for number in sorted(found))


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A line of the library's list of articles; `bytes` is the size of the file."""

    id: str
    title: str
    date: date | None
    characters: int
    passages: int
    source: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why, in words for a person."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a sync stands. `seconds_left` is `None` until it can be estimated."""

    documents: int
    documents_total: int
    passages: int
    passages_per_second: float
    seconds_left: float | None
    current: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, by document id."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    failed: tuple[Failure, ...] = ()
    passages: int = 0
    seconds: float = 0.0


class Outcome(StrEnum):
    """What became of an article that was to be added."""

    ADDED = "added"
    REPLACED = "replaced"
    ALREADY_THERE = "already there"


@dataclass(frozen=True, slots=True)
class Addition:
    """An article that was added, or was there before, under its id."""

    id: str
    outcome: Outcome
    title: str
    passages: int


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The sentences that may answer, before any prose."""

    evidence: tuple[Evidence, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece of text from the model, not checked yet.

    While the question waits in line for the model, the piece is empty and `ahead` is how many
    requests come first.
    """

    text: str
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class ClaimVerified:
    """A claim that passed its check; it will stand in the answer."""

    claim: Claim
    seconds: float


@dataclass(frozen=True, slots=True)
class ClaimRejected:
    """A claim that failed its check; it will not stand in the answer."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; the last event of every stream."""

    answer: Answer


Event = EvidenceFound | Draft | ClaimVerified | ClaimRejected | Finished
