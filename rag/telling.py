"""One answer in the making: quotes, and what the model writes, each sentence once it is proven.

Knows nothing of search and of when a question is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.events import ClaimRejected, ClaimVerified, Event, EvidenceFound, Finished
from rag.evidence import EvidenceSet
from rag.evidence.catalogue import Told, used
from rag.evidence.cells import cell_in_words
from rag.evidence.features import Weight
from rag.evidence.selection import filled, grouped, quotable, same, time_asked
from rag.evidence.worth import sources_of
from rag.models import LLM
from rag.models.judge import Judge
from rag.query import Aspect, Intent, Query
from rag.query.periods import of_another_time
from rag.schema import (
    Answer,
    AnswerOutcome,
    Citation,
    Claim,
    Evidence,
    Origin,
    Period,
    Searched,
    Timings,
    Verdict,
)
from rag.verification import SAME, Prover, no_heads
from rag.words import terms
from rag.writing import (
    Wish,
    Written,
    asked_of,
    in_reading_order,
    renumbered,
    unmarked,
    wish_for,
    write,
)

SHORT = 20  # words of a sentence that answers a direct question as it is
WORDS = 130  # of an answer to an open question, its quotes included
_QUOTED = Verdict(True, "The source's own sentence.", 1.0)
CELL = Verdict(True, "So it stands in the table.", 1.0)
_MADE_OF = Verdict(True, "A sentence of the model was made of it.", 1.0)
_LISTED = Verdict(True, "Told from the list of articles.", 1.0)
_ANOTHER_TIME = "It is about another time than the question."
_LIKELY = 0.5  # odds of a sentence that does not stand, from which its source may
_MOSTLY = 0.6  # share of a quote's words that claims must have to have told it
_SURE = 0.5  # chance of answering above which a sentence leads
_RATED = (Intent.DIRECT, Intent.SEVERAL)  # whose confidence is calibrated
_LIMITED = (Intent.OPEN, Intent.WHOLE, Intent.REWORK, Intent.TOPIC)


@dataclass(slots=True)
class Telling:
    """One answer in the making: what is told of it, in order.

    Attributes:
        query: The question as it is understood.
        began: `time.monotonic()` when it came.
        judge: Says what entails what.
        llm: The model, or none.
        weight: Inverse document frequency of a stem.
        heads: The lines of a document that say what stands below them.
    """

    query: Query
    began: float
    judge: Judge
    llm: LLM | None
    weight: Weight
    heads: Callable[[str], Sequence[Evidence]] = no_heads
    found: tuple[Evidence, ...] = ()
    confidence: float = 0.0
    searched: Searched = field(default_factory=lambda: Searched(0, 0, 0, 0))
    claims: list[Claim] = field(default_factory=list)
    rejected: list[Claim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    period: Period | None = None
    choices: tuple[str, ...] = ()
    numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)
    shown: float | None = None
    first: float | None = None

    def look_up(
        self,
        told: Sequence[Told],
        reason: str,
        how: tuple[Verdict, Origin] = (_LISTED, Origin.LISTED),
    ) -> Iterator[Event]:
        """What the list of articles or a table tells, or why it does not."""
        self.found = used(told)
        self.confidence = 1.0 if told else 0.0
        yield self.show()
        for one in told:
            copied = one.text == one.evidence[0].quote
            said = (_QUOTED, Origin.VERBATIM) if copied else how
            yield self._stands(Claim(one.text, self._cite(one.evidence), *said))
        yield from self.end(AnswerOutcome.NOT_SAID if reason else AnswerOutcome.ANSWERED, reason)

    def end(
        self, outcome: AnswerOutcome, reason: str, differing: tuple[int, ...] = ()
    ) -> Iterator[Event]:
        """The answer as it is now."""
        if self.shown is None:
            yield self.show()
        refused = outcome is not AnswerOutcome.ANSWERED
        asked = outcome not in (AnswerOutcome.NO_QUESTION, AnswerOutcome.UNCLEAR)
        rated = asked and self.query.intent in _RATED
        claims, differing = renumbered(self.claims, differing)
        yield Finished(
            Answer(
                question=self.query.text,
                query=self.query.standalone,
                refused=refused,
                confidence=self.confidence if rated else None,
                claims=claims,
                evidence=self.found,
                reason=reason,
                rejected=tuple(self.rejected),
                searched=replace(self.searched, used_passages=0) if refused else self.searched,
                timings=Timings(self.shown or 0.0, self.first, self._now()),
                differing=differing,
                period=None if refused else self.period,
                choices=self.choices,
                outcome=outcome,
                notes=() if refused else tuple(dict.fromkeys(self.notes)),
            )
        )

    def show(self) -> EvidenceFound:
        self.shown = self._now()
        return EvidenceFound(self.found, self.shown)

    def tell(self, query: Query, found: EvidenceSet, differ: bool) -> Iterator[Event]:
        """The model's sentences where they are proven, then the quotes that they do not tell."""
        wish = wish_for(query)
        before = len(self.claims)
        llm = self.llm
        if cells := self._cells(query, found):
            yield from map(self._stands, cells)
            return
        direct = query.intent is Intent.DIRECT
        short = direct and len(found.used[0].quote.split()) <= SHORT and not found.unsure
        rejected = len(self.rejected)
        if llm is not None and llm.writes and wish is not None and not (differ or short):
            yield from self._written(query, found, llm, wish)
            if found.unsure and len(self.claims) == before:
                return  # only the model took it for answered, and nothing that it says is proven
        written = self.claims[before:]
        draft = " ".join(claim.text for claim in (*written, *self.rejected[rejected:]))
        if direct and (found.unsure or any(c.origin is Origin.COMPOSED for c in written)):
            return  # where the reader was not sure, its own choice of a sentence is no answer
        for group in grouped(self._besides(query, found, written, draft), weight=self.weight):
            yield self._stands(self._quoted(group))
        if query.sentences:
            del self.claims[before + query.sentences :]
        if query.intent in (Intent.OPEN, Intent.WHOLE):
            proven = [claim for claim in written if claim.verdict != _MADE_OF]
            in_order = llm is not None and llm.taught
            lead = written if in_order else proven[:1] if query.intent is Intent.OPEN else []
            self.claims[before:] = _arranged(self.claims[before:], found, lead)

    def tells_of(self, found: EvidenceSet) -> bool:
        """Whether a claim rests on the best of what was found, for this or another question."""
        cited = {at[:2] for at in self.numbers}
        return any((e.document, e.start) in cited for e in found.used[:1])

    def unused(self, found: EvidenceSet) -> None:
        """Show what answers nothing after all as not used."""
        spent = {(e.document, e.start) for e in found.used} - {at[:2] for at in self.numbers}
        self.found = tuple(
            replace(e, used=e.used and (e.document, e.start) not in spent) for e in self.found
        )

    def _besides(
        self, query: Query, found: EvidenceSet, written: Sequence[Claim], draft: str
    ) -> Sequence[Evidence]:
        """The quotes that are told beside what the model wrote."""
        open_ = query.intent is Intent.OPEN
        best_first = open_ and (draft or query.sentences)
        ranked = found.worthiest(query.standalone, draft) if best_first else []
        quotes = [e for e in ranked or found.used if not self._told(e)]
        if query.intent not in _LIMITED:
            return quotes
        left = WORDS - sum(len(claim.text.split()) for claim in written)
        if query.aspect is Aspect.SHORTER:
            left = 0 if written else 2 * SHORT
        return filled(quotes, left, quotes) if left > 0 or not written else ()

    def _cells(self, query: Query, found: EvidenceSet) -> list[Claim]:
        """What is read off the rows of tables and the fields of forms, where these answer."""
        rows = found.used if query.intent in _RATED else ()
        read = [cell_in_words(query.standalone, one, found.found.hits) for one in rows]
        told = {said: proof for said, proof in read if said}
        if not read or not read[0][0]:
            return []
        return [Claim(said, self._cite(p), CELL, Origin.CELL) for said, p in told.items()]

    def _quoted(self, group: Sequence[Evidence]) -> Claim:
        """The first of some sentences that prove the same as a claim that cites them all."""
        return Claim(unmarked(group[0].quote), self._cite(group), _QUOTED, Origin.VERBATIM)

    def _written(self, query: Query, found: EvidenceSet, llm: LLM, wish: Wish) -> Iterator[Event]:
        """The sentences that the model writes, each with its proof or why it does not stand."""
        pool = {
            (e.document, e.start): e
            for e in (*quotable(found.found.hits), *found.evidence, *found.offered, *found.used)
        }
        evidence = tuple(pool.values())
        prover = Prover(evidence, self.judge, llm, self.weight, query.standalone, self.heads)
        offered, when = found.offered or found.used, time_asked(query)
        for item in write(found.asked or asked_of(query.standalone), offered, llm, wish):
            if not isinstance(item, Written):
                yield item
                continue
            text = item.text
            if any(same(text, claim.text) for claim in self.claims):
                continue
            proof = prover.prove(text)
            verdict = proof.verdict
            direct = query.intent is Intent.DIRECT
            why = found.beside(text, proof.evidence) if verdict.supported and direct else None
            why = _ANOTHER_TIME if when and of_another_time(text, when) else why
            if verdict.supported and why is None:
                own = Claim(text, self._cite(proof.evidence), verdict, Origin.COMPOSED)
                yield self._stands(self._quoted(proof.evidence) if verdict == SAME else own)
                continue
            verdict = Verdict(False, why or verdict.reason, verdict.coverage)
            self.rejected.append(Claim(text, (), verdict, Origin.COMPOSED))
            yield ClaimRejected(self.rejected[-1])
            if why or (verdict.coverage < _LIKELY if found.unsure else direct):
                continue
            for source in sources_of(text, evidence, query.standalone):
                elsewhen = when and of_another_time(source.quote, when)
                if not elsewhen and not self._told(source):
                    yield self._stands(replace(self._quoted([source]), verdict=_MADE_OF))

    def _told(self, one: Evidence) -> bool:
        """Whether a claim says the same, or those that rest on a sentence say most of it."""
        if any(same(one.quote, claim.text) for claim in self.claims):
            return True
        place = one.document, one.start
        resting = [c for c in self.claims if place in {(o.document, o.start) for o in c.citations}]
        said = set(terms(" ".join(claim.text for claim in resting)))
        words = terms(one.quote)
        return sum(word in said for word in words) >= _MOSTLY * len(words)

    def _stands(self, claim: Claim) -> ClaimVerified:
        now = self._now()
        self.first = now if self.first is None else self.first
        self.claims.append(claim)
        return ClaimVerified(claim, now)

    def _cite(self, evidence: Iterable[Evidence]) -> tuple[Citation, ...]:
        return tuple(
            e.citation(self.numbers.setdefault((e.document, e.start, e.end), len(self.numbers) + 1))
            for e in evidence
        )

    def numbers_of(self, against: Sequence[Evidence]) -> tuple[int, ...]:
        """The numbers under which some sentences are cited, in their order."""
        places = [(e.document, e.start, e.end) for e in against]
        return tuple(self.numbers[place] for place in places if place in self.numbers)

    def _now(self) -> float:
        return time.monotonic() - self.began


def _arranged(claims: Sequence[Claim], found: EvidenceSet, lead: Sequence[Claim]) -> list[Claim]:
    """Claims in reading order, what the model said or what the reader is sure of in front."""
    sure = {(e.document, e.start) for e in found.used if e.score > _SURE}
    rests = [c for c in claims if sure & {(one.document, one.start) for one in c.citations}]
    lead = lead if len(lead) > 1 else rests[:1] or lead
    hits = found.found.hits
    places = [(e.document, e.start) for e in found.offered]
    places += [(hit.document, span.start) for hit in hits for span in hit.sentences]
    rest = in_reading_order((claim for claim in claims if claim not in lead), places)
    return [*lead, *rest]
