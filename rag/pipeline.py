"""The way of a question: retrieve → select → write → verify, as events.

Quotes are told first; then the sentences that the model writes, each once it is proven; at the end
the answer. The only place that wires these steps together. Knows nothing of models' files, of
folders and pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.events import ClaimRejected, ClaimVerified, Event, EvidenceFound, Finished
from rag.evidence import EvidenceSet, Sources, gather
from rag.evidence.catalogue import Catalogue, Told, used
from rag.evidence.cells import cell_in_words, read_off
from rag.evidence.disagree import disagreement
from rag.evidence.gather import above
from rag.evidence.names import missing_name, spelt_like, unnamed
from rag.evidence.selection import content, filled, grouped, quotable, same
from rag.models import LLM
from rag.evidence.worth import source_of
from rag.odds import log_odds
from rag.query import SURE, Aspect, Intent, Query, topic_of, understand
from rag.schema import (
    Answer,
    AnswerOutcome,
    Citation,
    Claim,
    Evidence,
    Hit,
    Origin,
    Period,
    Searched,
    Timings,
    Verdict,
)
from rag.talk import refusal, reply
from rag.verification import SAME, Entails, Prover, answered
from rag.words import terms
from rag.writing import (
    Sheet,
    Wish,
    Written,
    in_reading_order,
    renumbered,
    unmarked,
    wish_for,
    write,
)

SHORT = 20  # words of a sentence that answers a direct question as it is
WORDS = 130  # of an answer to an open question, its quotes included
_UNSURE = 0.5  # share of the refusal line from which the articles may say it
_QUOTED = Verdict(True, "The source's own sentence.", 1.0)
_CELL = Verdict(True, "So it stands in the table.", 1.0)
_LISTED = Verdict(True, "Told from the list of articles.", 1.0)
_SHORT_ANSWERS = (Intent.DIRECT, Intent.SEVERAL, Intent.LIST)
_OWN = (*_SHORT_ANSWERS, Intent.OPEN)  # of a question that can be part of another
_OPENNESS = 2.4  # logits that the line is lower for questions without a short answer
_UNNAMED = 2.0  # logits that evidence loses which a name asked for does not stand beside
_BELOW, _ABOVE = 4.0, 2.0  # logits from the line within which the model reads the evidence too
_LIKELY = 0.5  # odds of a sentence that does not stand, from which its source may
_MOSTLY = 0.6  # share of a quote's words that claims must have to have told it
_RATED = (Intent.DIRECT, Intent.SEVERAL)  # whose confidence is calibrated
_LIMITED = (Intent.OPEN, Intent.WHOLE, Intent.REWORK, Intent.TOPIC)

Back = Callable[[Sequence[Hit]], tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Answers queries.

    Attributes:
        sources: What is searched and read.
        catalogue: The articles themselves, for questions about them.
        judge: Says what entails what.
        llm: The model, or none; one that writes also says whether evidence answers.
        refuse: The confidence below which nothing answers.
        counts: How many articles and passages may be searched, of the days of a period.
    """

    sources: Sources
    catalogue: Catalogue
    judge: Entails
    llm: LLM | None
    refuse: float
    counts: Callable[[EvidenceSet], tuple[int, int]]

    def answer(self, query: Query, *, began: float, back: Back | None = None) -> Iterator[Event]:
        """Answer a query, or refuse it; the last event is `Finished`.

        Args:
            query: The question as it is understood.
            began: `time.monotonic()` when the question came.
            back: Asks back where the question is too vague for what was found.
        """
        if self.catalogue.is_mistaken(query):
            query = replace(query, intent=Intent.DIRECT)
        work = _Work(self, query, began)
        if query.intent is Intent.TALK:
            text = reply(query, self.sources.documents())
            yield from work.end(AnswerOutcome.NO_QUESTION, text)
        elif query.intent is Intent.LIBRARY:
            yield from work.look_up(*self.catalogue.answer(query))
        else:
            parts = [understand(part) for part in query.asked] or [query]
            parts = parts if all(part.intent in _OWN for part in parts) else [query]
            read = [self._read(part) for part in parts]
            parts, found = [part for part, _ in read], [one for _, one in read]
            work.query = parts[0] if len(parts) == 1 else query
            vague = back if query.intent in _SHORT_ANSWERS else None
            asks, choices = vague(found[0].found.hits) if vague else ("", ())
            told = self._read_off(query, found[0]) if len(found) == 1 else []
            if told:
                work.searched = found[0].searched(*self.counts(found[0]))
                yield from work.look_up(told, "", (_CELL, Origin.CELL))
            elif asks:
                work.choices = choices
                work.found = tuple(replace(one, used=False) for one in found[0].evidence)
                yield from work.end(AnswerOutcome.UNCLEAR, asks)
            else:
                yield from work.answer(parts, found)

    def line(self, query: Query) -> float:
        """The confidence below which a query is refused.

        The reader has learned from questions with short answers, so that it is less sure of others,
        and the line is lower the less it is sure that a short one is wanted.
        """
        short = 1.0 if query.foreign else query.sure
        short = short if query.intent in _SHORT_ANSWERS else 0.0
        return above(self.refuse, -_OPENNESS * (1 - short))

    def _read_off(self, query: Query, found: EvidenceSet) -> list[Told]:
        sure = found.confidence >= self.line(query)
        hits, document = found.found.hits, self.catalogue.document
        return read_off(query, found.evidence, hits, document, self.sources.weight, sure=sure)

    def _read(self, query: Query) -> tuple[Query, EvidenceSet]:
        """A query and its evidence; one that only names what an article is called after is open."""
        found = self._found(query)
        named, titles = content(query.standalone), [hit.title for hit in found.found.hits[:1]]
        if query.intent is not Intent.DIRECT or found.confidence >= self.line(query):
            return query, found
        if not named or not any(named <= content(title) for title in titles):
            return query, found
        query = replace(query, intent=Intent.OPEN, topic=topic_of(query.standalone))
        return query, self._found(query)

    def _found(self, query: Query) -> EvidenceSet:
        """The evidence of a query; a name that is nowhere is read as the one spelt like it."""
        filters = self.catalogue.filters
        found = gather(query, self.sources, filters=filters, refuse=self.line(query))
        name = missing_name(query, found.found.hits, self.sources.weight)
        if not name:
            name = unnamed(query, found.used, found.found.hits)
            note = f"What was found does not name “{name}”."
            return found.doubted(note, _UNNAMED) if name else found
        like = spelt_like(name, found.found.hits)
        if not like:
            return found.doubted(f"Nothing here names “{name}”.")
        respelt = replace(
            query,
            standalone=query.standalone.replace(name, like),
            topic=query.topic.replace(name, like),
        )
        found = gather(respelt, self.sources, filters=filters, refuse=self.line(query))
        return replace(found, notes=(*found.notes, f"“{name}” was read as “{like}”."))

    def read_again(self, query: Query, found: EvidenceSet) -> EvidenceSet:
        """The evidence with the model's word on it, where the reader is not sure of it."""
        llm, line = self.llm, self.line(query)
        sure = _is_short(query) or (query.foreign and self.sources.polyglot)
        if llm is None or not llm.writes or not found.used or sure:
            return found
        read = log_odds(found.confidence) - log_odds(line) + found.doubt
        if not -_BELOW <= read <= _ABOVE:
            return found
        sheet = Sheet(tuple(found.offered or found.used)).text
        likely = answered(llm, query.standalone, sheet, read)
        confidence = above(line, log_odds(likely) - found.doubt)
        return replace(found, confidence=confidence, unsure=found.confidence < line)


@dataclass(slots=True)
class _Work:
    """One answer in the making."""

    pipeline: Pipeline
    query: Query
    began: float
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

    def answer(self, queries: Sequence[Query], sets: Sequence[EvidenceSet]) -> Iterator[Event]:
        """The claims for each question, or the refusal where none is answered."""
        lines = [self.pipeline.line(query) for query in queries]
        self._take(sets, lines)
        yield self._show()
        sets = [self.pipeline.read_again(*both) for both in zip(queries, sets, strict=True)]
        answered = self._take(sets, lines)
        against: tuple[Evidence, ...] = ()
        for query, one, whole in zip(queries, sets, answered, strict=True):
            before = len(self.claims)
            if whole:
                if query.intent is not Intent.COURSE:
                    against = against or disagreement(query.standalone, one.used)
                yield from self._claims(query, one, bool(against))
            if len(self.claims) == before and len(queries) > 1:
                self.notes.append(f"The articles do not say: “{query.standalone}”")
        if self.claims:
            yield from self.end(AnswerOutcome.ANSWERED, "", self._numbers(against))
            return
        self.found = tuple(replace(one, used=False) for one in self.found)
        unsure = bool(sets[0].evidence) and self.confidence >= _UNSURE * lines[0]
        outcome = AnswerOutcome.NOT_SURE if unsure else AnswerOutcome.NOT_SAID
        notes = tuple(dict.fromkeys(self.notes))
        yield from self.end(outcome, refusal(outcome, self.searched, notes, bool(sets[0].evidence)))

    def look_up(
        self,
        told: Sequence[Told],
        reason: str,
        how: tuple[Verdict, Origin] = (_LISTED, Origin.LISTED),
    ) -> Iterator[Event]:
        """What the list of articles or a table tells, or why it does not."""
        self.found = used(told)
        self.confidence = 1.0 if told else 0.0
        yield self._show()
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
            yield self._show()
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

    def _take(self, sets: Sequence[EvidenceSet], lines: Sequence[float]) -> list[bool]:
        """Note what was found for each question; whether it answers."""
        answered = [
            bool(one.used) and one.confidence >= line for one, line in zip(sets, lines, strict=True)
        ]
        found: dict[tuple[str, int], Evidence] = {}
        for one, whole in zip(sets, answered, strict=True):
            for e in one.evidence:
                found.setdefault((e.document, e.start), replace(e, used=e.used and whole))
        self.notes = [n for n in (self.query.note, *(n for one in sets for n in one.notes)) if n]
        self.found = tuple(sorted(found.values(), key=lambda e: not e.used))
        self.confidence = min(one.confidence for one in sets)
        self.period = sets[0].period
        self.searched = sets[0].searched(*self.pipeline.counts(sets[0]))
        return answered

    def _show(self) -> EvidenceFound:
        self.shown = self._now()
        return EvidenceFound(self.found, self.shown)

    def _claims(self, query: Query, found: EvidenceSet, differ: bool) -> Iterator[Event]:
        """The model's sentences where they are proven, then the quotes that they do not tell."""
        wish = wish_for(query)
        before = len(self.claims)
        llm = self.pipeline.llm
        if cells := self._cells(query, found):
            yield from map(self._stands, cells)
            return
        short = query.intent is Intent.DIRECT and len(found.used[0].quote.split()) <= SHORT
        rejected = len(self.rejected)
        if llm is not None and llm.writes and wish is not None and not (differ or short):
            yield from self._written(query, found, llm, wish)
            if found.unsure and len(self.claims) == before:
                return  # only the model took it for answered, and nothing that it says is proven
        written = self.claims[before:]
        draft = " ".join(claim.text for claim in (*written, *self.rejected[rejected:]))
        if query.intent is Intent.DIRECT and any(c.origin is Origin.COMPOSED for c in written):
            return
        open_ = query.intent in _LIMITED
        drafted = draft and query.intent is Intent.OPEN
        ranked = found.worthiest(query.standalone, draft) if drafted else []
        quotes = [e for e in ranked or found.used if not self._told(e)]
        if open_:
            left = WORDS - sum(len(claim.text.split()) for claim in written)
            if query.aspect is Aspect.SHORTER:
                left = 0 if written else 2 * SHORT
            quotes = list(filled(quotes, left, quotes)) if left > 0 or not written else []
        for group in grouped(quotes, weight=self.pipeline.sources.weight):
            yield self._stands(self._quoted(group))
        if query.intent in (Intent.OPEN, Intent.WHOLE):
            before += bool(drafted and written)  # what the model says first leads
            hits = found.found.hits
            places = [(e.document, e.start) for e in found.offered]
            places += [(hit.document, span.start) for hit in hits for span in hit.sentences]
            self.claims[before:] = in_reading_order(self.claims[before:], places)

    def _cells(self, query: Query, found: EvidenceSet) -> list[Claim]:
        """What is read off the rows of tables and the fields of forms, where these answer."""
        rows = found.used if query.intent in _RATED else ()
        read = [cell_in_words(query.standalone, one, found.found.hits) for one in rows]
        told = {said: proof for said, proof in read if said}
        if not read or not read[0][0]:
            return []
        return [Claim(said, self._cite(p), _CELL, Origin.CELL) for said, p in told.items()]

    def _quoted(self, group: Sequence[Evidence]) -> Claim:
        """The first of some sentences that prove the same as a claim that cites them all."""
        return Claim(unmarked(group[0].quote), self._cite(group), _QUOTED, Origin.VERBATIM)

    def _written(self, query: Query, found: EvidenceSet, llm: LLM, wish: Wish) -> Iterator[Event]:
        """The sentences that the model writes, each with its proof or why it does not stand."""
        pool = {
            (e.document, e.start): e
            for e in (*quotable(found.found.hits), *found.evidence, *found.offered, *found.used)
        }
        weight = self.pipeline.sources.weight
        prover = Prover(tuple(pool.values()), self.pipeline.judge, llm, weight)
        offered = found.offered or found.used
        for item in write(query.standalone, offered, llm, wish):
            if not isinstance(item, Written):
                yield item
                continue
            text = item.text
            if any(same(text, claim.text) for claim in self.claims):
                continue
            proof = prover.prove(text)
            verdict = proof.verdict
            direct = verdict.supported and query.intent is Intent.DIRECT
            why = found.beside(text, proof.evidence) if direct else None
            if verdict == SAME and why is None:
                yield self._stands(self._quoted(proof.evidence))
            elif verdict.supported and why is None:
                yield self._stands(
                    Claim(text, self._cite(proof.evidence), verdict, Origin.COMPOSED)
                )
            else:
                verdict = Verdict(False, why or verdict.reason, verdict.coverage)
                self.rejected.append(Claim(text, (), verdict, Origin.COMPOSED))
                yield ClaimRejected(self.rejected[-1])
                likely = verdict.coverage >= _LIKELY or not found.unsure
                source = source_of(text, pool.values(), query.standalone) if likely else None
                if source is not None and query.intent is not Intent.DIRECT:
                    yield from [] if self._told(source) else [self._stands(self._quoted([source]))]

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

    def _numbers(self, against: Sequence[Evidence]) -> tuple[int, ...]:
        """The numbers under which some sentences are cited, in their order."""
        places = [(e.document, e.start, e.end) for e in against]
        return tuple(self.numbers[place] for place in places if place in self.numbers)

    def _now(self) -> float:
        return time.monotonic() - self.began


def _is_short(query: Query) -> bool:
    """Whether surely a short answer is wanted, which the reader knows best."""
    return query.intent in _SHORT_ANSWERS and query.sure >= SURE
