"""The words of the design as frozen values.

Owns the shapes that travel between the rooms, and the one rule that makes them worth trusting:
`document.text[start:end]` is the passage, the sentence, the quote. Offsets count code points.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import date
from datetime import date as Day
from enum import StrEnum
from itertools import takewhile
from typing import NamedTuple

from rag.plain import Plain
from rag.showing import INSTRUCTS, Shown, days


class Span(NamedTuple):
    """A half-open range of characters, `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, the character where its section begins, and its level: 1 is the highest."""

    start: int
    title: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A page, a slide, a sheet or the like, and the character where it begins.

    `name` is for people, as in `p. 3`; `page` is the page's number where it is a page.
    """

    start: int
    name: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document(Plain):
    """One source file, read to one plain text.

    Attributes:
        id: Path of the file relative to the folder, with forward slashes.
        title: From the file where it tells, else from its first line or name.
        text: The plain text that every offset counts in.
        date: When it was published, where the file tells it; `modified` when it was last changed.
        source: Where the article came from, where the file tells it.
        headings: Section titles in order of `start`.
        author: Who wrote it, where the file tells it.
        places: Pages, slides or sheets in order of `start`; each goes on to the next one.
        language: ISO 639-1 code, as in `de`; "" where it cannot be told.
        remarks: What was left out or not believed, a sentence each; the library lists them.
    """

    id: str
    title: str
    text: str
    date: date | None = None
    source: str = ""
    headings: tuple[Heading, ...] = ()
    author: str = ""
    places: tuple[Place, ...] = ()
    language: str = ""
    modified: Day | None = None
    remarks: tuple[str, ...] = field(default=(), compare=False)

    def place(self, start: int) -> Place:
        """Where a character stands: on its page or the like, else under its heading.

        Without either, a place without a name.

        >>> Document("a.md", "A", "Costs: it cost 5.", headings=(Heading(0, "Costs"),)).place(8)
        Place(start=8, name='“Costs”', page=None)
        """
        found = places_in(self, start, start + 1)
        return found[0] if found else Place(start, "")


def places_in(document: Document, start: int, end: int) -> tuple[Place, ...]:
    """The places that the characters `[start, end)` stand in, the first from `start` on.

    A heading that repeats the document's title says nothing of the place.
    """
    places = document.places
    first = bisect_right(places, start, key=lambda place: place.start)
    rest = takewhile(lambda place: place.start < end, places[first:])
    under = bisect_right(document.headings, start, key=lambda heading: heading.start)
    here = []
    if first:
        here = [replace(places[first - 1], start=start)]
    elif under and (title := document.headings[under - 1].title) != document.title:
        quoted = title if title[:1] in '“"' else f"“{title}”"
        here = [Place(start, quoted)]
    return (*here, *rest)


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
class Hit(Plain):
    """A passage found for a question; `score` is fused, in 0..1, `dense` cosine, `lexical` BM25.

    `places` are those that it stands in, the first from its start; `context` tells whose it is;
    `instructs` are sentences that read like orders to the program, where they were looked for.
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
    places: tuple[Place, ...] = ()
    context: str = ""
    instructs: tuple[Span, ...] = ()

    @property
    def above(self) -> str:
        """The title and the context on one line."""
        return " › ".join(filter(None, (self.title, self.context)))

    def place(self, start: int) -> Place:
        """Where one of its characters stands; a place without a name where that is not known."""
        at = bisect_right(self.places, start, key=lambda place: place.start)
        return self.places[at - 1] if at else Place(start, "")

    def holds(self, one: Evidence) -> bool:
        """Whether a sentence is one of its own."""
        return self.document == one.document and self.start <= one.start < self.end

    def evidence(self, span: Span, *, score: float = 0.0, words: Span | None = None) -> Evidence:
        """One of its sentences, with all that a citation says of it."""
        place = self.place(span.start)
        return Evidence(
            self.document,
            self.title,
            self.date,
            *span,
            quote=self.text[span.start - self.start : span.end - self.start],
            score=score,
            words=words,
            page=place.page,
            place=place.name,
        )


@dataclass(frozen=True, slots=True)
class Evidence(Plain):
    """A sentence found for a question.

    `score` is the estimate that it answers, 0..1. `words` are characters of the document, inside
    `[start, end)`, that most likely are the answer; `None` where that cannot be told. `instructs`
    marks a sentence that reads like an instruction to the program, not like a report.
    """

    document: str
    title: str
    date: date | None
    start: int
    end: int
    quote: str
    score: float
    used: bool = False
    words: Span | None = None
    page: int | None = None
    place: str = ""
    instructs: bool = False

    def citation(self, number: int) -> Citation:
        """A citation of this sentence under a number."""
        place = self.document, self.title, self.start, self.end
        found = Citation(number, *place, self.quote, self.date, self.page, self.words, self.place)
        return replace(found, instructs=self.instructs)


@dataclass(frozen=True, slots=True)
class Citation(Plain):
    """A claim's link to evidence: `document.text[start:end] == quote`, always.

    `words` are the answering words inside the quote, as in `Evidence`. `place` says for people
    where the quote begins, as in `p. 3`, `slide 4`, `sheet Prices` or `“Costs”` for a heading;
    `page` is the page's number where there are pages. `instructs` is as in `Evidence`.
    """

    number: int
    document: str
    title: str
    start: int
    end: int
    quote: str
    date: date | None = None
    page: int | None = None
    words: Span | None = None
    place: str = ""
    instructs: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a claim against its evidence said, and why.

    `coverage` is the share of the claim's words, by weight, that its evidence holds.
    """

    supported: bool
    reason: str
    coverage: float = 1.0


class Origin(StrEnum):
    """How a claim came to be.

    What is told from the list of articles is proven by it; its citations show which are meant.
    """

    COMPOSED = "composed"  # written by the model
    VERBATIM = "verbatim"  # the source's own sentence
    CELL = "cell"  # of a table, put in words; its row is cited
    LISTED = "listed"  # told from the list of articles


class AnswerOutcome(StrEnum):
    """What came of a question; all but the first are refusals, of different kinds."""

    ANSWERED = "answered"
    NOT_SAID = "not said"  # the articles do not say
    NOT_SURE = "not sure"  # what was found may answer
    UNCLEAR = "unclear"  # the question is too vague; there are `choices`
    NO_QUESTION = "no question"  # a greeting, or what is no job for articles


@dataclass(frozen=True, slots=True)
class Claim(Plain):
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
    """How much was looked at.

    Attributes:
        documents: Let through by the filters.
        passages: Of those documents.
        matching_passages: That hold a word of the question and score half as much as the best one.
        matching_documents: That those passages are of.
        more: Whether there may be more of both, since only the best are scored.
        used_passages: That the sentences of the answer stand in.
    """

    documents: int
    passages: int
    matching_passages: int
    matching_documents: int
    more: bool = False
    used_passages: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both inclusive; `None` leaves that side open.

    >>> str(Period(date(2026, 8, 1), date(2026, 8, 31)))
    '1 to 31 August 2026'
    """

    start: date | None
    end: date | None

    def __str__(self) -> str:
        return days(self.start, self.end)


NOT_SAID = "The articles do not say."  # how a refusal begins
_DIFFER = "The sources differ: {} do not say the same. The newest comes first."


@dataclass(frozen=True, slots=True)
class Answer(Plain, Shown):
    """The result of a question. A refusal is an answer with `refused` set and no claims.

    `confidence` estimates the probability that the answer is right; for a refusal it is the
    same estimate for the answer that was not given; `None` for kinds of questions that it is not
    calibrated for. `outcome` says which kind of refusal it is, `notes` how the question was read
    where that is not plain. `differing` are the numbers of citations that
    contradict each other, newest first; `period` the days that the question was read to mean.
    `choices` are complete questions to ask instead, where the question was too vague: `reason` is
    then the question back; `unwritten` whether a model that takes long here could write it out.
    """

    question: str
    query: str
    refused: bool
    confidence: float | None
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    reason: str
    rejected: tuple[Claim, ...]
    searched: Searched
    timings: Timings = field(compare=False)
    differing: tuple[int, ...] = ()
    period: Period | None = None
    choices: tuple[str, ...] = ()
    outcome: AnswerOutcome = AnswerOutcome.ANSWERED
    notes: tuple[str, ...] = ()
    unwritten: bool = False

    derived = ("text", "citations", "remarks", "coverage")

    @property
    def text(self) -> str:
        """The claims with their markers, or the refusal's sentence."""
        return " ".join(c.marked for c in self.claims) if self.claims else self.reason

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The distinct citations of all claims, in order of their numbers."""
        found = {c.number: c for claim in self.claims for c in claim.citations}
        return tuple(found[number] for number in sorted(found))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know of the answer, a line each; mostly nothing."""
        lines = list(self.notes)
        if (days := self.period) is not None:
            of = "of " if days.start is not None and days.end is not None else ""
            lines.append(f"Dates read as: articles {of}{days}.")
        if self.differing:
            lines.append(_DIFFER.format(" and ".join(f"[{n}]" for n in self.differing)))
        if told := [f"[{c.number}]" for c in self.citations if c.instructs]:
            lines.append(f"What is quoted as {' and '.join(told)} {INSTRUCTS}.")
        return tuple(lines)

    @property
    def coverage(self) -> str:
        """How much of what matched the question the answer used, in words; empty for a refusal."""
        searched = self.searched
        if self.refused or not searched.used_passages:
            return ""
        matching = max(searched.matching_passages, searched.used_passages)
        more = "at least " if searched.more else ""
        return (
            f"Used {searched.used_passages:,} of {more}{many(matching, 'matching passage')} in "
            f"{many(max(1, searched.matching_documents), 'article')}."
        )


def many(count: int, word: str) -> str:
    """A count with its noun.

    >>> many(1, "article"), many(1200, "article")
    ('1 article', '1,200 articles')
    """
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
