"""The way of a question: retrieve → select → write → verify, as events.

Quotes are told first; then the sentences that the model writes, each once it is proven; at the end
the answer. The only place that wires these steps together. Knows nothing of models' files, of
folders and pages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from rag.events import Event
from rag.evidence import EvidenceSet, Sources, gather
from rag.evidence.catalogue import Catalogue, Told
from rag.evidence.cells import read_off
from rag.evidence.disagree import disagreement
from rag.evidence.fields import not_told
from rag.evidence.gather import above
from rag.evidence.heads import heads
from rag.evidence.instructing import with_marks
from rag.evidence.names import (
    another_number,
    missing_name,
    names_in,
    naming,
    spelt_like,
    unnamed,
)
from rag.evidence.selection import content
from rag.evidence.sources import Parts
from rag.models import LLM
from rag.odds import log_odds
from rag.query import Intent, Query, as_definition, parts_of, topic_of
from rag.query.intents import in_english
from rag.rereading import BELOW, SHORT_ANSWERS, Rereading
from rag.retrieval import Filters, SearchResult
from rag.schema import (
    AnswerOutcome,
    Evidence,
    Hit,
    Origin,
)
from rag.talk import refusal, reply
from rag.telling import CELL, Telling

_UNSURE = 0.5  # share of the refusal line from which the articles may say it
_OWN = (*SHORT_ANSWERS, Intent.OPEN)  # of a question that can be part of another
_OF_A_THING = (Intent.OPEN, Intent.TOPIC)  # which an article that is called after it answers
_OPENNESS = 2.4  # logits that the line is lower for questions without a short answer
_LEARNED = 0.5  # and where the reader has learned such questions apart
_AS_SURELY = 1.0  # logits below other articles at which what was just spoken of is still meant
_SHORTLY = 0.7  # `Query.sure` from which no more than a short answer is looked for
_HARDLY = 0.01  # logits below the line at which nothing but a model can lift evidence
_UNNAMED = 2.0  # logits that evidence loses which a name asked for does not stand beside
_UNLIKE = 6.0  # logits that a field loses which tells something else than what is asked for
_SURELY = 1.0  # logits above the line from which a second look is sure where the first is not

Back = Callable[[Sequence[Hit]], tuple[str, tuple[str, ...]]]
Read = tuple[Query, EvidenceSet]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Answers queries.

    Attributes:
        sources: What is searched and read.
        catalogue: The articles themselves, for questions about them.
        llm: The model, or none; one that writes also says whether evidence answers.
        refuse: The confidence below which nothing answers.
        counts: How many articles and passages may be searched, of the days of a period.
    """

    sources: Sources
    catalogue: Catalogue
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
        return with_marks(self._told(query, began, back))

    def _told(self, query: Query, began: float, back: Back | None) -> Generator[Event]:
        """What is told of a query, as it comes."""
        if self.catalogue.is_mistaken(query):
            query = replace(query, intent=Intent.DIRECT)
        judge, weight = self.sources.judge, self.sources.weight
        work = Telling(query, began, judge, self.llm, weight, cache(self._heads))
        if query.intent is Intent.TALK:
            text = reply(query, self.sources.documents())
            yield from work.end(AnswerOutcome.NO_QUESTION, text)
        elif query.intent is Intent.LIBRARY:
            yield from work.look_up(*self.catalogue.answer(query))
        else:
            parts = parts_of(query)
            parts = parts if all(part.intent in _OWN for part in parts) else [query]
            read = self._read_all(query, parts)
            parts, found = [part for part, _ in read], [one for _, one in read]
            if len(parts) == 1:
                work.query = replace(parts[0], standalone=query.standalone)
            vague = back if query.intent in SHORT_ANSWERS else None
            asks, choices = vague(found[0].found.hits) if vague else ("", ())
            told = self._read_off(query, found[0]) if len(found) == 1 else []
            if not told and (authors := self._authors(query, found)):
                yield from work.look_up(*self.catalogue.answer(authors))
            elif told:
                work.searched = found[0].searched(*self.counts(found[0]))
                yield from work.look_up(told, "", (CELL, Origin.CELL))
            elif asks:
                work.choices = choices
                work.found = tuple(replace(one, used=False) for one in found[0].evidence)
                yield from work.end(AnswerOutcome.UNCLEAR, asks)
            else:
                yield from self._answer(work, parts, found)

    def _read_all(self, query: Query, parts: Sequence[Query]) -> list[Read]:
        """The parts of a query and their evidence; the query as a whole where only that answers.

        A part that names nothing is asked of the articles that answer the first one, if it can be.
        """
        read = [self._read_spoken(parts[0])]
        within = {one.document for one in read[0][1].used} if self._answers(*read) else set()
        read += [self._read_near(part, within if part.parts else ()) for part in parts[1:]]
        if len(read) > 1 and query.intent is Intent.OPEN and not self._answers(*read):
            whole = self._read(query)
            return [whole] if self._answers(whole) else read
        return read

    def _read_spoken(self, query: Query) -> Read:
        """A query and its evidence: of the article that was just spoken of, where that is meant.

        That is so where the question leans on what was said before, unless only other articles
        answer it, and with more than answered the question before; and where it names nothing and
        is answered there about as surely as elsewhere.
        """
        spoken = self._spoken_of(query)
        if not spoken or (names_in(query.standalone) and not query.leans):
            return self._read(query)
        if query.leans and self._answers(near := self._within(spoken)._read(query.alone)):
            return near
        every = self._read(query)
        if query.leans:
            anew = any(one.quote not in " ".join(query.before) for one in every[1].used)
            return every if anew and self._answers(every) else near
        if all(one.document in spoken for one in every[1].used):
            return every
        near = self._within(spoken)._read(query)
        ahead = log_odds(near[1].confidence) - log_odds(every[1].confidence)
        return near if self._answers(near) and ahead > -_AS_SURELY else every

    def _spoken_of(self, query: Query) -> Collection[str]:
        """The article that the question before was answered from, or is nearest to."""
        if not query.before or query.intent not in (*_OWN, Intent.COURSE, Intent.TOPIC):
            return ()
        found = self.sources.search(" ".join(query.before), limit=1, filters=self.catalogue.filters)
        return [hit.document for hit in found.hits]

    def _within(self, documents: Collection[str]) -> Pipeline:
        """The same over some articles."""
        filters = replace(self.catalogue.filters, documents=tuple(sorted(documents)))
        return replace(self, catalogue=replace(self.catalogue, filters=filters))

    def _read_near(self, query: Query, documents: Collection[str]) -> Read:
        """A query and its evidence, of some articles where these answer it."""
        if documents and self._answers(there := self._within(documents)._read(query)):
            return there
        return self._read(query)

    def _answers(self, *read: Read) -> bool:
        return all(found.confidence >= self.line(query) for query, found in read)

    def _authors(self, query: Query, found: Sequence[EvidenceSet]) -> Query | None:
        """A question that nothing answers, where it may be for the author of an article."""
        whole = len(found) > 1 or found[0].confidence >= self.line(query)
        return None if whole else self.catalogue.as_authors(query)

    def _answer(
        self, work: Telling, queries: Sequence[Query], sets: Sequence[EvidenceSet]
    ) -> Iterator[Event]:
        """The claims for each question, or the refusal where none is answered."""
        lines = [self.line(query) for query in queries]
        self._take(work, sets, lines)
        yield work.show()
        sets = [self._again.read(*both) for both in zip(queries, sets, strict=True)]
        answered = self._take(work, sets, lines)
        against: tuple[Evidence, ...] = ()
        silent: list[tuple[Query, EvidenceSet]] = []
        for query, one, whole in zip(queries, sets, answered, strict=True):
            before = len(work.claims)
            if whole:
                if query.intent is not Intent.COURSE:
                    against = against or disagreement(query.standalone, one.used, one.sentences)
                yield from work.tell(query, one, bool(against))
            if len(work.claims) == before:
                work.unused(one)
                silent.append((query, one))
        if len(queries) > 1:
            unsaid = (query for query, one in silent if not work.tells_of(one))
            work.notes += [f"The articles do not say: “{query.standalone}”" for query in unsaid]
        if work.claims:
            yield from work.end(AnswerOutcome.ANSWERED, "", work.numbers_of(against))
            return
        unsure = bool(sets[0].evidence) and work.confidence >= _UNSURE * lines[0]
        outcome = AnswerOutcome.NOT_SURE if unsure else AnswerOutcome.NOT_SAID
        unread = "" if queries[0].note else self.catalogue.unread(work.query.text)
        notes = tuple(dict.fromkeys(filter(None, (*work.notes, unread))))
        yield from work.end(outcome, refusal(outcome, work.searched, notes, bool(sets[0].evidence)))

    def _take(
        self, work: Telling, sets: Sequence[EvidenceSet], lines: Sequence[float]
    ) -> list[bool]:
        """Note what was found for each question; whether it answers."""
        answered = [
            bool(one.used) and one.confidence >= line for one, line in zip(sets, lines, strict=True)
        ]
        found: dict[tuple[str, int], Evidence] = {}
        for one, whole in zip(sets, answered, strict=True):
            for e in one.evidence:
                found.setdefault((e.document, e.start), replace(e, used=e.used and whole))
        work.notes = [n for n in (work.query.note, *(n for one in sets for n in one.notes)) if n]
        nearest = sorted(found.values(), key=lambda e: (not e.used, 0.0 if e.used else -e.score))
        work.found = tuple(nearest)
        work.confidence = min(one.confidence for one in sets)
        work.period = sets[0].period
        work.searched = sets[0].searched(*self.counts(sets[0]))
        return answered

    def line(self, query: Query) -> float:
        """The confidence below which a query is refused.

        The reader has learned most from questions with short answers, so that it is less sure of
        others, and the line is lower the less it is sure that a short one is wanted.
        """
        if self.sources.reads(query) is not self.sources.reader:
            return above(self.refuse, -_LEARNED)
        short = 1.0 if query.foreign else query.sure
        short = short if query.intent in SHORT_ANSWERS else 0.0
        return above(self.refuse, -_OPENNESS * (1 - short))

    def _heads(self, document: str) -> Sequence[Evidence]:
        found = self.catalogue.document(document)
        return heads(found) if found else ()

    def _read_off(self, query: Query, found: EvidenceSet) -> list[Told]:
        sure = found.confidence >= self.line(query)
        hits, document = found.found.hits, self.catalogue.document
        return read_off(query, found.evidence, hits, document, self.sources.weight, sure=sure)

    def _read(self, query: Query) -> Read:
        """A query and its evidence; one that nothing answers in short may be an open one.

        That is one that only names what an article is called after, which that article tells. It is
        also one for yes or no, since opinions and disputes answer it too, one that gives a name and
        no more, and one of which it is not clear that a short answer is wanted. Of these the reader
        is never sure, so that a model that writes must prove an answer, and else it is told that
        the articles may say it.
        """
        found = self._found(query)
        direct = query.intent is Intent.DIRECT
        if found.confidence >= self.line(query) or not (direct or query.intent in _OF_A_THING):
            return query, found
        called = _is_called(query, found.found.hits)
        english = in_english(query.standalone)
        topic = topic_of(query.standalone)  # one of nothing would ask for whole articles
        named = content(query.standalone) == content(topic) and names_in(f"of {topic}")
        unclear = english and (query.sure < _SHORTLY or named)
        if direct and topic and (called or query.whether or unclear):
            query = replace(query, intent=Intent.OPEN, topic=topic)
            found = self._found(query)
            most = 1.0 if called else above(self.line(query), -_HARDLY)
            found = replace(found, confidence=min(found.confidence, most))
        if called and found.used:
            sure = max(found.confidence, self.line(query))
            found = replace(found, confidence=sure, called=True)
        return query, found

    def _found(self, query: Query) -> EvidenceSet:
        """The evidence of a query; a name that is nowhere is read as the one spelt like it."""
        filters = self.catalogue.filters
        found = gather(query, self.sources, filters=filters, refuse=self.line(query))
        name = missing_name(query, found.used, found.found.hits, self.sources.weight)
        if not name:
            name = unnamed(query, found.used, found.found.hits)
            return self._named(query, found, name) if name else self._asked_for(query, found)
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

    def _named(self, query: Query, found: EvidenceSet, name: str) -> EvidenceSet:
        """Evidence beside which a name does not stand: that of passages which have it, or doubted.

        What those passages say is told where it surely answers; the others speak of something else.
        """
        if not naming(name, found.found.hits):
            return found.doubted(f"What was found does not name “{name}”.", _UNNAMED)

        def search(query: str, *, limit: int, filters: Filters, parts: Parts = ()) -> SearchResult:
            there = self.sources.search(query, limit=limit, filters=filters, parts=parts)
            return replace(there, hits=naming(name, there.hits))

        line = self.line(query)
        sources = replace(self.sources, search=search)
        there = gather(query, sources, filters=self.catalogue.filters, refuse=line)
        if there.used and there.confidence >= above(line, _SURELY):
            return self._asked_for(query, there)
        return found.doubted(f"Where “{name}” is named, this is not told.", _UNNAMED)

    def _asked_for(self, query: Query, found: EvidenceSet) -> EvidenceSet:
        """The evidence, doubted where it tells of another number or is of another field."""
        if found.confidence < above(self.line(query), -BELOW):
            return found  # no model can lift it either
        number = another_number(query.standalone, found.used, found.found.hits)
        if number and not query.whether:
            return found.doubted(f"What was found does not tell of “{number}”.", _UNLIKE)
        label, thing = not_told(query.standalone, found.used, found.found.hits, self.sources.judge)
        note = f"What was found tells “{label}”, not “{thing}”."
        return found.doubted(note, _UNLIKE) if label else found

    @property
    def _again(self) -> Rereading:
        """By the model, where the reader is not sure."""
        filters = self.catalogue.filters
        return Rereading(self.llm, self.sources, filters, self.line, self._spoken_of)


def _is_called(query: Query, hits: Sequence[Hit]) -> bool:
    """Whether a question only names what the article found first is called after.

    "What is the H20?" does, and so do "Tell me about the H20." and "Why does the H20 matter?".
    """
    topic = query.intent is Intent.TOPIC
    named = content(query.topic if topic else as_definition(query.standalone))
    return bool(named) and any(named <= content(hit.title) for hit in hits[:1])
