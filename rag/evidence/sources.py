"""What is searched and read for a question, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from rag.evidence.features import Weight
from rag.evidence.scoring import WIDELY, Weights
from rag.evidence.selection import quotable
from rag.evidence.worth import BESIDES, DRAFTED, Place, told_of
from rag.listing import DocumentInfo
from rag.models.judge import Judge
from rag.models.reader import Reader, for_open
from rag.odds import log_odds, probability
from rag.query import Query
from rag.retrieval import Filters, SearchResult
from rag.schema import Evidence, Period, Searched
from rag.words import terms

Parts = Sequence[tuple[str, float]]  # what to search for instead, each with what it counts


class Search(Protocol):
    """Passages for a query, best first."""

    def __call__(
        self, query: str, *, limit: int, filters: Filters, parts: Parts = ()
    ) -> SearchResult: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What is looked at and how.

    `line` is the refusal line of the folder, before a person makes it stricter or more lenient;
    `polyglot` says whether the reader reads other languages than English too. `judge` says what
    entails what, and whether a column of another name tells what is asked for.
    """

    search: Search
    reader: Reader
    weight: Weight
    weights: Weights
    line: float
    judge: Judge
    documents: Callable[[], Sequence[DocumentInfo]] = tuple
    dated: Callable[[], Sequence[date]] = tuple
    polyglot: bool = False

    def reads(self, query: Query) -> Reader:
        """The reader of a query: that of open questions, but for other languages than English."""
        openly = query.intent in WIDELY and not query.foreign
        return for_open(self.reader) if openly else self.reader


@dataclass(frozen=True, slots=True)
class EvidenceSet:
    """What was found for a query.

    Attributes:
        evidence: Sentences, best first; those that answer are marked `used`, in their order.
        confidence: How likely they answer, 0..1.
        found: How much matched.
        offered: What a writer is shown, in the order of reading; wider than what answers.
        period: The days that the question was read to mean, where they were kept to.
        notes: How the question was read, for a person; mostly nothing.
        doubt: Logits that its confidence has lost to what speaks against it.
        worth: How likely each sentence that was read belongs into an answer of several.
        unsure: Whether the reader alone would refuse, so that a model must prove what it says.
        asked: How a model was asked that pointed at what answers; "" where none did.
        called: Whether its article is called after all that is asked of, so that it answers.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    found: SearchResult
    offered: tuple[Evidence, ...] = ()
    period: Period | None = None
    notes: tuple[str, ...] = field(default=())
    doubt: float = 0.0
    worth: Mapping[Place, float] = field(default_factory=dict)
    unsure: bool = False
    called: bool = False
    asked: str = ""

    @property
    def used(self) -> tuple[Evidence, ...]:
        """The sentences that answer, in the order of the answer."""
        return tuple(e for e in self.evidence if e.used)

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """Each sentence that was found, used or not, with its article."""
        return [(one.document, one.quote) for one in quotable(self.found.hits)]

    def worthiest(self, question: str, draft: str) -> list[Evidence]:
        """What to tell of an open question beside what a model wrote, the worthiest first.

        Args:
            question: The standalone question.
            draft: What the model wrote, proven or not: it has read whole passages, so that what it
                picked from them counts.
        """
        known = {(e.document, e.start): e for e in self.used}
        rated: list[tuple[float, Evidence]] = []
        for one in quotable(self.found.hits):
            place = one.document, one.start
            if place not in self.worth:
                continue
            odds = log_odds(self.worth[place]) + DRAFTED * told_of(one.quote, draft, question)
            if odds >= log_odds(BESIDES):
                rated.append((odds, known.get(place, one)))
        rated.sort(key=lambda both: -both[0])
        return [one for _, one in rated]

    def doubted(self, why: str, by: float = math.inf) -> EvidenceSet:
        """The same, so many logits less likely to answer, with a note why."""
        odds = log_odds(self.confidence) - by
        confidence = probability(odds) if odds > -math.inf else 0.0
        return replace(self, confidence=confidence, notes=(*self.notes, why), doubt=by)

    def beside(self, text: str, proof: Sequence[Evidence]) -> str | None:
        """Why a proven sentence does not answer a direct question; `None` where it may.

        Where the reader is not sure, its own choice of a sentence binds no other.
        """
        if self.unsure:
            return None
        if {(e.document, e.start) for e in self.used}.isdisjoint(
            (e.document, e.start) for e in proof
        ):
            return "It does not rest on the sentence that answers."
        best = self.used[0]
        if best.words is not None:
            start, end = (at - best.start for at in best.words)
            if not set(terms(best.quote[start:end])) <= set(terms(text)):
                return "It leaves out the words that answer."
        return None

    def searched(self, documents: int, passages: int) -> Searched:
        """How much was looked at, of so much that the filters let through."""
        used = self.used
        of = sum(
            any(h.document == e.document and h.start <= e.start < h.end for e in used)
            for h in self.found.hits
        )
        found = self.found
        return Searched(documents, passages, found.matching, found.documents, found.more, of)
