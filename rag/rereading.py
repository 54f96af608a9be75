"""Evidence read again by the model that writes, where the reader is not sure of it.

One that was taught to points at the sentences that answer what is asked openly, in the article that
was just spoken of and in what was found; any other says yes or no. Knows nothing of how claims are
made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from rag.evidence import EvidenceSet, Sources
from rag.evidence.gather import above
from rag.evidence.names import names_in
from rag.evidence.scoring import WORDS
from rag.evidence.selection import filled, same, time_asked, worth_quoting
from rag.evidence.shown import shown, worthiest_first
from rag.evidence.worth import BESIDES
from rag.models import LLM
from rag.odds import log_odds, probability
from rag.query import SURE, Intent, Query
from rag.query.periods import of_another_time
from rag.retrieval import Filters
from rag.verification import Pointing, answered, point
from rag.writing import Sheet, asked_of

SHORT_ANSWERS = (Intent.DIRECT, Intent.SEVERAL, Intent.LIST)
_POINTED = (Intent.DIRECT, Intent.OPEN, Intent.TOPIC)  # whose sentences a model picks
_SURELY = 1.0  # logits above the line from which a second look is sure where the first is not
BELOW = 4.0  # logits below the line down to which a model may lift evidence
_OF_OTHERS = (-BELOW, 2.0)  # from the line, where the reader is so unsure that a model is asked
_OF_SHORT = -2.0, 3.5  # the reader knows more of short answers
_PASSAGES = 60  # of an article that was just spoken of
_SHARE = 0.02  # of the pointing from which a sentence belongs into an answer of several
_SHORTER = 80  # words of the sentences for a question that may have a short answer
_KEEP = 8
_WEIGHT, _READ = 0.75, 0.3  # of the pointing, and of the reader's log odds beside it
_ALONE, _JOINT = 1.0, 1.5  # log odds of the pointing, alone and with the reader, at the line


@dataclass(frozen=True, slots=True)
class Rereading:
    """What a model makes of evidence.

    Attributes:
        llm: The model, or none.
        sources: What is searched.
        filters: Of the articles that may be searched.
        line: The confidence below which a query is refused.
        spoken_of: The article that was spoken of before a query.
    """

    llm: LLM | None
    sources: Sources
    filters: Filters
    line: Callable[[Query], float]
    spoken_of: Callable[[Query], Collection[str]]

    def read(self, query: Query, found: EvidenceSet) -> EvidenceSet:
        """The evidence with the model's word on it."""
        llm, short = self.llm, is_short(query)
        if llm is None or not llm.writes or (query.foreign and self.sources.polyglot):
            return found
        if math.isinf(found.doubt):
            return found  # it asks of what nothing names
        if llm.taught and query.intent in _POINTED and not short:
            return self._pointed(query, found, llm)
        if not found.used or found.called or (short and not llm.taught):
            return found
        read = self.above_line(query, found)
        below, over = _OF_SHORT if short else _OF_OTHERS
        if not below <= read <= over:
            return found
        sheet = tuple(found.offered or found.used)
        if llm.taught:
            pointing = point(llm, asked_of(query.standalone), sheet)
            odds = combined(pointing.odds, read) if pointing else read
        else:
            odds = log_odds(answered(llm, query.standalone, Sheet(sheet).text, read))
        return self._lifted(query, found, odds - found.doubt, short=short)

    def _lifted(
        self, query: Query, found: EvidenceSet, odds: float, *, short: bool = False
    ) -> EvidenceSet:
        """Evidence that answers by so much above the line, in logits."""
        line = self.line(query)
        unsure = found.confidence < line and (short or odds < _SURELY)
        return replace(found, confidence=above(line, odds), unsure=unsure)

    def _pointed(self, query: Query, found: EvidenceSet, llm: LLM) -> EvidenceSet:
        """The sentences that the model points at, of the article spoken of where they answer."""
        meant = query.leans or not names_in(query.standalone)
        if meant and (spoken := self.spoken_of(query)):
            near = replace(self.filters, documents=tuple(sorted(spoken)))
            there = self.sources.search(query.standalone, limit=_PASSAGES, filters=near)
            hits = tuple(sorted(there.hits, key=lambda hit: hit.start))
            asked = asked_of(query.alone.standalone, query.before)
            if pointing := point(llm, asked, shown(hits)):
                told = replace(found, found=replace(there, hits=hits), doubt=0.0, notes=())
                odds = combined(pointing.odds, None)
                if odds > 0:
                    return self._lifted(query, picked(query, told, pointing, asked), odds)
        read = self.above_line(query, found)
        over = _OF_SHORT[1] if query.intent is Intent.DIRECT else math.inf
        if not found.used or not -BELOW <= read <= over:
            return found
        asked = asked_of(query.standalone)
        best_first = worthiest_first(found.found.hits, found.worth)
        pointing = point(llm, asked, shown(best_first))
        if pointing is None:
            return found
        odds = combined(pointing.odds, read) - found.doubt
        odds = max(odds, 0.0) if found.called else odds
        return self._lifted(query, picked(query, found, pointing, asked), odds)

    def above_line(self, query: Query, found: EvidenceSet) -> float:
        """How far the reader is above the line of refusal, in logits, before other doubts."""
        return log_odds(found.confidence) - log_odds(self.line(query)) + found.doubt


def combined(pointed: float, read: float | None) -> float:
    """How far above the line evidence is, in logits, by where a model points and by the reader.

    Weights and line are of half a of `benchmarks/near.jsonl` (record 38).
    """
    return pointed - _ALONE if read is None else _WEIGHT * (pointed + _READ * read - _JOINT)


def picked(query: Query, found: EvidenceSet, pointing: Pointing, asked: str) -> EvidenceSet:
    """Evidence with the sentences that a model points at as those that answer.

    They stand in the order of reading, those for a question with one answer the likeliest first.
    """
    when, direct = time_asked(query), query.intent is Intent.DIRECT
    words = {(one.document, one.start): one.words for one in found.evidence}
    ranked = [
        replace(one, score=likely, words=words.get((one.document, one.start)))
        for likely, one in pointing.ranked
        if not any(same(one.quote, said) for said in query.said)
        and not (when and of_another_time(one.quote, when))
    ]
    likely_ = [one for one in ranked if one.score >= _SHARE and worth_quoting(one.quote)]
    taken = filled(likely_ or ranked[:1], _SHORTER if direct else WORDS, pointing.sheet)
    order = [(one.document, one.start) for one in (ranked if direct else pointing.sheet)]
    used = sorted(taken, key=lambda one: order.index((one.document, one.start)))
    rest = [one for one in ranked if one not in taken][: max(0, _KEEP - len(used))]
    worth = {
        (one.document, one.start): probability(
            log_odds(BESIDES) + log_odds(one.score) - log_odds(_SHARE)
        )
        for one in ranked
    }
    evidence = (*(replace(one, used=True) for one in used), *rest)
    return replace(found, evidence=evidence, offered=pointing.sheet, worth=worth, asked=asked)


def is_short(query: Query) -> bool:
    """Whether surely a short answer is wanted, which the reader knows best."""
    return query.intent in SHORT_ANSWERS and query.sure >= SURE
